"""Bringing in a framework: whole or not at all, guarded by what was in force, one entry in the log."""

from __future__ import annotations

import pytest

from plimsoll.adapters.crosswalk import load_crosswalk
from plimsoll.adapters.importers.documents import SourceFile
from plimsoll.adapters.importers.importer import Naming
from plimsoll.adapters.importers.registry import read_framework
from plimsoll.engines.catalog.framework import ImportedFramework
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Untrusted
from plimsoll.ledger.append import writing
from plimsoll.ledger.models import Entry
from plimsoll.ledger.sequencing import entry_count
from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.models import FrameworkImport
from plimsoll.people.actors import Actor
from tests.opened import content
from tests.voyages import DAY, Voyage, kinds_since

CSF = "id,title\nGV.PO-01,Policy is made\nGV.PO-02,Policy is kept up\nZZ.ZZ-01,Something new\n"
"""Three clauses; of the shipped edition only two are left."""


def framework(content: str = CSF, *, id: str = "nist-csf", edition: str = "3.0") -> ImportedFramework:
    file = SourceFile(name="csf.csv", content=content.encode())
    return read_framework([file], naming=Naming(id=id, title="The framework", edition=edition))


def bring_in(voyage: Voyage, who: str = "cal", **given: str) -> FrameworkImport:
    read = framework(**given)
    actor = voyage.crew.actor(who)
    preview = selectors.preview_framework(actor, voyage.program_id, read)
    return services.import_framework(
        actor=actor, program_id=voyage.program_id, framework=read, before_mark=preview.before_mark
    )


def named(voyage: Voyage, id: str, edition: str = "") -> ImportedFramework:
    return selectors.edition_named(voyage.crew.actor("tess"), voyage.program_id, id, edition)


def test_what_was_brought_in_is_in_force_beside_what_is_shipped(sloop: Voyage) -> None:
    assert named(sloop, "nist-csf").edition == "2.0"
    bring_in(sloop)
    assert named(sloop, "nist-csf").edition == "3.0"
    assert len(named(sloop, "nist-csf", "2.0").clauses) == 106
    rows = selectors.editions_of(sloop.crew.actor("tess"), sloop.program_id)
    ours = [(r.edition, r.in_force, r.origin) for r in rows if r.framework == "nist-csf"]
    assert ours == [("3.0", True, "imported"), ("2.0", False, "shipped")]
    row = next(r for r in rows if r.edition == "3.0")
    assert (row.imported_by, row.imported_at, row.clauses) == ("Cal Weiss", DAY, 3)


def test_a_stored_framework_is_read_back_as_it_was(sloop: Voyage) -> None:
    bring_in(sloop)
    assert named(sloop, "nist-csf").clauses == framework().clauses


def test_one_entry_tells_what_is_touched_and_by_what(sloop: Voyage) -> None:
    before = entry_count()
    bring_in(sloop)
    assert kinds_since(before) == ["scope:framework:imported"]
    entry = Entry.objects.select_related("payload").get(index=before)
    told = content(entry)
    assert (told["program"], told["framework"], told["edition"], told["before"]) == (
        sloop.program_id, "nist-csf", "3.0", "2.0",
    )  # fmt: skip
    crosswalk = load_crosswalk()
    gone = [c.ref for c in crosswalk.clauses_of("nist-csf") if c.ref.clause not in ("GV.PO-01", "GV.PO-02")]
    expected = {rule for ref in gone for rule in crosswalk.clause(ref).requirements}
    assert set(told["rules"]) == expected
    assert len(expected) > 10
    assert "document" not in str(told["records"])


def test_a_house_standard_touches_nothing(sloop: Voyage) -> None:
    before = entry_count()
    bring_in(sloop, id="house-rules", edition="1")
    told = content(Entry.objects.get(index=before))
    assert told["rules"] == []
    assert [c.controls for c in selectors.clauses_in(named(sloop, "house-rules"))] == [(), (), ()]


def test_controls_are_carried_over_and_say_in_which_edition_they_were_mapped(sloop: Voyage) -> None:
    bring_in(sloop)
    found = {e.clause.id: e for e in selectors.clauses_in(named(sloop, "nist-csf"))}
    assert "CTL-GOV-01" in found["GV.PO-01"].controls
    assert str(found["GV.PO-01"].mapped_in[0]) == "nist-csf@2.0:GV.PO-01"
    assert found["ZZ.ZZ-01"].controls == ()


