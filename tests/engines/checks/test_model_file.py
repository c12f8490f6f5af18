from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.engines.checks.model_file import MODEL_FILE, accepted_names, folder_digest
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.engines.checks.result import CheckResult, Outcome
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Verdict

FINE = digest_bytes(b"fine")
KINDS = ("alarms", "doubts", "not_covered", "dangerous", "suspicious", "innocuous")


def name(spelled: str, level: str = "suspicious") -> dict[str, str]:
    module, _, attribute = spelled.rpartition(".")
    return {"module": module, "name": attribute, "level": level, "where": "byte 0"}


def note(text: str, where: str = "") -> dict[str, str]:
    return {"text": text, "where": where}


def reading(**changes: Any) -> dict[str, Any]:
    plain = {
        "format": "pickle",
        "streams": 1,
        "numeric": 0,
        "opcodes": 9,
        "names": [],
        "alarms": [],
        "doubts": [],
        "not_covered": [],
        "left_out": dict.fromkeys(KINDS, 0),
        "read": ["Of pickle streams 1 were followed to their end."],
    }
    left_out = plain["left_out"] | changes.pop("left_out", {})
    return plain | changes | {"left_out": left_out}


def of_file(**changes: Any) -> Recording:
    file = {"path": "m.pkl", "sha256": FINE, "size": 4, "reading": reading(**changes)}
    return Recording(
        check="model-file",
        version="1",
        subjects=(Subject(name="m.pkl", digest=FINE, size=4),),
        seen={"kind": "file", "files": [file], "not_read": []},
        tools={"picklescan": "1.0.5"},
    )


def of_folder(readings: dict[str, dict[str, Any]], not_read: tuple[tuple[str, str], ...] = ()) -> Recording:
    digest = folder_digest([(path, FINE, 4) for path in readings])
    return Recording(
        check="model-file",
        version="1",
        subjects=(Subject(name="folder", digest=digest, size=4 * len(readings)),),
        seen={
            "kind": "folder",
            "files": [
                {"path": path, "sha256": FINE, "size": 4, "reading": item} for path, item in readings.items()
            ],
            "not_read": [{"path": path, "why": why} for path, why in not_read],
        },
    )


def judged(**changes: Any) -> CheckResult:
    return MODEL_FILE.judge(of_file(**changes), {})


def texts(result: CheckResult, verdict: Verdict) -> list[str]:
    return [reason.text for reason in result.judgement.reasons if reason.verdict is verdict]


def measured(result: CheckResult) -> dict[str, float | None]:
    return {measure.name: measure.value for measure in result.measures}


# ---------------------------------------------------------------- the four answers


def test_a_file_without_anything_against_it_is_clean() -> None:
    result = judged(names=[name("collections.OrderedDict", "innocuous")])

    assert (result.answer, result.outcome) == ("clean", Outcome.PASS)
    assert texts(result, Verdict.MET) == ["everything in it was read (pickle)"]
    assert result.findings == ()
    assert measured(result)["names_innocuous"] == 1


def test_a_dangerous_name_is_flagged() -> None:
    result = judged(names=[name("posix.system", "dangerous"), name("a.B")], doubts=[note("it breaks off")])

    assert (result.answer, result.outcome) == ("flagged", Outcome.FAIL)
    assert texts(result, Verdict.NOT_MET) == ["imports posix.system, which picklescan calls dangerous"]
    assert [finding.severity for finding in result.findings] == ["critical", "medium", "medium"]
    assert result.findings[0].where == "byte 0"


def test_a_dangerous_name_that_was_left_out_of_the_list_still_flags() -> None:
    result = judged(left_out={"dangerous": 3})

    assert result.answer == "flagged"
    assert texts(result, Verdict.NOT_MET) == [
        "imports 3 names that are not listed, which picklescan calls dangerous"
    ]
    assert measured(result)["names_dangerous"] == 3


def test_an_alarm_is_flagged() -> None:
    result = judged(alarms=[note("a member would be extracted outside the folder", "../x")])

    assert result.answer == "flagged"
    assert texts(result, Verdict.NOT_MET) == ["a member would be extracted outside the folder (../x)"]
    assert result.findings[0].text == "A member would be extracted outside the folder."
    assert result.findings[0].severity == "high"


