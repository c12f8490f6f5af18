"""Brings in a framework: upload, see what it would change, confirm. Nothing is kept in between.

What was read travels in the page, sealed with the server's key; whoever cancels, or does nothing, leaves
nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.difference import ClauseChange, FrameworkDiff, Touch
from plimsoll.engines.catalog.document import framework_document, framework_from_document
from plimsoll.engines.catalog.edition import SHIPPED
from plimsoll.engines.catalog.framework import Clause, ImportedFramework
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode
from plimsoll.loop.report import selectors
from plimsoll.loop.report.forms import FrameworkForm
from plimsoll.loop.report.pages.entries import Line, Panel, answers_panel, label_of
from plimsoll.loop.scope import selectors as scope
from plimsoll.loop.scope import services as scoping
from plimsoll.people.actors import Actor
from plimsoll.people.requests import actor_and_program
from plimsoll.people.selectors import ProgramRow
from plimsoll.ui.addresses import catalog_address
from plimsoll.ui.cells import Amount, Cell, Link, Mono, Nothing, Text
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page

__all__ = ["apply_import", "import_framework"]

PERMISSION = "scope:framework:import"
SALT = "plimsoll.framework-import"
HOLDS = 3600
"""Seconds for which a dry run can be confirmed."""
LARGEST_SEAL = 6 * 2**20
"""Characters that a page may carry; NIST SP 800-53 in full needs less than a tenth."""
SHOWN = 200
"""Lines of one panel of the dry run; the rest is counted."""


@require_http_methods(["GET", "POST"])
def import_framework(request: HttpRequest, program: str) -> HttpResponse:
    """The upload, and for files that can be read the dry run."""
    actor, found = actor_and_program(request, program)
    actor.must(PERMISSION, found.id)
    posted = request.method == "POST"
    form = FrameworkForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and form.is_valid():
        preview = attempt(form, lambda: _preview(actor, found, form))
        if preview:
            return _dry_run(request, actor, found, preview)
    return page(
        request,
        "ui/kinds/form.html",
        {
            "title": "Bring in a framework",
            "sentence": "You see what it changes before anything is written.",
            "form": form,
            "submit": "Show what it changes",
            "cancel_url": f"/{found.slug}/catalog/frameworks/",
            "help": "OSCAL catalogs and profiles, MITRE ATLAS, the CoSAI risk map, or a house standard as "
            "YAML or CSV. A file with a fault changes nothing; you are told which line and why.",
            "crumbs": _crumbs(found),
        },
        status=422 if form.errors else 200,
    )


def _crumbs(found: ProgramRow) -> list[tuple[str, str]]:
    return [
        (found.name, f"/{found.slug}/"),
        ("Catalog", f"/{found.slug}/catalog/"),
        ("Frameworks", f"/{found.slug}/catalog/frameworks/"),
        ("Import", ""),
    ]


def _preview(actor: Actor, found: ProgramRow, form: FrameworkForm) -> scope.FrameworkPreview:
    given = form.cleaned_data
    framework = read_framework(
        _sources(given["sources"]),
        kind=given["kind"],
        naming=Naming(id=given["id"], title=given["title"], edition=given["edition"]),
        catalogs=_sources(given["catalogs"]),
    )
    return scope.preview_framework(actor, found.id, framework)


def _sources(files: Iterable[UploadedFile[bytes]]) -> list[SourceFile]:
    return [SourceFile(name=file.name or "file", content=file.read()) for file in files]


def _dry_run(
    request: HttpRequest, actor: Actor, found: ProgramRow, preview: scope.FrameworkPreview
) -> HttpResponse:
    framework, before = preview.framework, preview.before
    sealed = _seal(actor, found, preview)
    answers = selectors.answers_of(actor, found.id, now=clock.now())
    touched = answers.to(preview.rules)
    panels = [
        _notes(framework),
        _touches(found.slug, preview.touches),
        answers_panel(
            found.slug,
            touched,
            title="Requirements here that it touches",
            nothing="It touches no requirement in force here.",
        )
        if preview.diff
        else None,
        *(
            _changes(preview.diff, shipped=before is not None and before.kind == SHIPPED)
            if preview.diff
            else ()
        ),
    ]
    return page(
        request,
        "report/import_preview.html",
        {
            "title": f"What {framework.id}@{framework.edition} changes",
            "sentence": _sentence(preview),
            "facts": _facts(preview),
            "panels": [panel for panel in panels if panel],
            "side": [_files(framework)],
            "sealed": sealed,
            "nothing_new": preview.before_mark == preview.digest,
            "apply_url": f"/{found.slug}/catalog/import/apply/",
            "cancel_url": f"/{found.slug}/catalog/frameworks/",
            "crumbs": _crumbs(found),
        },
    )


def _sentence(preview: scope.FrameworkPreview) -> str:
    if preview.before_mark == preview.digest:
        return "It is in force here already, as these files have it. There is nothing to bring in."
    if preview.before is None:
        return "Nothing is written yet. The program knows no edition of it, so nothing of ours rests on it."
    before = f"{preview.before.edition}{', as it is shipped' if preview.before.kind == SHIPPED else ''}"
    return f"Nothing is written yet. Compared with the edition in force, {before}."


def _facts(preview: scope.FrameworkPreview) -> list[tuple[str, Cell]]:
    framework = preview.framework
    gone = len(framework.clauses) - len(framework.live)
    return [
        ("Framework", Text(framework.title)),
        ("Id", Mono(framework.id)),
        ("Edition", Text(framework.edition)),
        ("In force", Text(preview.before.edition) if preview.before else Nothing("none")),
        ("Kind", Text(framework.kind)),
        *((kind, Amount(f"{count:,}")) for kind, count in framework.counts.items()),
        *([("withdrawn", Amount(f"{gone:,}"))] if gone else []),
    ]


def _notes(framework: ImportedFramework) -> Panel | None:
    if not framework.notes:
        return None
    return Panel(title="What to know", paragraphs=framework.notes)


def _files(framework: ImportedFramework) -> Panel:
    lines = [Line(lead=Text(s.name), small=s.sha256, text=f"{s.size:,} bytes") for s in framework.sources]
    return Panel(title="Read from", lines=lines)


def _changes(diff: FrameworkDiff, *, shipped: bool) -> list[Panel]:
    """What differs, one panel per kind of change; of a shipped edition only ids can be compared."""
    found = [
        _panel("Removed", [_clause(c) for c in diff.removed]),
        _panel("Renamed", [_renamed(c) for c in diff.renamed]),
        _panel("Reworded", [_reworded(c) for c in diff.reworded]),
        _panel("Withdrawn", [_clause(c.after) for c in diff.withdrawn]),
        _panel("Asked again", [_clause(c.after) for c in diff.restored]),
        _panel("Moved", [] if shipped else [_moved(c) for c in diff.moved]),
        _panel(
            "Not listed in the shipped edition" if shipped else "Added",
            [_clause(c) for c in diff.added if not c.withdrawn],
        ),
        _panel("Added as withdrawn", [_clause(c) for c in diff.added if c.withdrawn]),
    ]
    panels = [panel for panel in found if panel]
    if shipped:
        said = "The shipped edition has ids and labels only: wording and place are not compared with it."
        return [Panel(title="How it was compared", paragraphs=(said,)), *panels]
    return panels or [Panel(title="No clause differs")]


def _panel(title: str, lines: Sequence[Line]) -> Panel | None:
    if not lines:
        return None
    rest = len(lines) - SHOWN
    return Panel(
        title=title,
        note=f"{len(lines):,}",
        lines=lines[:SHOWN],
        paragraphs=(f"The first {SHOWN} of {len(lines):,}.",) if rest > 0 else (),
    )


def _clause(clause: Clause) -> Line:
    return Line(lead=Mono(clause.id), text=label_of(clause))


def _renamed(change: ClauseChange) -> Line:
    return Line(lead=Mono(f"{change.before.id} → {change.after.id}"), text=change.after.title)


def _reworded(change: ClauseChange) -> Line:
    was = f"was: {change.before.title}" if "title" in change.reworded else "its text reads otherwise"
    return Line(lead=Mono(change.after.id), text=change.after.title, small=was)


def _moved(change: ClauseChange) -> Line:
    where = f"{change.before.parent or 'top'} → {change.after.parent or 'top'}"
    return Line(lead=Mono(change.after.id), text=change.after.title, small=where)


def _touches(slug: str, touches: Sequence[Touch]) -> Panel | None:
    """The controls and risks that cite a clause which changed; their requirements stand below."""
    lines = [
        Line(
            lead=Link(t.citation.by, catalog_address(slug, t.citation.kind, t.citation.by)),
            text=f"cites {t.citation.clause}: {' and '.join(t.why)}",
            small=f"now {t.now}" if t.now else "",
        )
        for t in touches
        if t.citation.kind != "requirement"
    ]
    return _panel("Controls and risks that it touches", lines)


# ---------------------------------------------------------------- from the dry run to the confirmation


def _seal(actor: Actor, found: ProgramRow, preview: scope.FrameworkPreview) -> str:
    content = {
        "by": actor.pseudonym,
        "program": found.id,
        "before": preview.before_mark,
        "framework": framework_document(preview.framework),
    }
    sealed = signing.dumps(content, salt=SALT, compress=True)
    if len(sealed) > LARGEST_SEAL:
        raise BadInput(
            f"{preview.framework.id} is too large for a page.",
            hint="Bring it in with: plimsoll framework import",
            code=ErrorCode.TOO_LARGE,
        )
    return sealed


@require_POST
def apply_import(request: HttpRequest, program: str) -> HttpResponse:
    """Writes what a dry run showed to the same person."""
    actor, found = actor_and_program(request, program)
    actor.must(PERMISSION, found.id)
    try:
        content = signing.loads(request.POST.get("sealed", ""), salt=SALT, max_age=HOLDS)
    except signing.SignatureExpired as error:
        raise Conflict("The dry run is older than an hour.", hint="Read the files again.") from error
    except signing.BadSignature as error:
        raise BadInput("This is no dry run of this server.", hint="Read the files again.") from error
    if (content["by"], content["program"]) != (actor.pseudonym, found.id):
        raise BadInput("This dry run was shown to somebody else.", hint="Read the files yourself.")
    framework = framework_from_document(content["framework"])
    row = scoping.import_framework(
        actor=actor, program_id=found.id, framework=framework, before_mark=content["before"]
    )
    messages.success(
        request, f"{row.framework}@{row.edition} is in force here, with {row.clauses:,} clauses."
    )
    return redirect(catalog_address(found.slug, "framework", row.framework))
