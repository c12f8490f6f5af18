"""Evidence: the list, one piece down to its signed statement, attesting and reviewing."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from plimsoll.engines.checks.registry import CHECKS
from plimsoll.kernel import clock
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.prove import selectors, services
from plimsoll.loop.prove.forms import AttestForm, ReviewForm
from plimsoll.loop.scope import selectors as scope
from plimsoll.people.history import record_parts
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import saved_views
from plimsoll.ui.addresses import address
from plimsoll.ui.cells import Cell, Link, Mono, Person, RefLink, Stamp, Tag, Text, VerdictCell
from plimsoll.ui.forms import attempt
from plimsoll.ui.lists import Column, Filter, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

OUTCOMES = ("pass", "fail", "inconclusive", "error")


def _spec(systems: Sequence[tuple[str, str]]) -> ListSpec:
    checks = [(c.card.id, c.card.id) for c in CHECKS] + [("attestation", "attestation")]
    return ListSpec(
        name="evidence",
        columns=(
            Column(key="ref", label="Ref", sort=("number",)),
            Column(key="subject", label="Subject", sort=("subject_name",), wide=True),
            Column(key="check", label="Check", sort=("check_id",)),
            Column(key="answer", label="Answer", sort=("outcome",)),
            Column(key="system", label="System", sort=("system__name",)),
            Column(key="made", label="Made", sort=("produced_at",)),
            Column(key="until", label="Holds until", sort=("valid_until",)),
            Column(key="digest", label="Digest", optional=True),
            Column(key="by", label="Submitted by", sort=("submitted_by__name",), optional=True),
        ),
        filters=(
            Filter(key="system", label="System", choices=systems),
            Filter(key="check", label="Check", choices=checks),
            Filter(key="outcome", label="Outcome", choices=[(o, o) for o in OUTCOMES]),
            Filter(key="validity", label="Validity", choices=[("valid", "in force"), ("expired", "expired")]),
        ),
        groups=(("check", "Check"), ("system", "System")),
        default_sort="-ref",
    )


@require_safe
def evidence_list(request: HttpRequest, program: str) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    spec = _spec(scope.system_choices(actor, found.id))

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = selectors.evidence_page(actor, found.id, query, now=clock.now())
        return [_row(found.slug, row, query.group) for row in rows], total

    return list_page(
        request,
        spec=spec,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Evidence", "")],
        listing={
            "title": "Evidence",
            "sentence": "What was seen, of which content, by which check, and until when it holds.",
            "empty": "No evidence yet. Run a check and push what it writes, or attest a document.",
            "empty_action": ("Requirements", f"/{found.slug}/requirements/"),
            "views": saved_views(actor, found.id, "evidence"),
        },
    )


def _row(slug: str, row: selectors.EvidenceRow, group: str) -> Row:
    url = address(slug, row.ref)
    until: Cell = Stamp(row.valid_until)
    cells: dict[str, Cell | tuple[Cell, ...]] = {
        "ref": RefLink(row.ref, url),
        "subject": Link(row.subject_name, url),
        "check": Text(row.check if row.check != "attestation" else f"attests {row.requirement}"),
        "answer": _answer(row),
        "system": Text(row.system),
        "made": Stamp(row.produced_at),
        "until": (until, Tag("expired")) if row.expired(clock.now()) else until,
        "digest": Mono(row.subject_digest[:12], row.subject_digest),
        "by": Person(row.submitted_by),
    }
    groups = {"check": row.check, "system": row.system}
    return Row(key=row.ref, url=url, cells=cells, group=groups.get(group, ""))


def _answer(row: selectors.EvidenceRow) -> Cell:
    """A check's answer with its colour; what is attested has none until it is reviewed."""
    if row.check == "attestation":
        return Tag(row.answer)
    return VerdictCell(row.outcome.verdict, row.answer)