def test_a_name_on_no_list_is_inconclusive() -> None:
    result = judged(names=[name(f"package.module.Name{n}") for n in range(12)])

    assert (result.answer, result.outcome) == ("inconclusive", Outcome.INCONCLUSIVE)
    assert texts(result, Verdict.UNKNOWN)[0].endswith("Name7 and 4 more, which somebody must look at")
    assert len(result.findings) == 12


def test_a_name_that_was_left_out_of_the_list_cannot_have_been_accepted() -> None:
    recording = of_file(names=[name("a.B")], left_out={"suspicious": 1})

    assert MODEL_FILE.judge(recording, {"accept_globals": ("a.B",)}).answer == "inconclusive"


def test_a_doubt_is_inconclusive() -> None:
    assert judged(doubts=[note("a pickle stream breaks off")]).answer == "inconclusive"


def test_a_part_that_was_not_interpreted_is_not_covered() -> None:
    result = judged(not_covered=[note("gzip is not interpreted", "a.gz"), note("text is not interpreted")])

    assert (result.answer, result.outcome) == ("not covered", Outcome.INCONCLUSIVE)
    assert texts(result, Verdict.UNKNOWN) == ["gzip is not interpreted (a.gz), text is not interpreted"]
    assert "Not read: gzip is not interpreted (a.gz)." in result.read


def test_a_file_of_which_nothing_was_read_is_not_covered() -> None:
    result = MODEL_FILE.judge(of_file(streams=0, names=[name("a.B")], read=[]), {"accept_globals": ("a.B",)})

    assert result.answer == "not covered"
    assert texts(result, Verdict.UNKNOWN) == ["nothing in it was interpreted"]


@pytest.mark.parametrize("spelled", ["posix.system", "a.B"])
def test_only_names_on_no_list_can_be_accepted(spelled: str) -> None:
    recording = of_file(names=[name("posix.system", "dangerous"), name("a.B")])

    assert MODEL_FILE.judge(recording, {"accept_globals": (spelled,)}).answer == "flagged"


def test_accepted_names_are_named_in_the_reasons() -> None:
    recording = of_file(names=[name("a.b.C"), name("a.b.D")])

    part = MODEL_FILE.judge(recording, {"accept_globals": ("a.b.C",)})
    whole = MODEL_FILE.judge(recording, {"accept_globals": ("a.b.C", "a.b.D")})

    assert part.answer == "inconclusive"
    assert texts(part, Verdict.MET) == ["imports a.b.C, accepted by accept_globals"]
    assert whole.answer == "clean"
    assert texts(whole, Verdict.MET)[0] == "imports a.b.C, a.b.D, accepted by accept_globals"
    assert measured(whole)["names_accepted"] == 2
    assert measured(whole)["names_to_review"] == 0


def test_a_dotted_name_is_never_accepted_whatever_it_is_spelled_like() -> None:
    stepping = {"module": "a", "name": "b.C", "level": "suspicious", "where": ""}

    result = MODEL_FILE.judge(of_file(names=[stepping]), {"accept_globals": ("a.b.C",)})

    assert result.answer == "inconclusive"


# ---------------------------------------------------------------- folders


def test_the_worst_file_decides_for_a_folder() -> None:
    answers = {
        "clean": reading(),
        "not covered": reading(not_covered=[note("gzip is not interpreted")]),
        "inconclusive": reading(doubts=[note("a doubt")]),
        "flagged": reading(names=[name("os.system", "dangerous")]),
    }
    given_so_far: dict[str, dict[str, Any]] = {}
    for answer, item in answers.items():
        given_so_far[answer] = item
        result = MODEL_FILE.judge(of_folder(given_so_far), {})
        assert result.answer == answer
        assert result.judgement.verdict is result.outcome.verdict
    assert measured(result)["files"] == 4
    assert measured(result)["files_clean"] == 1
    assert result.findings[0].where == "flagged: byte 0"
    assert result.findings[1].where == "inconclusive"


def test_an_empty_folder_is_not_covered() -> None:
    result = MODEL_FILE.judge(of_folder({}), {})

    assert result.answer == "not covered"
    assert texts(result, Verdict.UNKNOWN) == ["there is no file to read"]
    assert result.read == ("Nothing was read.",)


