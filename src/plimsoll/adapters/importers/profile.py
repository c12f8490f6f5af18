"""OSCAL profiles (baselines): the controls that they select from catalogs that were given along.

Source: OSCAL profile resolution, https://pages.nist.gov/OSCAL/ (import, include and exclude, merge). No
address in a profile is ever opened: the catalogs it imports are given as files. Alterations (`modify`)
change parameters and wording; they are not applied, and the import says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from plimsoll.adapters.importers.cursor import Cursor
from plimsoll.adapters.importers.documents import Document, SourceFile, read_document
from plimsoll.adapters.importers.importer import Importer, Reading, only_document
from plimsoll.adapters.importers.oscal import CATALOG, edition_of, name_of, read_clauses
from plimsoll.engines.catalog.framework import Clause

__all__ = ["PROFILE"]

DEEPEST = 4
MOST_IMPORTS = 20
MOST_PATTERNS = 100
_GROUPS = ("family", "group", "function")


def read_profile(documents: Sequence[Document], rest: Sequence[SourceFile]) -> Reading:
    """The selected controls, each below its nearest selected control or else its group, in catalog order."""
    document = only_document(documents, kind=PROFILE.kind)
    profile = document.at("profile")
    title = profile.at("metadata").text("title")
    notes: list[str] = []
    clauses = _resolved(profile, [read_document(file) for file in rest], notes, seen=())
    return Reading(
        id=name_of(title),
        title=title,
        edition=edition_of(profile.at("metadata")),
        clauses=clauses,
        notes=notes,
    )


def _resolved(
    profile: Cursor, rest: Sequence[Document], notes: list[str], seen: tuple[str, ...]
) -> tuple[Clause, ...]:
    name = profile.within.file.name
    if name in seen or len(seen) >= DEEPEST:
        raise profile.refuse("the profile imports itself, or profiles import each other too deeply.")
    selected: dict[str, Clause] = {}
    imports = list(profile.parts("imports", required=True))
    if len(imports) > MOST_IMPORTS:
        raise profile.refuse(f"the profile has {len(imports)} imports; at most {MOST_IMPORTS} are read.")
    for imported in imports:
        for clause in _selected(imported, profile, rest, notes, (*seen, name)):
            selected.setdefault(clause.id, clause)
    if profile.has("modify"):
        notes.append(f"{name} alters parameters or wording of controls; the wording here is the catalog's.")
    if not selected:
        raise profile.refuse("the profile selects nothing.")
    if profile.at("merge").value and profile.at("merge").has("custom"):
        notes.append(f"{name} groups the controls anew; they stand here in the groups of their catalog.")
    if not profile.has("merge") or profile.at("merge").has("flat"):
        return tuple(replace(c, parent="") for c in selected.values() if c.kind not in _GROUPS)
    return tuple(selected.values())


def _selected(
    imported: Cursor, profile: Cursor, rest: Sequence[Document], notes: list[str], seen: tuple[str, ...]
) -> Iterable[Clause]:
    target = _target(imported, profile, rest)
    if target is None:
        return _only_ids(imported, notes)
    document = Cursor(target, target.value)
    if isinstance(target.value, dict) and "profile" in target.value:
        offered = _resolved(document.at("profile"), rest, notes, seen)
    elif CATALOG.recognises(target):
        offered = read_clauses(document.at("catalog"))
    else:
        raise imported.refuse(f"{target.file.name} is neither an OSCAL catalog nor a profile.")
    return _pick(imported, {clause.id: clause for clause in offered}, target.file.name)


def _target(imported: Cursor, profile: Cursor, rest: Sequence[Document]) -> Document | None:
    """The given file that the import means: the one of that name; the only one, if there is but one."""
    if not rest:
        return None
    href = imported.text("href", longest=2000)
    names = {PurePosixPath(href).stem}
    if href.startswith("#"):
        resources = profile.at("back-matter").parts("resources") if profile.has("back-matter") else ()
        meant = [r for r in resources if r.optional("uuid") == href[1:]]
        links = [link.optional("href", longest=2000) for r in meant for link in r.parts("rlinks")]
        names = {PurePosixPath(link).stem for link in links}
    others = [document for document in rest if document.file.name != profile.within.file.name]
    named = [document for document in others if PurePosixPath(document.file.name).stem in names]
    if named:
        return named[0]
    if len(others) == 1:
        return others[0]
    raise imported.refuse(
        f"none of the {len(others)} catalogs given is the one that it imports.",
        hint=f"Give one of: {', '.join(sorted(names)) or href}.",
    )


def _only_ids(imported: Cursor, notes: list[str]) -> list[Clause]:
    """The selection as ids, where the catalog was not given."""
    if not imported.has("include-controls") or any(
        p.has("matching") for p in imported.parts("include-controls")
    ):
        raise imported.refuse(
            "what it selects cannot be told without its catalog.",
            hint="Give the catalog with --catalog FILE.",
        )
    unwanted = {i.string() for part in imported.parts("exclude-controls") for i in part.parts("with-ids")}
    found: dict[str, Clause] = {}
    for part in imported.parts("include-controls"):
        for item in part.parts("with-ids"):
            wanted = item.string()
            if wanted not in unwanted:
                found[wanted] = Clause(id=wanted, title="", kind="control", place=item.place)
    notes.append(
        f"{imported.within.file.name} was read without its catalog: {len(found)} controls have an id only."
    )
    return list(found.values())


def _pick(imported: Cursor, offered: Mapping[str, Clause], name: str) -> list[Clause]:
    controls = {c.source_id or c.id: c for c in offered.values() if c.kind not in _GROUPS}
    children: dict[str, list[str]] = {}
    for source_id, clause in controls.items():
        children.setdefault(clause.parent, []).append(source_id)
    wanted = set(controls)
    if imported.has("include-controls"):
        wanted = _matching(imported, "include-controls", controls, children, name)
    wanted -= _matching(imported, "exclude-controls", controls, children, name)
    kept = {controls[source_id].id for source_id in wanted}
    groups = {g for clause_id in kept for g in _ancestors(offered, clause_id) if offered[g].kind in _GROUPS}
    return [
        replace(clause, parent=next((a for a in _ancestors(offered, clause.id) if a in kept | groups), ""))
        for clause in offered.values()
        if clause.id in kept or clause.id in groups
    ]


def _matching(
    imported: Cursor,
    key: str,
    controls: Mapping[str, Clause],
    children: Mapping[str, Sequence[str]],
    name: str,
) -> set[str]:
    found: set[str] = set()
    for part in imported.parts(key):
        named: set[str] = set()
        for item in part.parts("with-ids"):
            wanted = item.string()
            # a control that is excluded and not there is no loss; one that is included and not there is
            if wanted in controls:
                named.add(wanted)
            elif key == "include-controls":
                raise item.refuse(f"the catalog {name} has no control {wanted}.")
        patterns = list(part.parts("matching"))
        if len(patterns) > MOST_PATTERNS:
            raise part.refuse(f"there are {len(patterns)} patterns; at most {MOST_PATTERNS} are read.")
        for pattern in patterns:
            glob = pattern.text("pattern")
            named |= {source_id for source_id in controls if fnmatchcase(source_id, glob)}
        if part.optional("with-child-controls") == "yes":
            named |= _below(named, controls, children)
        found |= named
    return found


def _below(
    named: set[str], controls: Mapping[str, Clause], children: Mapping[str, Sequence[str]]
) -> set[str]:
    found: set[str] = set()
    waiting = list(named)
    while waiting:
        for child in children.get(controls[waiting.pop()].id, ()):
            found.add(child)
            waiting.append(child)
    return found


def _ancestors(clauses: Mapping[str, Clause], clause_id: str) -> list[str]:
    way: list[str] = []
    at = clauses[clause_id].parent
    while at in clauses and at not in way:
        way.append(at)
        at = clauses[at].parent
    return way


def _recognises(document: Document) -> bool:
    return isinstance(document.value, dict) and isinstance(document.value.get("profile"), dict)


PROFILE = Importer(
    kind="oscal-profile",
    title="OSCAL profile (baseline), resolved against catalogs given with it",
    forms="JSON, XML",
    recognises=_recognises,
    read=read_profile,
)