@require_safe
def evidence(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    detail = selectors.evidence_by_ref(actor, found.id, ref)
    row = detail.row
    expired = row.expired(clock.now())
    return page(
        request,
        "prove/evidence.html",
        {
            "record": {
                "title": f"{row.check if row.requirement == '' else 'Attestation'}: {row.subject_name}",
                "ref": row.ref,
                "kind": "Evidence",
                "state": [
                    _answer(row),
                    *([Tag("expired")] if expired else []),
                ],
                "facts": [
                    ("System", RefLink(row.system_ref, address(found.slug, row.system_ref), row.system)),
                    ("Made", Stamp(row.produced_at)),
                    ("Holds until", Stamp(row.valid_until)),
                    ("Submitted by", Person(row.submitted_by)),
                    ("Signing key", Mono(detail.key_id)),
                    ("Statement", Mono(f"{detail.statement_digest[:16]}…", detail.statement_digest)),
                ],
            },
            "detail": detail,
            "measures": [_measure(m) for m in detail.result.get("measures", [])],
            "slug": found.slug,
            "may_review": actor.may("prove:evidence:review", found.id)
            and actor.user_id != row.submitted_by_id
            and not detail.reviewed_by(actor.user_id),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Evidence", f"/{found.slug}/evidence/"),
                (row.ref, ""),
            ],
            **record_parts(actor, found, row.ref),
        },
    )


def _measure(m: Mapping[str, Any]) -> dict[str, str]:
    """One measured value as a table row: value, interval, count, limit, verdict."""
    interval = ""
    if m["low"] is not None and m["high"] is not None:
        interval = f"{m['low']:.4f} to {m['high']:.4f} at {m['confidence']:.1%}"
    return {
        "title": m["title"],
        "value": _value(m["value"], m["unit"]),
        "unit": m["unit"],
        "interval": interval,
        "n": f"{m['n']:,}",
        "limit": f"{m['limit_kind']} {m['limit']:g}" if m["limit"] is not None else "",
        "verdict": m["verdict"] or "",
        "note": m["note"],
        "method": m["method"],
    }


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if unit == "count" else f"{value:.4f}"


@require_safe
def statement(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """The signed statement as it arrived, as a file."""
    actor, found = actor_and_program(request, program)
    envelope = selectors.envelope_of(actor, found.id, ref)
    response = HttpResponse(envelope, content_type="application/vnd.dsse.envelope.v1+json")
    response["Content-Disposition"] = f'attachment; filename="{ref}.dsse.json"'
    return response


@require_safe
def document(request: HttpRequest, program: str, ref: str) -> FileResponse:
    """The attested document, to be saved and looked at elsewhere: it is never shown in our pages."""
    actor, found = actor_and_program(request, program)
    name, content = selectors.document_of(actor, found.id, ref)
    return FileResponse(
        io.BytesIO(content), as_attachment=True, filename=name, content_type="application/octet-stream"
    )


@require_http_methods(["GET", "POST"])
def attest(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """A person's word that a document shows a requirement to be met."""
    actor, found = actor_and_program(request, program)
    actor.must("prove:evidence:submit", found.id)
    requirement = plan.requirement_by_ref(actor, found.id, ref)
    form = AttestForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file: UploadedFile[bytes] = form.cleaned_data["document"]
        made = attempt(
            form,
            lambda: services.attest(
                actor=actor,
                program_id=found.id,
                requirement_ref=requirement.ref,
                file_name=file.name or "document",
                content=file.read(),
                sentence=form.cleaned_data["sentence"],
            ),
        )
        if made:
            messages.success(request, "Attested. It counts once somebody independent has reviewed it.")
            return redirect(address(found.slug, f"EVD-{made.number}"))
    entry = requirement.entry
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Attest {requirement.title}",
            "sentence": entry.evidence.attestation if entry else "",
            "submit": "Attest it",
            "cancel_url": address(found.slug, requirement.ref),
            "help": entry.acceptance if entry else "",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (requirement.ref, address(found.slug, requirement.ref)),
                ("Attest", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    """An independent person's judgement of a piece of evidence."""
    actor, found = actor_and_program(request, program)
    actor.must("prove:evidence:review", found.id)
    detail = selectors.evidence_by_ref(actor, found.id, ref)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(
            form,
            lambda: services.review_evidence(
                actor=actor,
                program_id=found.id,
                evidence_ref=detail.row.ref,
                meets_intent=given["meets_intent"] == "yes",
                sample=given["sample"],
                period_from=given["period_from"],
                period_to=given["period_to"],
                remark=given["remark"],
            ),
        ):
            messages.success(request, f"Your review of {detail.row.ref} is recorded.")
            return redirect(address(found.slug, detail.row.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Review {detail.row.ref}",
            "sentence": detail.result.get("sentence", detail.row.subject_name),
            "submit": "Record the review",
            "cancel_url": address(found.slug, detail.row.ref),
            "help": f"Open {detail.document[0]} on the page of {detail.row.ref} first."
            if detail.document
            else "",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (detail.row.ref, address(found.slug, detail.row.ref)),
                ("Review", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