def test_what_was_not_read_keeps_a_folder_from_being_clean() -> None:
    result = MODEL_FILE.judge(
        of_folder({"a": reading()}, (("b", "a symbolic link, which is not followed"),)), {}
    )

    assert result.answer == "not covered"
    assert texts(result, Verdict.UNKNOWN) == ["b was not read: it is a symbolic link, which is not followed"]
    assert result.read[-1] == "Not read: b (a symbolic link, which is not followed)."
    assert result.read[0].startswith("a: ")


def test_the_digest_of_a_folder_does_not_depend_on_the_order_of_its_files() -> None:
    files = [("b", FINE, 4), ("a/c", FINE, 4), ("a", FINE, 5)]

    assert folder_digest(files) == folder_digest(files[::-1])
    assert folder_digest(files) != folder_digest(files[:2])


@pytest.mark.parametrize(
    ("item", "outcome"),
    [
        (reading(), Outcome.PASS),
        (reading(doubts=[note("a doubt")]), Outcome.INCONCLUSIVE),
        (reading(alarms=[note("an alarm")]), Outcome.FAIL),
    ],
)
def test_a_thousand_reasons_are_counted_and_the_deciding_ones_kept(
    item: dict[str, Any], outcome: Outcome
) -> None:
    result = MODEL_FILE.judge(of_folder({f"{n:04}": reading() for n in range(300)} | {"zz": item}), {})

    assert result.outcome is outcome
    assert len(result.judgement.reasons) == 101
    assert result.judgement.reasons[-1].text == "201 more reasons are left out here"
    assert result.judgement.deciding[0].source in ("zz", "0000")


def test_long_lists_are_cut_the_gravest_first_and_what_is_cut_is_counted() -> None:
    files = {f"{n:03}": reading(doubts=[note("a doubt")]) for n in range(250)}
    files["zz"] = reading(names=[name("os.system", "dangerous")], left_out={"innocuous": 7, "doubts": 2})

    result = MODEL_FILE.judge(of_folder(files), {})

    assert len(result.findings) == 200
    assert result.findings[0].severity == "critical"
    assert result.read[-2:] == (
        "51 more sentences are left out.",
        "53 findings are left out of the list; the answer counts them.",
    )


# ---------------------------------------------------------------- recordings that cannot be judged

Break = Callable[[dict[str, Any]], None]


def _set(*path: str | int, to: Any) -> Break:
    def change(seen: dict[str, Any]) -> None:
        place: Any = seen
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def _drop(*path: str | int) -> Break:
    def change(seen: dict[str, Any]) -> None:
        place: Any = seen
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


@pytest.mark.parametrize(
    "change",
    [
        _drop("kind"),
        _set("kind", to="disk"),
        _set("kind", to="folder"),
        _set("files", to=[]),
        _set("files", to={}),
        _set("files", 0, to=1),
        _set("extra", to=1),
        _set("not_read", to=[{"path": "a", "why": "b"}]),
        _set("not_read", to=[{"path": "a"}]),
        _set("files", 0, "sha256", to="short"),
        _set("files", 0, "sha256", to="0" * 64),
        _set("files", 0, "size", to=-1),
        _set("files", 0, "size", to="4"),
        _set("files", 0, "reading", to=None),
        _set("files", 0, "reading", "streams", to=True),
        _set("files", 0, "reading", "streams", to=-1),
        _set("files", 0, "reading", "names", to=[{"module": "a"}]),
        _set("files", 0, "reading", "names", to=[name("a.b", "harmless")]),
        _set("files", 0, "reading", "doubts", to=[{"text": 1, "where": ""}]),
        _set("files", 0, "reading", "left_out", "dangerous", to=-1),
        _set("files", 0, "reading", "left_out", "others", to=1),
        _set("files", 0, "reading", "read", to=[1]),
        _drop("files", 0, "reading", "alarms"),
    ],
)
def test_a_malformed_recording_is_refused(change: Break) -> None:
    recording = of_file()
    seen = copy.deepcopy(dict(recording.seen))
    change(seen)
    broken = Recording(check="model-file", version="1", subjects=recording.subjects, seen=seen)

    with pytest.raises(BadInput):
        MODEL_FILE.judge(broken, {})


