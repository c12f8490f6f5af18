"""Who is told what after a commit. Filled only by site/wiring.py."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable

from plimsoll.ledger.events import Event, EventKind

__all__ = ["publish", "subscribe"]

_log = logging.getLogger(__name__)
_subscribers: dict[EventKind, list[Callable[[Event], None]]] = defaultdict(list)


def subscribe(kind: EventKind, call: Callable[[Event], None]) -> None:
    """`call` is told of every committed event of this kind; subscribing twice changes nothing."""
    if call not in _subscribers[kind]:
        _subscribers[kind].append(call)


def publish(event: Event) -> None:
    """Tells every subscriber. One that fails is reported and does not keep the others from hearing.

    Nothing is lost by a failure: what a subscriber announces is derived from the records, and the
    worker's tick derives it again.
    """
    for call in _subscribers[event.kind]:
        try:
            call(event)
        except Exception:  # noqa: BLE001 - the boundary between one stage and the next
            _log.exception("a subscriber of %s failed on entry %s", event.kind, event.index)
