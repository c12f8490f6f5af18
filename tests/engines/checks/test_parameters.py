import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.checks.card import CheckCard, Layer, Parameter, ParameterKind
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.units import Days


def card(*parameters: Parameter) -> CheckCard:
    return CheckCard(
        id="probe",
        title="A check for tests",
        version="1",
        layer=Layer.DATA,
        subject="a file",
        proves="nothing",
        does_not_prove="anything",
        needs="nothing",
        false_positives="never",
        source="here",
        answers=("clean",),
        valid_days=Days(1),
        parameters=parameters,
    )


def parameter(name: str, kind: ParameterKind, **rest: object) -> Parameter:
    return Parameter(name=name, kind=kind, help="It matters.", **rest)  # type: ignore[arg-type]


GAP = parameter("gap", ParameterKind.NUMBER, default=0.1, minimum=0.0, maximum=1.0)
SEED = parameter("seed", ParameterKind.WHOLE, minimum=0)
LABEL = parameter("label", ParameterKind.TEXT, required=True)
WORDS = parameter("groups", ParameterKind.WORDS, default=("sex", "age"))
FILE = parameter("reference", ParameterKind.FILE)
CARD = card(GAP, SEED, LABEL, WORDS, FILE)


def test_defaults_fill_in_and_optional_ones_are_left_out() -> None:
    assert read_parameters(CARD, {"label": "approved"}) == {
        "gap": 0.1,
        "label": "approved",
        "groups": ("sex", "age"),
    }


def test_text_from_a_terminal_and_values_from_json_are_read_alike() -> None:
    typed = read_parameters(
        CARD, {"gap": "0.25", "seed": "7", "label": "y", "groups": "sex, age ,,", "reference": "a.csv"}
    )
    sent = read_parameters(
        CARD, {"gap": 0.25, "seed": 7.0, "label": "y", "groups": ["sex", "age"], "reference": "a.csv"}
    )
    assert typed == sent
    assert type(typed["seed"]) is type(sent["seed"]) is int
    assert canonical_bytes(typed) == canonical_bytes(sent)


def test_limits_are_inclusive() -> None:
    for value in ("0", "1", 0, 1, 0.0, 1.0, "1.0", " 1 ", "1e-3"):
        assert read_parameters(card(GAP), {"gap": value})["gap"] == float(value)


@pytest.mark.parametrize(
    "value",
    [
        "", "  ", "abc", "0.1.2", "NaN", "nan", "inf", "-Infinity", math.nan, math.inf, True, False, None,
        "true", [0.1], {"a": 1}, "-0.01", 1.01, "1e999", 10**400, "0,5", "0x1", "1_0", "٠.٥", "０.５",
        "0.5" + "0" * 5000 + "x",
    ],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_a_number_outside_its_limits_or_no_number_is_refused(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(card(GAP), {"gap": value})
    assert caught.value.message.startswith("The parameter “gap” of probe cannot be “")
    assert len(caught.value.message) < 120
    assert caught.value.hint == "Give a number from 0 to 1. It matters."
    assert caught.value.data == {"parameter": "gap"}


@pytest.mark.parametrize("value", ["1.5", 0.5, "-1", 2**53, "9007199254740993", "1e17", "seven", True])
def test_a_whole_number_is_kept_exactly_or_refused(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(card(SEED), {"seed": value})
    assert caught.value.hint.startswith("Give a whole number of at least 0.")


@given(st.integers(0, 2**53 - 1))
def test_every_whole_number_that_json_can_carry_is_read_as_itself(number: int) -> None:
    for value in (number, str(number)):
        assert read_parameters(card(SEED), {"seed": value}) == {"seed": number}


@pytest.mark.parametrize(
    ("bounds", "hint"),
    [
        ({}, "Give a number."),
        ({"minimum": 2.0}, "Give a number of at least 2."),
        ({"maximum": 2.5}, "Give a number of at most 2.5."),
        ({"minimum": -1.0, "maximum": 1.0}, "Give a number from -1 to 1."),
    ],
)
def test_the_hint_names_every_limit_that_there_is(bounds: dict, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(card(parameter("x", ParameterKind.NUMBER, **bounds)), {"x": "no"})
    assert caught.value.hint == f"{hint} It matters."


@pytest.mark.parametrize("value", ["", " , ,", [], [" "], ["sex", 5], 5, None, {"sex": 1}, "\u2003"])
def test_words_need_at_least_one_word(value: object) -> None:
    with pytest.raises(BadInput, match="“groups” of probe cannot be") as caught:
        read_parameters(card(WORDS), {"groups": value})
    assert caught.value.hint.startswith("Give comma-separated words.")


@pytest.mark.parametrize(("kind", "said"), [(ParameterKind.TEXT, "text"), (ParameterKind.FILE, "a file")])
@pytest.mark.parametrize("value", ["", "   ", "\n", 5, None, ["a"], True])
def test_text_and_file_names_are_text_that_says_something(
    kind: ParameterKind, said: str, value: object
) -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(card(parameter("x", kind)), {"x": value})
    assert caught.value.hint == f"Give {said}. It matters."


def test_a_missing_required_parameter_is_asked_for_with_its_help() -> None:
    with pytest.raises(BadInput, match="probe needs the parameter “label”") as caught:
        read_parameters(CARD, {})
    assert caught.value.hint == "It matters."


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput) as caught:
        read_parameters(CARD, {"label": "y", "Gap": "0.5"})
    assert (
        caught.value.sentence == "probe has no parameter “Gap”. It has: gap, seed, label, groups, reference."
    )
    with pytest.raises(BadInput) as caught:
        read_parameters(card(), {"x" * 100_000: 1})
    assert caught.value.hint == "It has: none."
    assert len(caught.value.message) < 120


@given(st.dictionaries(st.sampled_from(["gap", "seed", "label", "groups"]),
                       st.text(max_size=6) | st.floats() | st.integers() | st.booleans()))  # fmt: skip
def test_hostile_values_are_read_within_limits_or_refused(given_values: dict) -> None:
    try:
        read = read_parameters(CARD, given_values)
    except BadInput:
        return
    assert 0 <= float(read["gap"]) <= 1  # type: ignore[arg-type]
    assert canonical_bytes({k: list(v) if isinstance(v, tuple) else v for k, v in read.items()})
