"""The pages of scope."""

from plimsoll.loop.scope.pages.assets import new_asset, replace_asset
from plimsoll.loop.scope.pages.assumptions import assumption, assumptions
from plimsoll.loop.scope.pages.law import answer_law, law, laws
from plimsoll.loop.scope.pages.room import answer, room, versions
from plimsoll.loop.scope.pages.systems import change_system, new_system, promise_stage, systems

__all__ = [
    "answer",
    "answer_law",
    "assumption",
    "assumptions",
    "change_system",
    "law",
    "laws",
    "new_asset",
    "new_system",
    "promise_stage",
    "replace_asset",
    "room",
    "systems",
    "versions",
]
