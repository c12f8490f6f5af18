"""What scope writes. Each step checks authority, guards the old state and stands in the log."""

from plimsoll.loop.scope.services.answers import answer, answer_many, resolve_assumption
from plimsoll.loop.scope.services.assets import note_content, register_asset, replace_asset
from plimsoll.loop.scope.services.assumptions import (
    announce_expired,
    assume,
    retire_assumption,
)
from plimsoll.loop.scope.services.frameworks import import_framework
from plimsoll.loop.scope.services.law import answer_law
from plimsoll.loop.scope.services.systems import (
    Promised,
    change_system,
    describe_system,
    enter_stage,
    promise_stage,
)

__all__ = [
    "Promised",
    "announce_expired",
    "answer",
    "answer_law",
    "answer_many",
    "assume",
    "change_system",
    "describe_system",
    "enter_stage",
    "import_framework",
    "note_content",
    "promise_stage",
    "register_asset",
    "replace_asset",
    "resolve_assumption",
    "retire_assumption",
]