def test_the_same_files_again_are_refused(sloop: Voyage) -> None:
    bring_in(sloop)
    before = entry_count()
    with pytest.raises(Conflict, match="in force here as these files have it"):
        bring_in(sloop)
    assert (FrameworkImport.objects.count(), entry_count()) == (1, before)


def test_an_edition_can_be_brought_back(sloop: Voyage) -> None:
    bring_in(sloop)
    bring_in(sloop, edition="4.0")
    bring_in(sloop)
    assert named(sloop, "nist-csf").edition == "3.0"
    assert [row.number for row in FrameworkImport.objects.order_by("number")] == [1, 2, 3]


def test_a_confirmation_of_something_outdated_is_refused(sloop: Voyage) -> None:
    actor, read = sloop.crew.actor("cal"), framework()
    seen = selectors.preview_framework(actor, sloop.program_id, read)
    bring_in(sloop, "tess", edition="4.0")
    with pytest.raises(Conflict, match="came into force since you looked"):
        services.import_framework(
            actor=actor, program_id=sloop.program_id, framework=read, before_mark=seen.before_mark
        )
    assert named(sloop, "nist-csf").edition == "4.0"


def test_a_preview_writes_nothing_and_compares_ids_only_with_what_is_shipped(sloop: Voyage) -> None:
    before = entry_count()
    found = selectors.preview_framework(sloop.crew.actor("odile"), sloop.program_id, framework())
    assert (entry_count(), FrameworkImport.objects.count()) == (before, 0)
    assert found.diff is not None
    assert not found.diff.reworded
    assert [c.id for c in found.diff.added] == ["ZZ.ZZ-01"]
    assert len(found.diff.removed) == 104
    assert found.before_mark == "shipped"


def test_between_two_imports_the_wording_is_compared(sloop: Voyage) -> None:
    bring_in(sloop, id="house-rules", edition="1")
    newer = framework(CSF.replace("is made", "is written"), id="house-rules", edition="2")
    found = selectors.preview_framework(sloop.crew.actor("tess"), sloop.program_id, newer)
    assert found.diff is not None
    assert [c.after.id for c in found.diff.reworded] == ["GV.PO-01"]


@pytest.mark.parametrize("who", ["dev", "ada", "xan", "odile"])
def test_only_the_tpm_and_compliance_bring_in(sloop: Voyage, who: str) -> None:
    with pytest.raises(NotAllowed, match="import a framework"):
        bring_in(sloop, who)
    assert not FrameworkImport.objects.exists()


def test_strangers_see_and_bring_in_nothing(sloop: Voyage) -> None:
    bring_in(sloop)
    mallory = sloop.crew.actor("mallory")
    with pytest.raises(NotFound):
        selectors.editions_of(mallory, sloop.program_id)
    with pytest.raises(NotFound):
        selectors.edition_named(mallory, sloop.program_id, "nist-csf")
    with pytest.raises(NotFound):
        selectors.preview_framework(mallory, sloop.program_id, framework())
    with pytest.raises(NotFound):
        services.import_framework(
            actor=mallory, program_id=sloop.program_id, framework=framework(), before_mark="shipped"
        )


def test_no_rule_of_the_product_brings_in_a_framework(sloop: Voyage) -> None:
    with pytest.raises(NotAllowed, match="by a person"):
        services.import_framework(
            actor=Actor.of_rule("wiring"), program_id=sloop.program_id, framework=framework(),
            before_mark="shipped",
        )  # fmt: skip


def test_an_edition_that_no_record_keeps_is_refused(sloop: Voyage) -> None:
    with pytest.raises(BadInput, match="edition contains control characters"):
        bring_in(sloop, edition="3\x1b")
    assert not FrameworkImport.objects.exists()


def test_a_stored_text_that_somebody_changed_is_not_shown(sloop: Voyage) -> None:
    row = bring_in(sloop)
    with writing():
        FrameworkImport.objects.filter(pk=row.pk).update(document=row.document.replace("is made", "is nice"))
    with pytest.raises(Untrusted, match="is not what was brought in"):
        named(sloop, "nist-csf")


def test_an_unknown_edition_is_not_found(sloop: Voyage) -> None:
    for name, edition in (("nist-csf", "1.1"), ("mast", ""), ("gdpr", "")):
        with pytest.raises(NotFound, match="with clauses here"):
            named(sloop, name, edition)
