"""What an entry committed to, opened from its boxes; for tests that look into the log."""

from __future__ import annotations

from typing import Any

from plimsoll.ledger.content import content_of
from plimsoll.ledger.models import Entry


def content(entry: Entry) -> dict[str, Any]:
    """The whole payload; a test that meets erased content asks `content_of` itself."""
    found = content_of(entry)
    assert found.payload is not None
    assert found.erased == 0
    return dict(found.payload)
