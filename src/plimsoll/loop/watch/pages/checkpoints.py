"""What the log signed, and who cosigned it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from plimsoll.engines.tlog.policy import Policy
from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.kernel.verdict import Judgement, Verdict, met, not_met, unknown
from plimsoll.ledger.witnessing import Answer, CheckpointRow, answers, checkpoint_at, checkpoints
from plimsoll.loop.watch.services import log_policy
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.cells import Instant, Link, Mono, Text
from plimsoll.ui.lists import PAGE_SIZE, Column, ListQuery, ListSpec, Row
from plimsoll.ui.shortcuts import list_page, page

CHECKPOINTS = ListSpec(
    name="checkpoints",
    columns=(
        Column(key="size", label="Entries", numeric=True),
        Column(key="at", label="Signed"),
        Column(key="cosigned", label="Cosigned by", wide=True),
        Column(key="root", label="Root"),
    ),
    keeps_views=False,
)
STANDINGS = {
    "cosigned": met,
    "unreachable": unknown,
    "refused": unknown,
    "inconsistent": not_met,
    "ahead": not_met,
    "dishonest": not_met,
}
"""What a witness said → the verdict that makes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessLine:
    """A witness of the policy and how it stands."""

    name: str
    judgement: Judgement
    answer: Answer | None


@require_safe
def checkpoint_list(request: HttpRequest, program: str) -> HttpResponseBase:
    """Every state that the log signed, newest first."""
    _, found = actor_and_program(request, program)

    def fetch(query: ListQuery) -> tuple[Sequence[Row], int]:
        rows, total = checkpoints(search=query.search, offset=query.offset, limit=PAGE_SIZE)
        return [_row(found.slug, row) for row in rows], total

    return list_page(
        request,
        spec=CHECKPOINTS,
        fetch=fetch,
        crumbs=[(found.name, f"/{found.slug}/"), ("Log", f"/{found.slug}/log/"), ("Checkpoints", "")],
        listing={
            "title": "Checkpoints",
            "sentence": "What the log signed, of all programs here. A witness that cosigned saw it continue "
            "everything that it had seen before. Search by root or witness.",
            "empty": "Nothing is signed yet; the worker signs every minute in which something happened.",
            "actions": [("Witnesses", f"/{found.slug}/log/witnesses/")],
        },
    )


def _row(slug: str, row: CheckpointRow) -> Row:
    names = ", ".join(dict.fromkeys(one.witness for one in row.cosignatures))
    url = f"/{slug}/log/checkpoints/{row.size}/"
    return Row(
        key=str(row.size),
        url=url,
        cells={
            "size": Link(f"{row.size:,}", url),
            "at": Instant(row.at),
            "cosigned": Text(names or "nobody"),
            "root": Mono(row.root[:12]),
        },
    )


@require_safe
def checkpoint(request: HttpRequest, program: str, size: int) -> HttpResponse:
    """One signed state with the lines of everybody who signed it."""
    _, found = actor_and_program(request, program)
    read = checkpoint_at(size)
    if read is None:
        raise NotFound(f"The log signed no checkpoint of {size:,} entries.")
    row, note = read
    return page(
        request,
        "watch/checkpoint.html",
        {
            "title": f"Checkpoint of {row.size:,} entries",
            "row": row,
            "note": note,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Log", f"/{found.slug}/log/"),
                ("Checkpoints", f"/{found.slug}/log/checkpoints/"),
                (f"{row.size:,}", ""),
            ],
        },
    )


@require_safe
def witnesses(request: HttpRequest, program: str) -> HttpResponse:
    """Who watches the log from outside, and what each said last."""
    _, found = actor_and_program(request, program)
    policy, wrong = None, ""
    try:
        policy = log_policy()
    except BadInput as error:
        wrong = error.sentence
    lines = witness_lines(policy)
    return page(
        request,
        "watch/witnesses.html",
        {
            "title": "Witnesses",
            "sentence": "They keep the operator honest: each cosigns only what continues all that it saw.",
            "policy": policy,
            "wrong": wrong,
            "lines": lines,
            "cosigned": sum(line.judgement.verdict is Verdict.MET for line in lines),
            "slug": found.slug,
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("Log", f"/{found.slug}/log/"),
                ("Witnesses", ""),
            ],
        },
    )


def witness_lines(policy: Policy | None) -> list[WitnessLine]:
    """The witnesses of the policy with their last answers; one query."""
    if policy is None:
        return []
    known = {one.witness: one for one in answers()}
    lines = []
    for witness in policy.witnesses:
        answer = known.get(witness.name)
        judgement = STANDINGS[answer.standing](answer.words) if answer else unknown("it was not asked yet")
        lines.append(WitnessLine(name=witness.name, judgement=judgement, answer=answer))
    return lines
