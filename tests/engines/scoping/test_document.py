from plimsoll.engines.scoping.chasing import rank_unknowns
from plimsoll.engines.scoping.document import scope_document
from plimsoll.engines.scoping.evaluation import evaluate
from plimsoll.engines.scoping.predicate import Always
from plimsoll.kernel.canonical import canonical_bytes
from tests.engines.scoping.samples import QUESTIONS, is_, rule

ANSWERS = {"K1": "language", "S1": "internal", "D1": "none", "A1": "none"}
RULES = [rule("always", Always()), rule("acts", is_("S2", "yes")), rule("public", is_("S1", "public"))]


def test_the_scope_is_written_with_sets_reasons_and_the_unknowns_in_chasing_order() -> None:
    scope = evaluate(QUESTIONS, RULES, ANSWERS)
    unknowns = rank_unknowns(QUESTIONS, RULES, ANSWERS)
    risks = evaluate(QUESTIONS, [rule("risk", is_("D1", "special"))], ANSWERS)
    document = scope_document(QUESTIONS, ANSWERS, scope, unknowns, {"risks": risks})
    assert canonical_bytes(document)
    assert document == {
        "form": "plimsoll/scope/1",
        "question_set": {"id": "sample", "version": "1"},
        "answered": ANSWERS,
        "certain": [{"id": "always", "title": "always", "reasons": ["always required"]}],
        "open": [{"id": "acts", "title": "acts", "reasons": ["S2 is unknown and counts if it is yes"]}],
        "out": [{"id": "public", "title": "public", "reasons": ["S1 is internal, not public"]}],
        "confidence": 0.5,
        "method": "exact",
        "unknowns": [
            {
                "question": "S2",
                "ask": "What about S2?",
                "settles_worst": 1,
                "settles_best": 1,
                "answers": [
                    {"value": "yes", "settles": 1, "added": ["acts"], "removed": []},
                    {"value": "no", "settles": 1, "added": [], "removed": ["acts"]},
                ],
            }
        ],
        "risks": {
            "certain": [],
            "open": [],
            "out": [{"id": "risk", "title": "risk", "reasons": ["D1 is none, not special"]}],
        },
    }


def test_without_anything_certain_or_open_there_is_no_confidence() -> None:
    document = scope_document(QUESTIONS, {}, evaluate(QUESTIONS, [], {}), (), {})
    assert document["confidence"] is None
    assert document["certain"] == document["open"] == document["out"] == document["unknowns"] == []
