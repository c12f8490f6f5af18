from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from plimsoll.engines.catalog.freshness import Checked, freshness, freshness_report
from plimsoll.engines.catalog.schema import Basis, Edition

CHECKED = date(2026, 11, 23)


def basis(days: int) -> Basis:
    return Basis(
        kind="law", name="GDPR, Art. 35", edition="2016/679", checked_at=CHECKED, stale_after_days=days
    )


def test_a_basis_is_fresh_on_the_last_day_of_its_term() -> None:
    found = freshness(basis(90), date(2027, 2, 20))
    assert found.stale is False
    assert found.stale_on == date(2027, 2, 21)
    assert found.checked_at == CHECKED


def test_a_basis_is_stale_from_the_day_its_term_ends() -> None:
    assert freshness(basis(90), date(2027, 2, 21)).stale is True


def test_a_basis_is_fresh_on_the_day_it_was_checked_and_before() -> None:
    assert freshness(basis(1), CHECKED).stale is False
    assert freshness(basis(1), CHECKED - timedelta(days=400)).stale is False


def test_a_term_runs_over_leap_days() -> None:
    term = Basis(kind="law", name="GDPR", edition="x", checked_at=date(2028, 2, 28), stale_after_days=2)
    assert freshness(term, date(2028, 2, 29)).stale is False
    assert freshness(term, date(2028, 3, 1)).stale is True


def test_an_edition_goes_stale_like_a_basis() -> None:
    edition = Edition(id="x", version="1", checked_at=CHECKED, source="Own wording, no source.")
    assert freshness(edition, CHECKED + timedelta(days=89)).stale is False
    assert freshness(edition, CHECKED + timedelta(days=90)).stale is True


@pytest.mark.parametrize("days", [0, -1, 731])
def test_a_term_is_between_a_day_and_two_years(days: int) -> None:
    with pytest.raises(ValidationError):
        basis(days)


# ---------------------------------------------------------------- the report


def checked(name: str, day: date, **more: int) -> Checked:
    return Checked(id=name, kind="file", checked_at=day, **more)


def test_what_has_no_term_of_its_own_is_warned_about_from_the_ninetieth_day_on() -> None:
    entries = [checked("a", CHECKED)]
    assert freshness_report(entries, CHECKED + timedelta(days=89)) == ()
    (warning,) = freshness_report(entries, CHECKED + timedelta(days=90))
    assert (warning.of.id, warning.days, warning.stale_on) == ("a", 90, date(2027, 2, 21))


def test_the_longest_unchecked_comes_first_and_equal_ones_keep_their_order() -> None:
    earlier = CHECKED - timedelta(days=30)
    entries = [
        checked("a", CHECKED, term=5),
        checked("b", earlier),
        checked("c", CHECKED, term=9),
        checked("d", earlier),
    ]
    found = freshness_report(entries, CHECKED + timedelta(days=70))
    assert [(w.of.id, w.days) for w in found] == [("b", 100), ("d", 100), ("a", 70), ("c", 70)]


def test_a_day_in_the_future_and_no_entry_give_no_warning() -> None:
    assert freshness_report([checked("a", CHECKED + timedelta(days=400))], CHECKED) == ()
    assert freshness_report([], CHECKED) == ()
