from datetime import date

import pytest

from plimsoll.engines.scoping.promotion import EffectiveStage, effective_stage
from plimsoll.engines.scoping.question_set import NOT_APPLICABLE
from plimsoll.kernel.stages import Stage

SINCE = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("answers", "since", "because"),
    [
        ({}, SINCE, "it has met real data since 2026-02-01"),
        ({"D1": "ordinary"}, None, "D1 is ordinary: there is personal data in it"),
        ({"D1": "special"}, None, "D1 is special: there is personal data in it"),
        ({"D2": "yes"}, None, "D2 is yes: other customers' data is reachable"),
        ({"D1": "none", "D2": "yes"}, None, "D2 is yes: other customers' data is reachable"),
        ({"D1": "special", "D2": "yes"}, SINCE, "it has met real data since 2026-02-01"),
    ],
)
def test_a_prototype_that_met_real_data_is_a_pilot(answers, since, because) -> None:
    assert effective_stage(Stage.PROTOTYPE, answers, real_data_since=since) == EffectiveStage(
        stage=Stage.PILOT, promoted_because=because
    )


@pytest.mark.parametrize(
    "answers", [{}, {"D1": "none", "D2": "no"}, {"D1": NOT_APPLICABLE}, {"S1": "public"}]
)
def test_a_prototype_without_real_data_stays_a_prototype(answers) -> None:
    assert effective_stage(Stage.PROTOTYPE, answers) == EffectiveStage(stage=Stage.PROTOTYPE)


@pytest.mark.parametrize("label", [s for s in Stage if s is not Stage.PROTOTYPE])
def test_only_a_prototype_is_promoted(label: Stage) -> None:
    found = effective_stage(label, {"D1": "special", "D2": "yes"}, real_data_since=SINCE)
    assert found == EffectiveStage(stage=label, promoted_because="")
