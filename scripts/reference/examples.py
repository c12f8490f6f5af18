"""A small program, really played, that the examples of the reference are taken from."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from scripts.reference.markdown import shortened
from scripts.reference.meanings import Meanings, read_meanings

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


def prepare(home: Path) -> None:
    """Points Django at an empty database in memory and at keys that are the same on every machine."""
    for name in [n for n in os.environ if n.startswith("PLIMSOLL_") or n == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {
        "PLIMSOLL_HOME": str(home),
        "PLIMSOLL_SECRET_KEY": "only for the documentation " * 3,
        "PLIMSOLL_SIGNING_KEY": str(home / "keys" / "ci.pem"),
        "DATABASE_URL": "sqlite://:memory:",
        "DJANGO_SETTINGS_MODULE": "plimsoll.site.settings",
        "COLUMNS": "100",
    }
    write_keys(home / "keys", "ci", "log", "attestations", mldsa="log-mldsa44")
    (home / "static").mkdir()
    import django
    from django.core.management import call_command

    django.setup()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # one example is a refusal
    call_command("migrate", verbosity=0, interactive=False)


def write_keys(folder: Path, *ed25519: str, mldsa: str) -> None:
    """Key files of these names; the names are the keys."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    from plimsoll.adapters.keys import write_private

    keys: dict[str, Ed25519PrivateKey | MLDSA44PrivateKey] = {
        name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")) for name in ed25519
    }
    keys[mldsa] = MLDSA44PrivateKey.from_seed_bytes(mldsa.encode().ljust(32, b"."))
    for name, key in keys.items():
        pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        write_private(folder / f"{name}.pem", pem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What examples are taken from: a program with one system, really played."""

    meanings: Meanings
    openapi: Mapping[str, Any]
    documents: Mapping[str, Any]


BOSUN = {
    "K1": "language", "S1": "public", "S3": "no", "S4": "no", "D3": "yes", "D4": "no", "M1": "api",
    "M3": "no", "A2": "no", "P1": "no", "R1": "yes", "B1": "yes", "B2": "no", "B3": "some",
    "O2": "no", "D1": "ordinary",
}  # fmt: skip


def tell(home: Path) -> Story:
    """Plays the program and keeps the documents that it makes."""
    from plimsoll.kernel import clock
    from plimsoll.site.api import api

    with clock.frozen_at(NOW), counted_salts():
        documents = play(home)
    return Story(meanings=read_meanings(), openapi=api.get_openapi_schema(), documents=documents)


@contextlib.contextmanager
def counted_salts() -> Iterator[None]:
    """Salts that are the same in every run; the example export must not change by itself."""
    count = itertools.count(1)
    drawn = secrets.token_bytes
    secrets.token_bytes = lambda nbytes=None: next(count).to_bytes(nbytes or 32, "big")
    try:
        yield
    finally:
        secrets.token_bytes = drawn


def close_log() -> None:
    """Gives back the log on disk, which a thread of its own would hold for a minute."""
    from plimsoll.ledger import log_file

    log_file.close()


def play(home: Path) -> dict[str, Any]:
    from plimsoll.people import selectors, services
    from plimsoll.people.roles import Role

    people = {
        name: services.join(email=f"{name.split()[0].lower()}@example.org", name=name, password=None)
        for name in ("Tess Marsh", "Dev Rao", "Ada Okafor")
    }
    tess, dev, ada = people.values()
    program = services.open_program(actor=selectors.actor_of(tess), name="Halyard")
    for user, role in ((dev, Role.ENGINEER), (ada, Role.APPROVER)):
        services.set_roles(
            actor=selectors.actor_of(tess), program_id=program.pk, email=user.email, roles=[role]
        )
    _, secret = services.issue_token(
        actor=selectors.actor_of(dev),
        program_id=program.pk,
        name="CI",
        scopes=["read", "prove", "scope"],
        days=90,
    )
    describe(selectors.actor_of(tess), program.pk, owner=dev.pk, holder=ada.pk)
    found = checked(home, secret, selectors.actor_of(tess), program.pk)
    found |= attested(selectors.actor_of(dev), selectors.actor_of(ada), program.pk)
    found |= asked(secret)
    found |= under_the_law(home)
    found |= brought_in(home)
    found |= planned(home, selectors.actor_of(tess), program.pk, owner=dev.pk)
    found |= witnessed(home)
    return found | logged(home) | clock_examples(home) | sealed(home)


def describe(tess: Any, program_id: int, *, owner: int, holder: int) -> None:
    from plimsoll.kernel.stages import Stage
    from plimsoll.loop.scope import services as scope

    system = scope.describe_system(
        actor=tess,
        program_id=program_id,
        name="Bosun",
        sentence="Answers customers' questions and refunds small amounts",
        owner_id=owner,
        off_switch_holder_id=holder,
    )
    scope.promise_stage(actor=tess, system_id=system.pk, stage=Stage.PILOT, committed_on=date(2027, 3, 26))
    scope.answer_many(actor=tess, system_id=system.pk, answers=dict(BOSUN))


def client(secret: str) -> Any:
    from django.test import Client

    return Client(headers={"authorization": f"Bearer {secret}"})


def command(*arguments: str) -> Any:
    """Runs the command line here and returns the JSON it prints."""
    from typer.testing import CliRunner

    from plimsoll.cli.main import app

    result = CliRunner().invoke(app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def clock_examples(home: Path) -> dict[str, Any]:
    duty = ("--obligation", "OBL-EU-AIA-73-INFRA", "--stage", "report_outer_limit")
    incident = home / "incident.json"
    aware = {"aware_personal_data_breach": "2027-01-08T16:20:00+01:00"}
    incident.write_text(json.dumps({"answers": BOSUN, "triggers": aware}))
    return {
        "clock": command("clocks", "compute", *duty, "--start", "2027-12-10", "--json"),
        "incident-clocks": command("clocks", "show", str(incident), "--json"),
    }


def checked(home: Path, secret: str, tess: Any, program_id: int) -> dict[str, Any]:
    import base64
    import hashlib

    from plimsoll.adapters.keys import load_key
    from plimsoll.loop.prove import services as prove

    weights = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    model = home / "bosun-1.0.safetensors"
    model.write_bytes(len(weights).to_bytes(8, "little") + weights + bytes(8))
    out = home / "bosun.dsse.json"
    ran = command("check", "run", "model-file", str(model), "--out", str(out), "--json")
    ran["statement"] = out.name
    ran["tools"]["python"] = "3.11"
    public = load_key(home / "keys" / "ci.pem").public_key().public_bytes_raw()
    prove.trust_key(
        actor=tess, program_id=program_id, name="CI", public_key=base64.b64encode(public).decode()
    )
    ask = client(secret)
    asset = {"kind": "model", "name": "Ranker", "sha256": hashlib.sha256(model.read_bytes()).hexdigest()}
    ask.post("/api/v1/programs/halyard/systems/SYS-1/assets", asset, content_type="application/json").json()
    stored = ask.post("/api/v1/evidence", out.read_bytes(), content_type="application/json").json()
    envelope = json.loads(out.read_bytes())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["predicate"]["recording"]["tools"]["python"] = "3.11"
    # the signature and digest of the example would differ with the version of Python that made it
    envelope["payload"], envelope["signatures"][0]["sig"] = "…", "…"
    return {
        "drift": compared(home),
        "check-run": ran,
        "stored": stored,
        "envelope": envelope,
        "check statement": statement,
    }


def compared(home: Path) -> Any:
    reference, current = home / "training.csv", home / "september.csv"
    for path, youngest, rows in ((reference, 20, 8000), (current, 26, 6000)):
        lines = [f"{youngest + i % 50},{'web' if i % 4 else 'app'}\n" for i in range(rows)]
        path.write_text("age,channel\n" + "".join(lines))
    return command("monitor", "compare", str(reference), str(current), "--json")


def attested(dev: Any, ada: Any, program_id: int) -> dict[str, Any]:
    import base64

    from plimsoll.loop.decide import selectors as gates
    from plimsoll.loop.plan import selectors as plan
    from plimsoll.loop.prove import selectors as proofs
    from plimsoll.loop.prove import services as prove

    rows, _ = plan.requirements_after(ada, program_id, after="", limit=100)
    row = next(r for r in rows if r.rule == "threat-model")
    made = prove.attest(
        actor=dev,
        program_id=program_id,
        requirement_ref=row.ref,
        file_name="threat-model.md",
        content=b"# Threat model\n",
        sentence="The diagram with its boundaries, and eleven threats with what answers each.",
    )
    prove.review_evidence(
        actor=ada, program_id=program_id, evidence_ref=f"EVD-{made.number}", meets_intent=True
    )
    envelope = json.loads(proofs.envelope_of(dev, program_id, f"EVD-{made.number}"))
    gate = gates.gates_of(ada, program_id)[0]
    return {
        "attestation statement": json.loads(base64.b64decode(envelope["payload"])),
        "gate-snapshot": frozen(gate.id),
    }


def frozen(gate_id: int) -> Any:
    from plimsoll.loop.decide import services as decide
    from plimsoll.people import selectors
    from plimsoll.people.selectors import person_by_email

    tess = person_by_email("tess@example.org")
    assert tess is not None
    return decide.freeze_gate(actor=selectors.actor_of(tess), gate_id=gate_id).body


def planned(home: Path, tess: Any, program_id: int, *, owner: int) -> dict[str, Any]:
    from plimsoll.loop.plan import services as plan

    task = plan.TaskPlan(title="List what reaches the model", owner_id=owner, due_on=date(2027, 3, 1))
    plan.plan_tasks(actor=tess, program_id=program_id, tasks=[task])
    edited = home / "tasks.csv"
    edited.write_text("Ref;State;Due\nTSK-1;doing;8.3.2027\n", encoding="utf-8")
    return {"worksheet-difference": command("plan", "import", str(edited), "--program", "halyard", "--json")}


def asked(secret: str) -> dict[str, Any]:
    ask = client(secret)
    base = "/api/v1/programs/halyard"
    return {
        "scope": ask.get(f"{base}/systems/SYS-1/scope").json(),
        "gate": ask.get(f"{base}/gates/GTE-1").json(),
        "status": ask.get(f"{base}/systems/SYS-1/status").json(),
        "checkpoint": ask.get("/api/v1/log/checkpoint").json(),
        "error": ask.get("/api/v1/programs/keel/gates").json(),
    }


def under_the_law(home: Path) -> dict[str, Any]:
    answers = {"Q01": "yes", "Q02": "no", "Q03": ["provider"], "Q30": "yes", "Q32": "yes", "Q41": "yes"}
    facts = {"places": ["EU"], "financial_entity": "yes"}
    file = home / "answers.json"
    file.write_text(json.dumps({"as_of": "2026-11-23", "answers": answers}))
    classified = command("law", "classify", str(file), "--json")
    file.write_text(json.dumps({"as_of": "2026-11-23", "answers": answers, "facts": facts}))
    return {
        "law-classification": classified,
        "law-obligations": command("law", "obligations", str(file), "--json"),
    }


def brought_in(home: Path) -> dict[str, Any]:
    """A framework of two clauses, and what a later edition of it changes."""
    older, newer = home / "rmf-1.0.yaml", home / "rmf-1.1.yaml"
    older.write_text(
        "id: nist-ai-rmf\ntitle: AI RMF, two subcategories\nedition: '1.0-draft'\nclauses:\n"
        "- {id: MANAGE, title: Manage, kind: function}\n"
        "- {id: MANAGE 2.4, title: Off switch, text: It can be switched off., "
        "kind: subcategory, parent: MANAGE}\n"
    )
    newer.write_text(
        older.read_text()
        .replace("1.0-draft", "1.1")
        .replace("MANAGE 2.4, title", "MANAGE 2.5, replaces: [MANAGE 2.4], title")
    )
    return {
        "framework": command("framework", "read", str(newer), "--json"),
        "framework-diff": command("framework", "diff", str(older), str(newer), "--json"),
    }


def proven_entry(home: Path, lines: list[dict[str, Any]], key: Path) -> dict[str, Any]:
    """The proof of the log's first entry, verified by the log's key and a policy without witnesses."""
    from plimsoll.engines.tlog.leaf import Leaf
    from plimsoll.engines.tlog.merkle import inclusion_proof, leaf_hash
    from plimsoll.engines.tlog.proof import Proof

    entries = [Leaf.from_json(line["entry"]).entry for line in lines if "entry" in line]
    path = inclusion_proof([leaf_hash(entry) for entry in entries], 0)
    proof, entry, policy = home / "0.tlog-proof", home / "0.entry", home / "policy"
    proof.write_bytes(Proof(index=0, path=path, note=lines[-1]["checkpoint"].encode()).serialised)
    entry.write_bytes(entries[0])
    policy.write_text("".join(f"log {line}\n" for line in key.read_text().split()) + "quorum none\n")
    shown = command("verify", str(proof), "--entry", str(entry), "--policy", str(policy), "--json")
    shown["checkpoint"]["root"] = "…"
    return shown


def witnessed(home: Path) -> dict[str, Any]:
    """A witness that cosigned twelve entries and was then shown another history of them."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from plimsoll.adapters.witness_folder import WitnessFolder, make_witness, trust_log
    from plimsoll.engines.tlog.checkpoint import Checkpoint, sign_checkpoint
    from plimsoll.engines.tlog.keys import Signer
    from plimsoll.engines.tlog.witness import AddCheckpoint

    folder = home / "witness"
    write_keys(folder, "ed25519", mldsa="ml-dsa-44")
    make_witness(folder, "witness.example.org")
    log = Signer(name="plimsoll.local/log", key=Ed25519PrivateKey.from_private_bytes(b"log".ljust(32, b".")))
    trust_log(folder, log.verifier)
    (home / "witnessed.keys").write_text(f"{log.verifier}\n")
    for old, root in ((0, b"one history"), (12, b"another")):
        checkpoint = Checkpoint(origin=log.name, size=12, root=root.ljust(32, b"."))
        note = sign_checkpoint(checkpoint, log).encode()
        (home / f"witnessed.{old}").write_bytes(note)
        request = AddCheckpoint(old_size=old, proof=(), note=note)
        WitnessFolder.open(folder).answer(request.serialised, now=int(NOW.timestamp()))
    notes = (str(home / "witnessed.0"), str(home / "witnessed.12"))
    return {
        "witness": command("witness", "status", str(folder), "--json"),
        "comparison": command("witness", "compare", *notes, "--key", str(home / "witnessed.keys"), "--json"),
    }


def sealed(home: Path) -> dict[str, Any]:
    """A sealed segment of three events, one of them proven, and an entry of which one field is shown."""
    from plimsoll.adapters.segments import prove_event
    from plimsoll.adapters.vault import draw_fields
    from plimsoll.engines.tlog.commitment import commit_digests
    from plimsoll.engines.tlog.disclosure import disclose
    from plimsoll.engines.tlog.erasure import Basis, Erasure
    from plimsoll.engines.tlog.leaf import Leaf, timestamp
    from plimsoll.engines.tlog.sealing import SEALED, Seal

    events, segment = home / "events.jsonl", home / "events.parquet"
    lines = [{"at": f"2027-01-11T08:0{n}:00Z", "model": "bosun-3", "refund": n * 5} for n in range(3)]
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    seal = command("log", "seal", str(events), "--out", str(segment), "--json")
    fields = draw_fields({"/seal": seal, "/records": {}})
    leaf = Leaf(
        kind=SEALED,
        at=timestamp(NOW),
        actor="rule:seal",
        subject="halyard/MON-1",
        commit=commit_digests(field.digest for field in fields),
        version=2,
    )
    entry = disclose(index=7, leaf=leaf, fields=fields, show=["/seal"])
    proof = replace(prove_event(segment, Seal.from_json(seal), position=1), entry=entry)
    erasure = Erasure(
        entries=((3, 5),),
        fields={11: (fields[1].digest,)},
        events={7: ((0, 1),)},
        basis=Basis.OBJECTION.code,
        requester="person:2",
    )
    return {
        "seal": without_digests(seal),
        "segment-check": command("log", "check-segment", str(segment), "--json"),
        "disclosure": without_digests(entry.to_json()),
        "event-proof": without_digests(proof.to_json()),
        "erasure": erasure.to_json(),
    }


def without_digests(value: Any) -> Any:
    """The value without what hangs on the digest of the Parquet file, which the release of DuckDB decides."""
    if isinstance(value, dict):
        hung = ("parquet", "commit", "hidden") if "parquet" in value or "commit" in value else ("parquet",)
        return {key: "…" if key in hung else without_digests(item) for key, item in value.items()}
    return [without_digests(item) for item in value] if isinstance(value, list) else value


def logged(home: Path) -> dict[str, Any]:
    from plimsoll.ledger.exporting import export_lines
    from plimsoll.loop.watch.services import log_signers

    signers = log_signers()
    export, key = home / "log.jsonl", home / "log.key"
    export.write_bytes(b"".join(export_lines(*signers)))
    key.write_text("".join(f"{signer.verifier}\n" for signer in signers))
    lines = [json.loads(line) for line in export.read_bytes().splitlines()]
    record = next(line for line in lines if "record" in line)
    opened = next(line for line in lines if line.get("entry", {}).get("kind") == "people:program:opened")
    rootless = re.sub(r"\n[^\n]{44}\n\n", r"\n…\n\n", lines[-1]["checkpoint"])
    closing = {**lines[-1], "checkpoint": re.sub(r"(— \S+ )\S+", r"\1…", rootless)}
    verified = command("verify", str(export), "--key", str(key), "--json")
    verified["checkpoint"]["root"] = "…"
    proven = proven_entry(home, lines, key)
    return {
        "verified": proven,
        "export": [lines[0], shortened(opened), record, closing],
        "verification": verified,
        "reconciliation": command("log", "reconcile", "--json"),
    }
