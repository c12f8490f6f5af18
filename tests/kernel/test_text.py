from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.kernel.text import readable, unprintable

KEPT = ("", "a", "two\nlines\r\n\tand a tab", "naïve “quotes” 船 🚢", "a\u200bb", "\xa0")
STRANGE = tuple(map(chr, (0, 7, 0x0B, 0x0C, 0x1B, 0x7F, 0x85, 0x9F, 0xD800, 0xDFFF)))


@pytest.mark.parametrize("text", KEPT, ids=ascii)
def test_text_that_people_write_is_kept(text: str) -> None:
    assert not unprintable(text)


@pytest.mark.parametrize("strange", STRANGE, ids=ascii)
def test_control_characters_and_lone_surrogates_are_not(strange: str) -> None:
    for text in (strange, f"a{strange}", f"{strange}a", f"one\n{strange}\n"):
        assert unprintable(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_nothing_else_is_refused(text: str) -> None:
    assert not unprintable(text)


@given(st.text())
def test_what_is_kept_can_be_written_as_utf_8(text: str) -> None:
    if not unprintable(text):
        assert text.encode().decode() == text


@given(st.text())
def test_what_is_shown_is_kept_and_differs_only_where_it_must(text: str) -> None:
    shown = readable(text)
    assert not unprintable(shown)
    assert len(shown) == len(text)
    assert all(b == (a if not unprintable(a) else "\ufffd") for a, b in zip(text, shown, strict=True))
