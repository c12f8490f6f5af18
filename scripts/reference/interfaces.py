"""The pages of the command line and the API, read from what Typer and OpenAPI know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.reference.examples import Story
from scripts.reference.markdown import fenced, heading, joined, table

# ---------------------------------------------------------------- the command line


def cli_page(_: Story) -> str:
    import typer

    from plimsoll.cli.main import app

    root = typer.main.get_command(app)
    parts = [
        heading(
            "Command line",
            "`plimsoll` is one command with subcommands. `scope`, `law`, `check`, `monitor`, `clocks`, "
            "`framework`, `key` and `verify` need no server, no Django and no network (except `--push`). "
            "The others need the server extra and read the [settings](settings.md).",
            "**Exit codes.** 0: everything is met. 1: something is not met, does not hold, or conflicts. "
            "2: usage or bad input. 3: it cannot be told (also: skipped, or a server cannot be reached). "
            "With `--json` a command prints one [document](documents.md) on standard output; a refusal is "
            "the error object.",
        )
    ]
    parts += [command_part(path, command) for path, command in leaves(root, ("plimsoll",))]
    return joined(parts)


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, child in inner.items():
        yield from leaves(child, (*path, name))


def command_part(path: tuple[str, ...], command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join([*path, *(p.name.upper() for p in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [
        (f"`{p.name.upper()}`", p.help or "", "required" if p.required else "optional") for p in arguments
    ]
    rows += [(", ".join(f"`{o}`" for o in p.opts), p.help or "", option_default(p)) for p in options]
    text = "\n\n".join(" ".join(block.split()) for block in (command.help or "").split("\n\n"))
    return joined(
        [
            f"## {' '.join(path)}",
            fenced(usage),
            text,
            table(("Name", "Meaning", "Default"), rows) if rows else "",
        ]
    ).rstrip()


def option_default(option: Any) -> str:
    if option.is_flag:
        return "off"
    if option.default in (None, "") or callable(option.default):
        return "–"
    return f"`{option.default}`"


# ---------------------------------------------------------------- the API


def api_page(story: Story) -> str:
    spec = story.openapi
    parts = [
        heading(
            "API",
            "JSON over HTTP at `/api/v1`. The machine-readable form is served at `/api/v1/openapi.json`.",
            "**Authority.** `Authorization: Bearer TOKEN`. Reading needs the scope `read`, writing the scope "
            "named below, and the token's owner needs a role that may do it. Tokens are issued in a program "
            "under Settings and see that program only; another program's address is answered with 404.",
            "**Errors** have [one shape](errors.md). **Writes** take an `Idempotency-Key`: the same request "
            "under the same key within a day is answered with the first answer and "
            "`Idempotent-Replay: true`; another request under the same key is a conflict. "
            "**Reads** send an `ETag`. **Lists** with `after` and `limit` answer `{items, next}`; pass "
            "`next` as `after`. At most 8 MiB are read.",
        )
    ]
    tags: dict[str, list[str]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            part = operation_part(spec, method.upper(), path, operation)
            tags.setdefault(operation["tags"][0], []).append(part)
    for tag, found in tags.items():
        parts += [f"## {tag}", *found]
    return joined(parts)


def operation_part(spec: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    scope = "read" if method == "GET" else operation["tags"][0]
    parameters = [
        (
            f"`{p['name']}`",
            p["in"],
            "required" if p.get("required") else f"default `{p['schema'].get('default', '')}`",
        )
        for p in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = []
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        answers.append(f"{status}" + (f" {shape(spec, schema)}" if schema else ""))
    text = " ".join((operation.get("description") or "").split())
    return joined(
        [
            f"### {method} {path}",
            f"{text} Scope: `{scope}`.".strip(),
            table(("Parameter", "In", ""), parameters) if parameters else "",
            f"Body: {shape(spec, body)}" if body else "",
            f"Answers: {'; '.join(answers)}",
        ]
    ).rstrip()


def shape(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A schema in a few words: `{name: type, …}`."""
    if "$ref" in schema:
        named = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        required = set(named.get("required", []))
        fields = [
            f"{name}{'' if name in required else '?'}: {kind(spec, field)}"
            for name, field in named["properties"].items()
        ]
        return "`{" + ", ".join(fields) + "}`"
    return f"`{kind(spec, schema)}`"


def kind(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return shape(spec, schema).strip("`")
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(spec, s) for s in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"[{kind(spec, schema['items'])}]"
    return str(schema.get("format") or schema.get("type") or "any")
