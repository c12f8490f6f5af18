"""A sample that cannot be loaded to its end leaves nothing that would be taken for a whole one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from plimsoll.kernel.errors import BadInput, MissingExtra
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.watch.services import log_signer
from plimsoll.people import selectors
from plimsoll.people.models import Program, User
from plimsoll.site.sample.load import load_sample
from tests.site.test_sample import left


def gone() -> None:
    assert left() == {}
    assert not Program.objects.exists()
    assert selectors.sample_slug() == ""


def test_a_disk_that_refuses_in_the_middle_leaves_no_half_sample(transactional_db: None, home: Path) -> None:
    """Where Lookout's folder should be there is a file; Bosun and Keel are described by then."""
    assets = home / "plimsoll_assets"
    assets.mkdir()
    (assets / "lookout").write_text("in the way")
    with pytest.raises(FileExistsError):
        load_sample(lambda line: None)
    assert Entry.objects.filter(kind="scope:system:described").count() == 3
    assert Entry.objects.latest("index").kind == "people:program:removed"
    gone()
    assert User.objects.count() == 10
    report = reconcile(log_signer())
    assert report.judgement.verdict is Verdict.MET, report.faults


def test_a_key_that_cannot_be_written_leaves_no_half_sample_either(
    transactional_db: None, home: Path
) -> None:
    """The company is founded before the pipeline's key is made."""
    (home / "plimsoll_keys").write_text("in the way")
    with pytest.raises(BadInput):
        load_sample(lambda line: None)
    gone()


def test_without_scikit_learn_nothing_is_left_but_a_sentence(
    transactional_db: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ensemble", "neural_network"):
        monkeypatch.setitem(sys.modules, f"sklearn.{module}", None)
    with pytest.raises(MissingExtra, match="train small models"):
        load_sample(lambda line: None)
    gone()
