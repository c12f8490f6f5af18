"""Strangers see nothing: whatever they ask for does not exist."""

from __future__ import annotations

from plimsoll.kernel.errors import NotFound
from plimsoll.people.actors import Actor

__all__ = ["must_see", "number_of"]


def must_see(actor: Actor, program_id: int) -> None:
    """Raises NotFound if the actor is no member of the program."""
    if not actor.sees(program_id):
        raise NotFound("There is no such program.")


def number_of(ref: str, kind: str) -> int:
    """The number in a ref of this kind; NotFound for anything else."""
    prefix, _, number = ref.upper().partition("-")
    if prefix != kind or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound(f"There is no {ref[:20]} in this program.")
    return int(number)
