from plimsoll.engines.tlog.note import Signer
from plimsoll.kernel import clock
from plimsoll.ledger.exporting import reconcile
from plimsoll.loop.decide import facts, selectors
from plimsoll.loop.scope import selectors as scope
from tests.voyages import KEY, Voyage


def test_smoke(bosun: Voyage) -> None:
    tess = bosun.crew.actor("tess")
    system = scope.system_by_id(tess, bosun.system.pk)
    dossier = facts.dossiers(tess, bosun.program_id, [system], now=clock.now())[system.id]
    s = dossier.sheet.scope
    assert (len(s.certain), len(s.open), len(s.out)) == (15, 12, 10)
    gate = selectors.gates_of(tess, bosun.program_id)[0]
    result = facts.evaluate_gate(gate, dossier)
    for c in result.result.criteria:
        print(c.applies, c.judgement.verdict, c.spec.title, "|", c.judgement.reasons[0].text)
    print(facts.system_status(dossier))
    report = reconcile(Signer(name="log.test", key=KEY))
    print(report)
    assert report.judgement.verdict.value == "met"
