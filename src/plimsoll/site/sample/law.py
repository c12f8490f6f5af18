"""What legal has answered so far for the three systems; what decides Lookout is still open."""

from __future__ import annotations

from plimsoll.loop.scope import services as scope
from plimsoll.site.sample.story import Act, Story

__all__ = ["acts"]

_NO = dict.fromkeys(
    ("Q02", "Q10", "Q11", "Q12", "Q13", "Q14", "Q15", "Q16", "Q17", "Q18", "Q19", "Q42", "Q43", "Q50", "Q52"),
    "no",
)
COMPANY: dict[str, object] = {
    **_NO, "Q01": "yes", "Q03": ["provider", "deployer"], "Q60": "no", "established_in_eu": "yes",
    "size": "medium", "nis2_any_size": "no", "financial_entity": "no", "public_service": "no",
    "sec_registrant": "no", "frontier_developer": "no", "gpai_code_signatory": "no",
    "special_data_for_bias": "no", "real_world_test": "no",
}  # fmt: skip
SYSTEMS: dict[str, dict[str, object]] = {
    "bosun": {
        "Q20": "no", "Q30": "no", "Q31": "no", "Q40": "yes", "Q41": "yes", "places": ["EU"],
        "sectors": ["digital_providers"], "personal_data": "ordinary", "data_roles": ["processor"],
        "solely_automated_decision": "no", "consequential_decision": "no", "hiring_tool": "no",
    },
    "keel": {
        "Q20": "no", "Q30": "yes", "Q31": "yes", "Q40": "no", "Q41": "no", "annex_iii_points": ["5b"],
        "places": ["EU"], "sectors": ["digital_providers"], "personal_data": "ordinary",
        "data_roles": ["processor"], "high_risk_processing": "yes", "solely_automated_decision": "yes",
        "consequential_decision": "yes", "hiring_tool": "no",
    },
    "lookout": {
        "Q30": "no", "Q31": "no", "Q40": "no", "Q41": "no", "places": ["EU"], "sectors": ["transport"],
        "solely_automated_decision": "no", "consequential_decision": "no", "hiring_tool": "no",
        "digital_product": "manufacturer",
    },
}  # fmt: skip


def acts(story: Story) -> list[Act]:
    """One sitting with legal, after each system is described."""
    return [_law(story)]


def _law(story: Story) -> Act:
    yield -40
    for name, answers in SYSTEMS.items():
        scope.answer_law(
            actor=story.who("weiss"),
            system_id=story.system(name).id,
            answers={**COMPANY, **answers},
            source="sitting with legal, Weiss",
        )
