"""The worked programs: loaded once for this module; each test runs in a transaction that is rolled back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from pytest_django.plugin import DjangoDbBlocker

from plimsoll.adapters.evidence import rejudge
from plimsoll.engines.reports.brief import compose_brief
from plimsoll.engines.statements.envelope import key_id, open_envelope
from plimsoll.engines.statements.statement import CHECK, Statement
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import digest_bytes
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.decide import facts
from plimsoll.loop.decide import selectors as decide
from plimsoll.loop.decide.models import Waiver
from plimsoll.loop.prove.models import Document, Evidence
from plimsoll.loop.prove.services.keys import attestation_key, trusted_keys
from plimsoll.loop.report.facts import brief_facts
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.scope.models import Asset, AssetVersion
from plimsoll.loop.watch.services import log_signer
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import Program, User
from plimsoll.site.sample.company import PEOPLE
from plimsoll.site.sample.load import Loaded, load_sample
from plimsoll.site.worker import Worker
from tests.lading import committed
from tests.loop.report.test_brief import walk
from tests.pages import Pages

TODAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Loading:
    """The sample as `plimsoll demo` loads it."""

    loaded: Loaded
    said: list[str]
    entries: int
    """Entries in the log right after loading."""
    tick: dict[str, int]
    """What the worker's next tick did."""


@pytest.fixture(scope="module")
def loading(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loading]:
    home = tmp_path_factory.mktemp("sample")
    own = override_settings(HOME=home, PLIMSOLL_KEYS=home / "keys", PLIMSOLL_ASSETS=home / "assets")
    said: list[str] = []
    with own, committed(django_db_blocker):
        with clock.frozen_at(TODAY):
            loaded, entries = load_sample(said.append), entry_count()
            tick = Worker().tick(now=TODAY)
        yield Loading(loaded=loaded, said=said, entries=entries, tick=tick)


@pytest.fixture
def sample(loading: Loading, db: None) -> Program:
    return Program.objects.get(slug=loading.loaded.slug)


def who(handle: str) -> Actor:
    return selectors.actor_of(User.objects.get(email=f"{handle}@halyard.example"))


def dossiers(program: Program) -> dict[str, facts.Dossier]:
    odile = who("odile")
    found = facts.dossiers(odile, program.pk, scope.systems_of(odile, program.pk), now=TODAY)
    return {d.system.name: d for d in found.values()}


def gates(program: Program) -> dict[tuple[str, Stage], facts.EvaluatedGate]:
    by_name = dossiers(program)
    return {
        (g.system, g.stage): facts.evaluate_gate(g, by_name[g.system])
        for g in decide.gates_of(who("odile"), program.pk)
    }


# ------------------------------------------------------------ loading


def test_it_says_what_it_does_and_where_to_look(loading: Loading) -> None:
    loaded = loading.loaded
    assert (loaded.slug, loaded.email, loaded.new) == ("halyard", "noor@halyard.example", True)
    assert [line.strip() for line in loading.said] == [
        "model-file of backbone-download.pt: flagged",
        "model-file of model.pkl: inconclusive",
        "fairness of keel-1.0-held-out.csv: outside limits",
        "model-file of lookout-1.7.9.safetensors: clean",
        "model-file of model.pkl: inconclusive",
        "model-file of model.pkl: clean",
        "fairness of keel-1.1-held-out.csv: within limits",
    ]


def test_loading_it_again_finds_it_there_and_writes_nothing(loading: Loading, sample: Program) -> None:
    before = entry_count()
    again = load_sample(lambda line: pytest.fail(line))
    assert (again.new, again.slug, again.password) == (False, "halyard", loading.loaded.password)
    assert (entry_count(), Program.objects.count()) == (before, 1)


def test_everybody_of_the_cast_signs_in_with_the_password_that_is_shown(
    loading: Loading, sample: Program
) -> None:
    for handle, (name, roles) in PEOPLE.items():
        user = User.objects.get(email=f"{handle}@halyard.example")
        assert user.check_password(loading.loaded.password)
        assert user.name == name
        assert selectors.roles_of(user.pk, sample.pk) == frozenset(roles)


def test_the_record_agrees_with_the_log_and_the_log_with_its_signatures(sample: Program) -> None:
    report = reconcile(log_signer())
    assert report.judgement.verdict is Verdict.MET, report.faults
    assert report.entries == entry_count() > 200


