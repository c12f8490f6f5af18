"""Strict reading of YAML: no tags, no anchors, no duplicate keys, plain text scalars on request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from plimsoll.kernel.errors import BadInput, ErrorCode

__all__ = ["line_in_yaml", "read_model", "read_value", "read_yaml"]

LIMIT = 2 * 2**20
MOST_VALUES = 100_000
_Model = TypeVar("_Model", bound=BaseModel)


class _StrictLoader(yaml.SafeLoader):
    """Refuses aliases, anchors, tags and duplicate keys, and reads yes, no, on and off as text (YAML 1.2)."""

    values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self.values += 1
        if self.values > MOST_VALUES:
            raise _refusal(f"there are more than {MOST_VALUES:,} values", event)
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("an alias (*name) is not accepted", event)
        if event.anchor is not None:
            raise _refusal("an anchor (&name) is not accepted", event)
        if event.tag is not None:
            raise _refusal("a tag (!name) is not accepted", event)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None.__class__):
                raise _refusal("a key must be plain text", key_node)
            if key in seen:
                raise _refusal(f"the key “{key}” appears twice", key_node)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _refusal(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, at.start_mark)


# YAML 1.1 reads yes/no/on/off as booleans; YAML 1.2 reads only true and false so.
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    list("tTfF"),
)


def read_yaml(content: bytes, *, what: str, limit: int = LIMIT) -> Any:
    """The value in a YAML (or JSON) document.

    Refuses more than `limit` bytes or 100,000 values, invalid UTF-8, tags, anchors, aliases, duplicate
    keys, more than one document and nesting too deep for the interpreter; BadInput names `what`, and line
    and column where there is one place. An empty document is None.
    """
    if len(content) > limit:
        raise BadInput(
            f"{what} is {len(content):,} bytes long.",
            hint=f"At most {limit:,} bytes are read.",
            code=ErrorCode.TOO_LARGE,
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{what} is not UTF-8 text in line {line} (byte {error.start}).",
            hint="Save it as UTF-8 and send it again.",
        ) from error
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadInput(
            f"{what} is not valid YAML{place}: {error.problem or error.context}.",
            hint="Check indentation, quotes and colons there.",
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadInput(f"{what} is not valid YAML: {reason.splitlines()[0]}.") from error


def line_in_yaml(content: bytes, path: Sequence[str | int]) -> int:
    """The line, from 1, of the deepest part of `path` (keys and positions) that the document has.

    For a document that `read_yaml` reads. It reads it once more, so it is for the one error, not for all.
    """
    node: Any = yaml.compose(content.decode("utf-8-sig"), Loader=_StrictLoader)
    line = 0
    for step in (None, *path):
        if step is not None:
            node = _part(node, step)
        if node is None:
            break
        line = node.start_mark.line
    return line + 1


def _part(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def read_model(content: bytes, model: type[_Model], *, what: str) -> _Model:
    """The document in `content`, checked against `model`; BadInput names the first part that is wrong."""
    return read_value(read_yaml(content, what=what), model, what=what)


def read_value(value: Any, model: type[_Model], *, what: str) -> _Model:
    """The value, checked against `model`; BadInput names the first part that is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        more = error.error_count() - 1
        raise BadInput(
            f"{what}: {place}: {first['msg']}{f' (and {more} more)' if more else ''}.",
            data={"field": place},
        ) from error
