"""When this happened, that follows: each line of the wiring, seen from its far end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.gates.quorum import Outcome
from plimsoll.engines.scoping.question_set import Policy
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import PlimsollError
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger import subscriptions
from plimsoll.ledger.events import Event, EventKind
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import services as decide
from plimsoll.loop.decide.models import Gate, GateVerdict, Waiver
from plimsoll.loop.plan import services as plan
from plimsoll.loop.plan.models import Requirement
from plimsoll.loop.prove import selectors as prove_selectors
from plimsoll.loop.prove import services as prove
from plimsoll.loop.respond import services as respond
from plimsoll.loop.scope import selectors as scope_selectors
from plimsoll.loop.scope import services as scope
from plimsoll.loop.scope.models import Asset, Assumption, System
from plimsoll.people.actors import Actor
from plimsoll.site import wiring
from tests.loop.decide.bridge import condition, freeze, signed, unmet
from tests.loop.decide.bridge import decide as settle
from tests.loop.decide.test_waivers import advise, ask, granted, revoke
from tests.loop.decide.test_waivers import settle as grant
from tests.voyages import (
    DAY,
    Voyage,
    attested,
    criterion,
    gate_at,
    gate_of,
    kinds_since,
    model_bytes,
    requirement,
)

K = EventKind
TIME = Actor.of_rule("time")


@dataclass(frozen=True, slots=True)
class Line:
    """One event, how it comes about, and what it leaves in the log after itself."""

    kind: EventKind
    act: Callable[[Voyage], object]
    follows: tuple[EventKind, ...]


def _describe(v: Voyage) -> None:
    scope.describe_system(
        actor=v.crew.actor("tess"),
        program_id=v.program_id,
        name="Tender",
        sentence="Rows between ship and shore",
        owner_id=v.crew.id("eve"),
    )


def _promise(v: Voyage) -> None:
    scope.promise_stage(
        actor=v.crew.actor("tess"),
        system_id=v.system.pk,
        stage=Stage.LIMITED,
        committed_on=date(2027, 6, 1),
    )


def _answer(v: Voyage, question: str = "A2", value: str = "yes") -> None:
    scope.answer(actor=v.crew.actor("tess"), system_id=v.system.pk, question=question, value=value)


def _assume(v: Voyage) -> None:
    """Something had made the neutral value of M1 the working one; the worst case brings more in."""
    scope.assume(actor=v.crew.actor("tess"), system_id=v.system.pk, question="B3", policy=Policy.WORST_CASE)


def _retire(v: Voyage) -> None:
    row = Assumption.objects.get(question="R1")
    scope.retire_assumption(actor=v.crew.actor("tess"), assumption_id=row.pk)


def _register(v: Voyage) -> None:
    scope.register_asset(
        actor=v.crew.actor("dev"), system_id=v.system.pk, kind="model", name="Second", digest="1" * 64
    )


def _replace(v: Voyage) -> None:
    scope.replace_asset(
        actor=v.crew.actor("dev"),
        asset_id=Asset.objects.get(name="Sorter").pk,
        digest=digest_bytes(model_bytes(last=1)),
    )


def _change_system(v: Voyage) -> None:
    System.objects.filter(pk=v.system.pk).update(off_switch_holder=None)
    scope.change_system(
        actor=v.crew.actor("tess"), system_id=v.system.pk, off_switch_holder_id=v.crew.id("eve")
    )


def _change_requirement(v: Voyage) -> None:
    plan.change_requirements(
        actor=v.crew.actor("tess"),
        program_id=v.program_id,
        refs=[requirement(v, "incident-playbook").ref],
        due_on=date(2027, 1, 1),
    )


def _review(v: Voyage) -> None:
    prove.review_evidence(
        actor=v.crew.actor("cal"),
        program_id=v.program_id,
        evidence_ref="EVD-1",
        meets_intent=False,
        remark="It is last year's.",
    )


def _evidence_expires(v: Voyage) -> None:
    with frozen_at(DAY + timedelta(days=31)):
        prove.announce_expired(actor=TIME, now=DAY + timedelta(days=31))


def _reopened(v: Voyage) -> None:
    prove.reopen_evidence(
        actor=TIME,
        program_id=v.program_id,
        source="SIG-1",
        reason="something",
        now=DAY,
        rules=["threat-model"],
    )


def _framework(v: Voyage) -> None:
    """Another edition of a framework drops most of the clauses that the controls answer."""
    read = read_framework(
        [SourceFile(name="csf.csv", content=b"id,title\nGV.PO-01,Policy is made\n")],
        naming=Naming(id="nist-csf", title="CSF", edition="3.0"),
    )
    cal = v.crew.actor("cal")
    preview = scope_selectors.preview_framework(cal, v.program_id, read)
    scope.import_framework(
        actor=cal, program_id=v.program_id, framework=read, before_mark=preview.before_mark
    )


def _revoke_key(v: Voyage) -> None:
    (key,) = prove_selectors.keys_of(v.crew.actor("tess"), v.program_id)
    prove.revoke_key(actor=v.crew.actor("tess"), program_id=v.program_id, key_row_id=key.id)


def _waiver_decided(v: Voyage) -> None:
    _answer(v, "S1", "partners")
    waiver = ask(v, rule="authn-authz-review")
    advise(v, waiver)
    grant(v, waiver)


def _waiver_revoked(v: Voyage) -> None:
    _waiver_decided(v)
    revoke(v, Waiver.objects.get())


def _waivers_expire(v: Voyage) -> None:
    _waiver_decided(v)
    with frozen_at(DAY + timedelta(days=29)):
        decide.announce_expired(actor=TIME, now=DAY + timedelta(days=29))


def _decided(v: Voyage) -> None:
    signed(v)
    settle(v)


def _stored(v: Voyage) -> None:
    with frozen_at(DAY + timedelta(days=1)):
        attested(v, "threat-model", reviewer="")


def _learn(sound: Voyage) -> object:
    """An incident is reviewed, and what it teaches is accepted."""
    tess = sound.crew.actor("tess")
    row = respond.declare_incident(
        actor=tess, program_id=sound.program_id, system_id=sound.system.pk, title="It refunded twice"
    )
    respond.write_review(
        actor=tess,
        incident_id=row.pk,
        trigger="A retry without a key.",
        root_causes=["Nobody had tested a retry."],
    )
    lesson = respond.propose_lesson(
        actor=tess,
        incident_id=row.pk,
        lesson=respond.NewLesson(
            title="Retries are tested",
            why="A retry refunded twice.",
            acceptance="A test sends each call twice.",
            evidence="The report of the test.",
            severity="high",
            place="deployment",
            required_from=Stage.PILOT,
            controls=("CTL-GOV-01",),
            everywhere=True,
            answers={},
        ),
    )
    return respond.decide_lesson(actor=tess, incident_id=row.pk, lesson_id=lesson.pk, accept=True)


LINES = (
    Line(K.SYSTEM_DESCRIBED, _describe, (K.REQUIREMENTS_DERIVED,)),
    Line(K.SYSTEM_CHANGED, _change_system, ()),
    Line(K.STAGE_PROMISED, _promise, (K.REQUIREMENTS_DERIVED, K.GATE_OPENED, K.GATE_TURNED)),
    Line(K.QUESTIONS_ANSWERED, _answer, (K.REQUIREMENTS_DERIVED, K.GATE_TURNED)),
    Line(K.ASSET_REGISTERED, _register, (K.GATE_TURNED,)),
    Line(K.ASSET_REPLACED, _replace, (K.GATE_TURNED,)),
    Line(K.REQUIREMENTS_DERIVED, _answer, (K.GATE_TURNED,)),
    Line(K.REQUIREMENT_CHANGED, _change_requirement, (K.GATE_TURNED,)),
    Line(K.EVIDENCE_STORED, _stored, (K.GATE_TURNED,)),
    Line(K.EVIDENCE_REVIEWED, _review, (K.GATE_TURNED,)),
    Line(K.EVIDENCE_EXPIRED, _evidence_expires, (K.GATE_TURNED,)),
    Line(K.EVIDENCE_REOPENED, _reopened, (K.GATE_TURNED,)),
    Line(K.FRAMEWORK_IMPORTED, _framework, (K.EVIDENCE_REOPENED, K.GATE_TURNED)),
    Line(K.KEY_REVOKED, _revoke_key, (K.GATE_TURNED,)),
    Line(K.WAIVER_DECIDED, _waiver_decided, (K.GATE_TURNED,)),
    Line(K.WAIVER_REVOKED, _waiver_revoked, (K.GATE_TURNED,)),
    Line(K.WAIVER_EXPIRED, _waivers_expire, (K.GATE_TURNED,)),
    Line(K.GATE_DECIDED, _decided, (K.SYSTEM_CHANGED,)),
    Line(K.LESSON_ACCEPTED, _learn, (K.REQUIREMENT_ADOPTED, K.REQUIREMENTS_DERIVED, K.GATE_TURNED)),
)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.kind.name.lower())
def test_what_an_event_sets_going_stands_in_the_log_after_it(sound: Voyage, line: Line) -> None:
    before = entry_count()
    line.act(sound)
    entries = list(Entry.objects.filter(index__gte=before).order_by("index"))
    at = max(i for i, e in enumerate(entries) if e.kind == line.kind.value)
    following = entries[at + 1 :]
    for kind in line.follows:
        assert kind.value in [e.kind for e in following], kind
    assert {e.actor for e in following} <= {"rule:wiring"}


def test_an_assumption_changes_the_work_and_so_does_its_end(sound: Voyage) -> None:
    _answer(sound, "B3", "unknown")
    scope.assume(
        actor=sound.crew.actor("tess"),
        system_id=sound.system.pk,
        question="B3",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        value="none",
        due_on=date(2027, 1, 20),
    )
    assert _standing("continuity-plan") == "dropped"
    before = entry_count()
    scope.assume(
        actor=sound.crew.actor("tess"),
        system_id=sound.system.pk,
        question="B3",
        policy=Policy.WORST_CASE,
    )
    assert _standing("continuity-plan") == "assumed"
    assert kinds_since(before)[:3] == [K.ASSUMPTION_MADE, K.REQUIREMENTS_DERIVED, K.GATE_TURNED]


def test_an_expired_assumption_becomes_work_when_its_end_is_announced(sound: Voyage) -> None:
    _answer(sound, "B3", "unknown")
    scope.assume(
        actor=sound.crew.actor("tess"),
        system_id=sound.system.pk,
        question="B3",
        policy=Policy.NEUTRAL_WITH_DEADLINE,
        value="none",
        due_on=date(2027, 1, 20),
    )
    before = entry_count()
    later = DAY + timedelta(days=10)
    with frozen_at(later):
        assert scope.announce_expired(actor=TIME, now=later) == 1
    assert _standing("continuity-plan") == "assumed"
    assert kinds_since(before)[:3] == [K.ASSUMPTION_EXPIRED, K.REQUIREMENTS_DERIVED, K.GATE_TURNED]


def test_a_retired_assumption_is_heard_of(sound: Voyage) -> None:
    """R1 decides nothing while everything else is answered as it is."""
    _answer(sound, "R1", "unknown")
    gates = Gate.objects.count()
    before = entry_count()
    _retire(sound)
    assert kinds_since(before)[0] == K.ASSUMPTION_RESOLVED
    assert Gate.objects.count() == gates


def _standing(rule: str) -> str:
    return Requirement.objects.get(rule=rule).standing


def test_every_subscription_has_its_line_here() -> None:
    heard = {kind for kind, calls in subscriptions._subscribers.items() if calls}
    here = {line.kind for line in LINES} | {K.ASSUMPTION_MADE, K.ASSUMPTION_EXPIRED, K.ASSUMPTION_RESOLVED}
    # What a signal opens again is played with real tables in tests/loop/watch.
    assert heard == here | {K.SIGNAL_RAISED}


def test_connecting_twice_tells_nobody_twice(sound: Voyage) -> None:
    wiring.connect()
    before = entry_count()
    _promise(sound)
    assert kinds_since(before).count(K.GATE_OPENED.value) == 1


# ------------------------------------------------------------ what each does


def test_scope_becomes_work(bosun: Voyage) -> None:
    rules = set(Requirement.objects.filter(system=bosun.system).values_list("rule", flat=True))
    assert "off-switch-drill" in rules
    _answer(bosun, "O2", "yes")
    _answer(bosun, "A1", "write")
    assert Requirement.objects.get(system=bosun.system, rule="tool-allow-list").standing == "certain"


def test_a_promise_opens_its_gate(bosun: Voyage) -> None:
    assert [g.stage for g in Gate.objects.filter(system=bosun.system)] == ["pilot"]
    _promise(bosun)
    assert gate_of(bosun, Stage.LIMITED).ref == "GTE-2"
    assert GateVerdict.objects.filter(gate__stage="limited").count() == 1


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        (Outcome.GO, Stage.PILOT),
        (Outcome.CONDITIONS, Stage.PILOT),
        (Outcome.NO_GO, Stage.PROTOTYPE),
        (Outcome.DEFER, Stage.PROTOTYPE),
    ],
)
def test_only_a_go_enters_the_stage(sound: Voyage, outcome: Outcome, stage: Stage) -> None:
    if outcome is Outcome.CONDITIONS:
        _answer(sound, "S1", "partners")
    signed(sound)
    conditions = [condition(sound, c) for c in unmet(sound)]
    settle(sound, outcome, conditions=conditions if outcome is Outcome.CONDITIONS else ())
    assert System.objects.get(pk=sound.system.pk).stage == stage.value


def test_a_changed_model_turns_its_gate_and_the_log_says_why(sound: Voyage) -> None:
    gate = gate_of(sound, Stage.PILOT)
    _replace(sound)
    last = GateVerdict.objects.filter(gate_id=gate.id).latest("pk")
    assert last.verdict == "unknown"
    assert last.reason == "model file scan, safe format, signature: met → unknown"


def test_a_waiver_that_ends_is_named_as_what_turned_the_gate(skiff: Voyage) -> None:
    granted(skiff)
    with frozen_at(DAY + timedelta(days=29)):
        decide.announce_expired(actor=TIME, now=DAY + timedelta(days=29))
    last = GateVerdict.objects.filter(gate_id=gate_of(skiff, Stage.PILOT).id).latest("pk")
    assert last.reason == "threat model: waived → unknown"


# ------------------------------------------------------------ when something fails


def _fails(event: Event) -> None:
    raise RuntimeError(f"cannot hear of {event.kind}")


def test_a_subscriber_that_fails_breaks_neither_the_write_nor_the_others(
    sound: Voyage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    calls = [_fails, *subscriptions._subscribers[K.ASSET_REPLACED], lambda event: heard.append(event.index)]
    monkeypatch.setitem(subscriptions._subscribers, K.ASSET_REPLACED, calls)
    before = entry_count()
    _replace(sound)
    assert Asset.objects.get(name="Sorter").version == 2
    assert kinds_since(before) == [K.ASSET_REPLACED, K.GATE_TURNED]
    assert heard == [before]
    assert f"a subscriber of scope:asset:replaced failed on entry {before}" in caplog.text
    assert "cannot hear of" in caplog.text


def test_what_a_failing_subscriber_missed_is_made_up_for_by_the_next_tick(
    sound: Voyage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(subscriptions._subscribers, K.ASSET_REPLACED, [_fails])
        before = entry_count()
        _replace(sound)
        assert kinds_since(before) == [K.ASSET_REPLACED]
    gate = gate_at(sound, Stage.PILOT)
    assert criterion(gate, "model-file").judgement.verdict is Verdict.UNKNOWN
    assert decide.reassess(actor=TIME, system_id=sound.system.pk, now=DAY) == 1
    assert kinds_since(before) == [K.ASSET_REPLACED, K.GATE_TURNED]


def test_nobody_is_told_of_what_was_rolled_back(sound: Voyage, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Event] = []
    monkeypatch.setitem(subscriptions._subscribers, K.GATE_FROZEN, [heard.append])
    freeze(sound)
    assert [e.kind for e in heard] == [K.GATE_FROZEN]
    with pytest.raises(PlimsollError):
        freeze(sound)
    assert len(heard) == 1