def test_its_log_grew_in_the_order_of_time_and_nothing_lies_ahead(sample: Program) -> None:
    times = list(Entry.objects.order_by("index").values_list("at", flat=True))
    assert times == sorted(times)
    assert (TODAY - times[0]).days == 64
    assert times[-1] <= TODAY


def test_nothing_is_left_to_do_by_itself_after_loading(loading: Loading, sample: Program) -> None:
    assert {name for name, count in loading.tick.items() if count} == {"log entries signed"}
    assert entry_count() == loading.entries


# ------------------------------------------------------------ what it shows


def test_every_result_came_from_a_check_and_comes_out_again(sample: Program) -> None:
    """Judged again from the recordings alone, at the time at which each was accepted."""
    trusted = trusted_keys(sample.pk)
    checks = list(Evidence.objects.exclude(check_id="attestation"))
    assert len(checks) == 7
    for row in checks:
        judged = rejudge(row.envelope.encode(), trusted, now=row.received_at)
        assert judged.statement.predicate_type == CHECK
        assert judged.result.to_json() == row.result
        assert (judged.result.outcome.value, judged.result.answer) == (row.outcome, row.answer)
        assert judged.statement.produced_at == row.produced_at == row.received_at


def test_every_check_looked_at_a_file_that_is_there(sample: Program) -> None:
    there = {
        digest_bytes(path.read_bytes())
        for path in Path(settings.PLIMSOLL_ASSETS).rglob("*")
        if path.is_file()
    }
    for row in Evidence.objects.exclude(check_id="attestation"):
        assert {s.digest for s in row.subjects.all()} <= there
    assert set(AssetVersion.objects.exclude(digest="").values_list("digest", flat=True)) <= there


def test_what_people_attest_is_signed_and_its_document_is_kept(sample: Program) -> None:
    key = attestation_key().public_key()
    rows = list(Evidence.objects.filter(check_id="attestation").select_related("document"))
    assert len(rows) >= 10
    for row in rows:
        statement = Statement.from_bytes(open_envelope(row.envelope.encode(), {key_id(key): key}).body)
        assert statement.subjects == ((row.subject_name, row.subject_digest),)
        assert row.document is not None
        with default_storage.open(row.document.content.name) as kept:
            assert digest_bytes(kept.read()) == row.document.digest == row.subject_digest


def test_the_second_model_of_keel_is_proven_and_the_first_is_not(sample: Program) -> None:
    """What somebody looked at and accepted counts: the scan of the pickled model is met by it."""
    gate = gates(sample)["Keel", Stage.LIMITED]
    said = {c.spec.id: c.judgement.deciding[0].text for c in gate.result.applicable}
    assert said["requirement:fairness-evidence"] == "fairness answers “within limits” for Scoring model"
    assert said["model-file"] == "model-file answers “clean” for Scoring model"
    first = AssetVersion.objects.get(asset__name="Scoring model", number=1)
    about = Evidence.objects.filter(subjects__digest=first.digest)
    assert {(e.check_id, e.answer) for e in about} == {
        ("model-file", "inconclusive"),
        ("fairness", "outside limits"),
    }


def test_the_trapped_download_of_lookout_was_found_and_replaced(sample: Program) -> None:
    first = AssetVersion.objects.get(asset__name="Detector", number=1)
    assert Evidence.objects.get(subjects__digest=first.digest).answer == "flagged"
    current = Asset.objects.get(name="Detector")
    assert current.version == 2
    assert Evidence.objects.get(subjects__digest=current.digest).answer == "clean"


def test_each_system_stands_where_its_story_left_it(sample: Program) -> None:
    found = {
        name: (d.system.stage.stage, facts.system_status(d).colour.value)
        for name, d in dossiers(sample).items()
    }
    assert found == {
        "Bosun": (Stage.PILOT, "white"),
        "Keel": (Stage.PILOT, "red"),
        "Lookout": (Stage.PROTOTYPE, "amber"),
    }


def test_the_scopes_are_those_of_the_worked_cases(sample: Program) -> None:
    sizes = {
        name: (len(d.sheet.scope.certain), len(d.sheet.scope.open), len(d.sheet.scope.out))
        for name, d in dossiers(sample).items()
    }
    assert sizes["Keel"] == (20, 4, 13)
    assert sizes["Lookout"] == (14, 12, 11)
    assert sum(sizes["Bosun"]) == 37


