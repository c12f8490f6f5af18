from plimsoll.kernel.stages import GATED, Level, Stage


def test_stages_are_ordered_and_only_the_last_has_no_gate() -> None:
    assert [stage.order for stage in Stage] == [0, 1, 2, 3, 4]
    assert [s.value for s in GATED] == ["prototype", "pilot", "limited", "ga"]
    assert [s for s in Stage if s not in GATED] == [Stage.RETIRED]


def test_stages_are_said_as_people_say_them() -> None:
    assert Stage.GA.label == "general availability"
    assert Stage.PILOT.label == "pilot"
    assert [level.value for level in Level] == ["required", "plan", "not_yet"]