def test_a_recording_of_another_check_or_version_or_without_subject_is_refused() -> None:
    good = of_file()
    for check, version, subjects in (
        ("fairness", "1", good.subjects),
        ("model-file", "2", good.subjects),
        ("model-file", "1", ()),
    ):
        with pytest.raises(BadInput):
            MODEL_FILE.judge(Recording(check=check, version=version, subjects=subjects, seen=good.seen), {})


# ---------------------------------------------------------------- parameters and card


@pytest.mark.parametrize("word", ["sklearn.*", "sklearn", "a..b", ".a.b", "a.b.", "a b.c", "a.b()", "a.1b"])
def test_an_accepted_name_is_written_in_full(word: str) -> None:
    with pytest.raises(BadInput) as caught:
        MODEL_FILE.judge(of_file(), {"accept_globals": ("collections.OrderedDict", word)})

    assert "Write each name in full" in caught.value.hint


def test_accepted_names_are_read_from_text_as_from_words() -> None:
    given = read_parameters(MODEL_FILE.card, {"accept_globals": "a.B, c.d.E"})

    assert accepted_names(given) == {"a.B", "c.d.E"}
    assert accepted_names({}) == frozenset()
    assert accepted_names({"accept_globals": "no tuple"}) == frozenset()


def test_the_card_says_what_a_pass_does_not_show() -> None:
    card = MODEL_FILE.card

    assert (card.id, card.version, card.valid_days) == ("model-file", "1", 90)
    assert card.answers == ("flagged", "clean", "inconclusive", "not covered")
    for sentence in (card.proves, card.does_not_prove, card.needs, card.false_positives, card.source):
        assert len(sentence) > 40
        assert not {"safe", "secure", "compliant"} & set(sentence.lower().replace(",", "").split())


# ---------------------------------------------------------------- properties

notes = st.lists(st.builds(note, st.text(min_size=1, max_size=9), st.text(max_size=5)), max_size=3)
names = st.lists(
    st.builds(
        name,
        st.sampled_from(["a.B", "a.b.C", "os.system"]),
        st.sampled_from(["dangerous", "suspicious", "innocuous"]),
    ),
    max_size=4,
)
readings = st.builds(
    reading,
    streams=st.integers(0, 2),
    numeric=st.integers(0, 2),
    names=names,
    alarms=notes,
    doubts=notes,
    not_covered=notes,
    left_out=st.dictionaries(st.sampled_from(KINDS), st.integers(0, 3)),
)
folders = st.dictionaries(st.text(min_size=1, max_size=4), readings, max_size=5)
accepting = st.sampled_from(
    [{}, {"accept_globals": ("a.B",)}, {"accept_globals": ("a.B", "a.b.C", "os.system")}]
)
RANK = ("flagged", "inconclusive", "not covered", "clean")


@settings(max_examples=200, deadline=None)
@given(folders, accepting)
def test_judging_twice_gives_the_same_and_survives_a_round_trip(
    files: dict[str, Any], accepted: dict[str, Any]
) -> None:
    recording = of_folder(files)
    again = Recording.from_json(json.loads(json.dumps(recording.to_json())))

    first = MODEL_FILE.judge(recording, accepted)

    assert first == MODEL_FILE.judge(recording, accepted) == MODEL_FILE.judge(again, accepted)
    assert first.answer in MODEL_FILE.card.answers


@settings(max_examples=200, deadline=None)
@given(folders, readings, accepting)
def test_a_further_file_never_makes_a_folder_better(
    files: dict[str, Any], more: dict[str, Any], accepted: dict[str, Any]
) -> None:
    before = MODEL_FILE.judge(of_folder(files), accepted)
    after = MODEL_FILE.judge(of_folder(files | {"added": more}), accepted)

    if files:
        assert RANK.index(after.answer) <= RANK.index(before.answer)


@settings(max_examples=200, deadline=None)
@given(folders)
def test_accepting_names_never_hides_a_flag(files: dict[str, Any]) -> None:
    strict = MODEL_FILE.judge(of_folder(files), {})
    loose = MODEL_FILE.judge(of_folder(files), {"accept_globals": ("a.B", "a.b.C", "os.system")})

    assert (strict.answer == "flagged") == (loose.answer == "flagged")
    if loose.answer == "clean":
        assert not any(item["doubts"] or item["not_covered"] for item in files.values())