def test_every_announced_verdict_is_the_one_that_the_facts_give_today(sample: Program) -> None:
    announced = decide.last_verdicts([g.gate.id for g in gates(sample).values()])
    for gate in gates(sample).values():
        assert announced[gate.gate.id][0] is gate.result.judgement.verdict


def test_its_waiver_passed_through_three_hands(sample: Program) -> None:
    waiver = Waiver.objects.get()
    assert len({waiver.requested_by_id, waiver.recommended_by_id, waiver.decided_by_id}) == 3
    assert waiver.recommendation == "fix"
    assert waiver.decision == "accept"


def test_its_brief_prints_on_one_page_and_every_figure_leads_somewhere(
    sample: Program, client: Client
) -> None:
    client.force_login(User.objects.get(email="odile@halyard.example"))
    pdf = pypdf.PdfReader(io.BytesIO(client.get("/halyard/brief.pdf").content))
    assert len(pdf.pages) == 1
    printed = pdf.pages[0].extract_text()
    for word in ("Bosun", "Keel", "Lookout", f"log position {entry_count():,}"):
        assert word in " ".join(printed.split())
    odile = who("odile")
    stated = brief_facts(odile, selectors.program_named(odile, "halyard"), now=TODAY)
    assert compose_brief(stated).one_page
    addresses = {str(v.href) for v in walk(stated) if getattr(v, "href", "")}
    assert len(addresses) > 20
    for address in sorted(addresses):
        assert client.get(address).status_code == 200, address


# ------------------------------------------------------------ removing


def left() -> dict[str, int]:
    """Rows of every model of the product that belongs to a program, by model; no zeros."""
    ours = [m for app in apps.get_app_configs() if app.name.startswith("plimsoll.") for m in app.get_models()]
    kept = {"User", "Entry", "Payload", "Box", "SubjectKey", "Checkpoint"}
    counts = {m.__name__: m._default_manager.count() for m in ours if m.__name__ not in kept}
    return {name: count for name, count in counts.items() if count}


def test_one_action_removes_it_with_every_row(sample: Program, client: Client) -> None:
    people, before = User.objects.count(), entry_count()
    assert len(left()) >= 20
    client.force_login(User.objects.get(email="noor@halyard.example"))
    answer = client.post("/halyard/settings/remove/", {"name": "Halyard"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert left() == {}
    assert User.objects.count() == people
    assert entry_count() == before + 1
    assert Entry.objects.latest("index").kind == "people:program:removed"
    report = reconcile(log_signer())
    assert report.judgement.verdict is Verdict.MET, report.faults
    assert selectors.sample_slug() == ""
    assert client.get("/halyard/").status_code == 404


def test_another_name_removes_nothing(sample: Program, client: Client) -> None:
    client.force_login(User.objects.get(email="noor@halyard.example"))
    answer = client.post("/halyard/settings/remove/", {"name": "Compass"})
    assert answer.status_code == 422
    assert "nothing was removed" in answer.content.decode()
    assert Program.objects.filter(sample=True).exists()


@pytest.mark.parametrize("handle", ["ines", "marc", "okafor", "almeida", "odile"])
def test_only_tpm_and_admin_remove_it(sample: Program, client: Client, handle: str) -> None:
    client.force_login(User.objects.get(email=f"{handle}@halyard.example"))
    assert client.post("/halyard/settings/remove/", {"name": "Halyard"}).status_code == 403
    assert Program.objects.filter(sample=True).exists()


def test_removing_the_sample_leaves_other_programs_alone(sample: Program) -> None:
    other = services.open_program(actor=who("noor"), name="Real")
    services.remove_program(actor=who("noor"), program_id=sample.pk)
    assert [p.pk for p in Program.objects.all()] == [other.pk]
    assert Document.objects.count() == 0


def test_the_pages_of_the_plan_have_something_true_to_show(sample: Program, client: Client) -> None:
    client.force_login(User.objects.get(handle="odile"))
    shown = {path: Pages(client).get(f"/halyard/{path}/") for path in ("tasks", "timeline", "raid")}
    shown["raci"] = Pages(client).get("/halyard/raci/?system=1")
    assert "Write fifty hidden instructions" in shown["tasks"].main
    assert "The first partner starts" in shown["timeline"].main
    assert "who is accountable is also the tester" in shown["raci"].main
    assert "unconfirmed" in shown["raid"].main
    assert "became ISS-1" in shown["raid"].main
