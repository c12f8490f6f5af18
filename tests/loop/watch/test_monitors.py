"""Monitors look by themselves; what they see is evidence, and what contradicts other evidence is a signal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from plimsoll.kernel.clock import frozen_at
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.prove.models import Evidence
from plimsoll.loop.watch import selectors, services
from plimsoll.loop.watch.models import Monitor, MonitorRun, Signal
from plimsoll.people.actors import Actor
from plimsoll.site.monitoring import run_due_monitors
from plimsoll.site.worker import Worker
from tests.loop.prove.papers import fairness, push
from tests.pages import Pages
from tests.voyages import DAY, Voyage, dossier_of, kinds_since

RULE = Actor.of_rule("time")
NEW = services.NewMonitor(
    name="sorter inputs",
    reference="skiff/reference.csv",
    current="skiff/current.csv",
    every_hours=24,
    owner_id=0,
    model_ref="AST-1",
)


def table(path: Path, *, shift: float = 0.0, rows: int = 8_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{(i * 37 % 1000) / 1000 + shift:.3f},{'ab'[i % 2]}" for i in range(rows))
    path.write_text("amount,kind\n" + "\n".join(lines) + "\n")


@pytest.fixture
def assets(home: Path) -> Path:
    root = home / "plimsoll_assets"
    table(root / "skiff" / "reference.csv")
    table(root / "skiff" / "current.csv", rows=8_001)
    return root


def declare(voyage: Voyage, who: str = "dev", **changes: object) -> Monitor:
    new = replace(NEW, owner_id=voyage.crew.id("dev"), **changes)
    return services.declare_monitor(actor=voyage.crew.actor(who), system_id=voyage.system.pk, new=new)


def look(assets: Path, *, hours: float = 0) -> int:
    now = DAY + timedelta(hours=hours)
    with frozen_at(now):
        return run_due_monitors(actor=RULE, assets=assets, now=now)


def row(voyage: Voyage) -> selectors.MonitorRow:
    return selectors.monitor_by_ref(voyage.crew.actor("odile"), voyage.program_id, "MON-1")


# ---------------------------------------------------------------- looking


def test_a_monitor_looks_at_once_and_then_at_its_interval(skiff: Voyage, assets: Path) -> None:
    declare(skiff)
    assert look(assets) == 1
    assert (row(skiff).outcome, row(skiff).answer) == ("pass", "within limits")
    assert look(assets, hours=23.9) == 0
    assert look(assets, hours=24) == 1
    runs = selectors.runs_of(skiff.crew.actor("odile"), row(skiff))
    assert [run.ran_at for run in runs] == [DAY + timedelta(days=1), DAY]


def test_what_it_sees_is_evidence_by_its_owner_about_both_tables_and_the_model(
    sound: Voyage, assets: Path
) -> None:
    from plimsoll.loop.scope.models import Asset

    Asset.objects.filter(number=1).update(location="skiff/model.safetensors")
    declare(sound)
    look(assets)
    made = Evidence.objects.get(check_id="drift")
    assert made.submitted_by_id == sound.crew.id("dev")
    names = set(made.subjects.values_list("name", flat=True))
    assert names == {"current.csv", "reference.csv", "model.safetensors"}


def test_other_rows_raise_a_signal_that_opens_older_passes_again(sound: Voyage, assets: Path) -> None:
    model = assets / "skiff" / "model.safetensors"
    push(sound, fairness(assets, model))
    declare(sound)
    table(assets / "skiff" / "current.csv", shift=0.4)
    before = entry_count()
    look(assets, hours=1)
    kinds = kinds_since(before)
    assert {"prove:evidence:stored", "watch:signal:raised", "prove:evidence:reopened"} <= set(kinds)
    (signal,) = selectors.signals_of(sound.crew.actor("odile"), sound.program_id)
    assert signal.reasons
    assert signal.reasons[0].startswith("amount")
    opened = prove.reopened_by(sound.crew.actor("odile"), sound.program_id, "SIG-1")
    assert opened == [f"EVD-{Evidence.objects.get(check_id='fairness').number}"]
    # The scan of the file says what it said: the bytes are the same.
    proofs = dossier_of(sound, now=DAY + timedelta(hours=2)).proofs.proofs
    assert proofs["model-artefact-scan"].judgement.verdict is Verdict.MET


def test_the_same_evidence_raises_one_signal_and_the_worker_makes_up_for_a_lost_one(
    skiff: Voyage, assets: Path
) -> None:
    declare(skiff)
    table(assets / "skiff" / "current.csv", shift=0.4)
    look(assets)
    assert Signal.objects.count() == 1
    Signal.objects.all().delete()
    with frozen_at(DAY + timedelta(hours=1)):
        done = Worker().tick(now=DAY + timedelta(hours=1))
        assert (done["signals raised"], done["monitors looked"]) == (1, 0)
        assert Worker().tick(now=DAY + timedelta(hours=1))["signals raised"] == 0


@pytest.mark.parametrize(
    ("spoil", "trouble"),
    [
        (lambda root: (root / "skiff" / "current.csv").unlink(), "does not exist"),
        (lambda root: (root / "skiff" / "current.csv").write_text(""), "current.csv"),
        (lambda root: (root / "skiff" / "current.csv").write_text("other\n1\n"), "current.csv"),
        (
            lambda root: (
                (root / "skiff" / "current.csv").unlink(),
                (root / "skiff" / "current.csv").symlink_to("/etc/hostname"),
            ),
            "leads out of the asset folder",
        ),
    ],
)
def test_what_it_cannot_look_at_is_noted_and_tried_again_later(
    skiff: Voyage, assets: Path, spoil: object, trouble: str
) -> None:
    declare(skiff)
    spoil(assets)  # type: ignore[operator]
    assert look(assets) == 0
    assert trouble in row(skiff).trouble
    assert not Evidence.objects.exists()
    assert not Signal.objects.exists()
    assert look(assets, hours=1) == 0
    assert MonitorRun.objects.count() == 1


# ---------------------------------------------------------------- declaring


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "The name of the monitor is empty"),
        ({"reference": "/etc/passwd"}, "does not lie within the asset folder"),
        ({"current": "../secret"}, "does not lie within the asset folder"),
        ({"current": ""}, "The path of the current is empty"),
        ({"every_hours": 0}, "cannot look every 0 hours"),
        ({"every_hours": 745}, "cannot look every 745 hours"),
        ({"columns": ("a",) * 201}, "201 columns are named"),
        ({"columns": ("a\x00",)}, "control characters"),
        ({"model_ref": "AST-2"}, "is no model of Skiff"),
    ],
)
def test_a_monitor_that_cannot_be_is_refused(
    skiff: Voyage, changes: dict[str, object], sentence: str
) -> None:
    from plimsoll.loop.scope import services as scope

    scope.register_asset(
        actor=skiff.crew.actor("dev"), system_id=skiff.system.pk, kind="prompt", name="Prompt"
    )
    with pytest.raises(BadInput, match=sentence):
        declare(skiff, **changes)
    assert not Monitor.objects.exists()


def test_an_owner_is_a_member_and_a_name_is_used_once(skiff: Voyage) -> None:
    with pytest.raises(BadInput, match="must be a member"):
        services.declare_monitor(
            actor=skiff.crew.actor("dev"),
            system_id=skiff.system.pk,
            new=replace(NEW, owner_id=skiff.crew.id("mallory")),
        )
    declare(skiff)
    with pytest.raises(Conflict, match="has a monitor “sorter inputs” already"):
        declare(skiff)


def test_a_paused_monitor_does_not_look_until_it_may_again(skiff: Voyage, assets: Path) -> None:
    made, dev = declare(skiff), skiff.crew.actor("dev")
    services.pause_monitor(actor=dev, program_id=skiff.program_id, monitor_id=made.pk, paused=True)
    assert look(assets) == 0
    with pytest.raises(Conflict, match="is paused"):
        services.ask_monitor(actor=dev, program_id=skiff.program_id, monitor_id=made.pk)
    with pytest.raises(Conflict, match="paused already"):
        services.pause_monitor(actor=dev, program_id=skiff.program_id, monitor_id=made.pk, paused=True)
    services.pause_monitor(actor=dev, program_id=skiff.program_id, monitor_id=made.pk, paused=False)
    assert look(assets) == 1
    with frozen_at(DAY + timedelta(hours=2)):
        services.ask_monitor(actor=dev, program_id=skiff.program_id, monitor_id=made.pk)
    assert look(assets, hours=2) == 1


@pytest.mark.parametrize("name", ["ada", "cal", "xan", "odile"])
def test_only_tpm_and_engineer_declare_monitors(skiff: Voyage, name: str) -> None:
    made = declare(skiff)
    with pytest.raises(NotAllowed):
        declare(skiff, who=name, name="another")
    with pytest.raises(NotAllowed):
        services.ask_monitor(actor=skiff.crew.actor(name), program_id=skiff.program_id, monitor_id=made.pk)


def test_strangers_find_nothing_and_people_note_no_runs(skiff: Voyage) -> None:
    made, mallory = declare(skiff), skiff.crew.actor("mallory")
    with pytest.raises(NotFound):
        declare(skiff, who="mallory", name="another")
    with pytest.raises(NotFound):
        selectors.monitors_of(mallory, skiff.program_id)
    with pytest.raises(NotFound):
        selectors.signals_of(mallory, skiff.program_id)
    with pytest.raises(NotFound, match="no such monitor"):
        services.ask_monitor(
            actor=skiff.crew.actor("dev"), program_id=skiff.program_id, monitor_id=made.pk + 1
        )
    for ref in ("MON-9", "SIG-9"):
        with pytest.raises(NotFound, match="There is no"):
            (selectors.monitor_by_ref if ref[0] == "M" else selectors.signal_by_ref)(
                skiff.crew.actor("dev"), skiff.program_id, ref
            )
    with pytest.raises(NotAllowed):
        services.note_run(
            actor=skiff.crew.actor("dev"), monitor_id=made.pk, at=DAY, outcome="pass", answer="within limits"
        )
    with pytest.raises(NotAllowed):
        services.raise_signal(
            actor=skiff.crew.actor("dev"), program_id=skiff.program_id, evidence_ref="EVD-1", now=DAY
        )


# ---------------------------------------------------------------- signals


@pytest.fixture
def signalled(skiff: Voyage, assets: Path) -> Voyage:
    declare(skiff)
    table(assets / "skiff" / "current.csv", shift=0.4)
    look(assets)
    return skiff


def test_a_signal_is_settled_once_with_what_came_of_it(signalled: Voyage) -> None:
    signal = Signal.objects.get()
    settle = {"actor": signalled.crew.actor("cal"), "program_id": signalled.program_id}
    with pytest.raises(BadInput, match="what came of it"):
        services.settle_signal(**settle, signal_id=signal.pk, because=" ")
    services.settle_signal(**settle, signal_id=signal.pk, because="A new customer; retrained.")
    found = selectors.signal_by_ref(signalled.crew.actor("odile"), signalled.program_id, "SIG-1")
    assert (found.settled_by, found.settled_because) == ("Cal Weiss", "A new customer; retrained.")
    with pytest.raises(Conflict, match="settled already"):
        services.settle_signal(**settle, signal_id=signal.pk, because="again")
    with pytest.raises(NotFound):
        services.settle_signal(**settle, signal_id=signal.pk + 1, because="no such")
    with pytest.raises(NotAllowed):
        services.settle_signal(
            actor=signalled.crew.actor("xan"),
            program_id=signalled.program_id,
            signal_id=signal.pk,
            because="no",
        )


def test_what_passes_raises_nothing(skiff: Voyage, assets: Path) -> None:
    declare(skiff)
    look(assets)
    ref = row(skiff).evidence
    assert services.raise_signal(actor=RULE, program_id=skiff.program_id, evidence_ref=ref, now=DAY) is None


# ---------------------------------------------------------------- pages


def at(voyage: Voyage, path: str) -> str:
    return f"/{voyage.crew.program.slug}/{path}"


def test_a_monitor_is_declared_seen_and_asked_on_pages(skiff: Voyage, assets: Path, client: Client) -> None:
    client.force_login(skiff.crew.users["dev"])
    pages = Pages(client)
    assert "Nothing is watched yet" in pages.get(at(skiff, "monitors/")).main
    body = {
        "name": "inputs", "reference": "skiff/reference.csv", "current": "skiff/current.csv",
        "model": "AST-1", "columns": "amount, kind", "every_hours": "24", "owner": str(skiff.crew.id("dev")),
    }  # fmt: skip
    page = pages.follow(at(skiff, "monitors/new/"), body)
    assert "It is due; the worker looks within a minute" in page.main
    assert "amount, kind" in page.main
    look(assets)
    assert "within limits" in pages.get(at(skiff, "monitors/MON-1/")).main
    assert "within limits" in pages.get(at(skiff, "monitors/?q=inputs")).main
    pages.post(at(skiff, "monitors/MON-1/ask/"))
    pages.post(at(skiff, "monitors/MON-1/pause/"))
    assert "paused" in pages.get(at(skiff, "monitors/")).main
    refused = pages.post(
        at(skiff, "monitors/new/"), {**body, "name": "b", "current": "/etc/passwd"}, status=422
    )
    assert "does not lie within the asset folder" in refused.main
    (assets / "skiff" / "current.csv").unlink()
    with frozen_at(DAY + timedelta(minutes=30)):
        pages.post(at(skiff, "monitors/MON-1/pause/"))
    look(assets, hours=1)
    assert "could not look" in pages.get(at(skiff, "monitors/MON-1/")).main


def test_a_signal_is_seen_and_settled_on_pages(signalled: Voyage, client: Client) -> None:
    client.force_login(signalled.crew.users["dev"])
    pages = Pages(client)
    assert "SIG-1" in pages.get(at(signalled, "signals/?state=open")).main
    assert "Nothing matches" in pages.get(at(signalled, "signals/?state=settled")).main
    page = pages.get(at(signalled, "signals/SIG-1/"))
    assert "No evidence in force rests on what it contradicts" in page.main
    pages.post(at(signalled, "signals/SIG-1/settle/"), {"because": ""}, status=422)
    page = pages.follow(at(signalled, "signals/SIG-1/settle/"), {"because": "A new customer."})
    assert "A new customer." in page.main
    again = pages.post(at(signalled, "signals/SIG-1/settle/"), {"because": "Again."}, status=422)
    assert "was settled already" in again.main


def test_with_several_systems_the_page_asks_which(skiff: Voyage, client: Client) -> None:
    from plimsoll.loop.scope import services as scope

    scope.describe_system(
        actor=skiff.crew.actor("tess"),
        program_id=skiff.program_id,
        name="Yawl",
        sentence="Counts boats",
        owner_id=skiff.crew.id("dev"),
    )
    client.force_login(skiff.crew.users["dev"])
    page = Pages(client).get(at(skiff, "monitors/new/"))
    assert "Which system?" in page.main
    assert "Watch Yawl" in Pages(client).get(at(skiff, "monitors/new/?system=SYS-2")).main
