import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.kernel.canonical import canonical_bytes, digest_bytes, read_json
from plimsoll.kernel.errors import BadInput, PlimsollError

RECORDING = Recording(
    check="model-file",
    version="1",
    subjects=(Subject(name="model.pkl", digest=digest_bytes(b"m"), size=1),),
    seen={"members": [{"name": "data.pkl", "share": 0.5}]},
    tools={"picklescan": "1.0.5"},
)


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(RECORDING.to_json())
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


def test_a_recording_is_read_back_from_its_bytes_with_the_same_digest() -> None:
    value = read_json(canonical_bytes(RECORDING.to_json()), what="The recording")
    read = Recording.from_json(value)
    assert read == RECORDING
    assert read.digest == RECORDING.digest == digest_bytes(canonical_bytes(RECORDING.to_json()))


def test_a_recording_without_tools_has_none() -> None:
    bare = Recording(check="c", version="1", subjects=RECORDING.subjects, seen={})
    assert Recording.from_json(bare.to_json()).tools == {}


@pytest.mark.parametrize(
    "path", [("check",), ("version",), ("seen", "members"), ("tools", "picklescan"), ("subjects", 0, "size")]
)
def test_any_change_changes_the_digest(path: tuple[Any, ...]) -> None:
    value = 2 if path[-1] == "size" else "2"
    assert Recording.from_json(changed(path, value)).digest != RECORDING.digest


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("subjects",), [], "names no subject"),
        (("subjects",), {"name": "x"}, "names no subject"),
        (("subjects",), None, "names no subject"),
        (("seen",), [], "must be objects"),
        (("tools",), None, "must be objects"),
        (("tools", "picklescan"), 1.0, "must be text"),
        (("tools", "picklescan"), None, "must be text"),
        (("check",), 5, "must be text"),
        (("version",), 1, "must be text"),
        (("subjects", 0), "model.pkl", "needs a name, a sha256 and a size"),
        (("subjects", 0), {}, "needs a name, a sha256 and a size"),
        (("subjects", 0, "name"), None, "needs a name, a sha256 and a size"),
        (("subjects", 0, "sha256"), 5, "needs a name, a sha256 and a size"),
        (("subjects", 0, "size"), "1", "needs a name, a sha256 and a size"),
        (("subjects", 0, "size"), 1.0, "needs a name, a sha256 and a size"),
        (("subjects", 0, "size"), True, "needs a name, a sha256 and a size"),
        (("subjects", 0, "size"), -1, "needs a name, a sha256 and a size"),
        (("subjects", 0, "extra"), 1, "needs a name, a sha256 and a size"),
        (("subjects", 0, "sha256"), "A" * 64, "is not a SHA-256 digest"),
        (("subjects", 0, "sha256"), "sha256:" + "a" * 64, "is not a SHA-256 digest"),
        (("extra",), 1, "does not have the keys"),
    ],
)
def test_a_recording_in_another_form_is_refused_by_the_part_that_is_wrong(
    path: tuple[Any, ...], value: Any, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        Recording.from_json(changed(path, value))


@pytest.mark.parametrize("value", [None, [], "recording", 5, {}])
def test_what_is_no_recording_is_refused(value: Any) -> None:
    with pytest.raises(BadInput, match="does not have the keys check, version"):
        Recording.from_json(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(st.fixed_dictionaries(dict.fromkeys(RECORDING.to_json(), json_values)))
def test_what_is_read_is_what_was_written_or_it_is_refused(value: dict[str, Any]) -> None:
    try:
        read = Recording.from_json(value)
    except PlimsollError:
        return
    assert read.to_json() == value
