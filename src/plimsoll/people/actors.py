"""Who acts: a person, a token on a person's behalf, or a rule of the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plimsoll.kernel.errors import NotAllowed, NotFound
from plimsoll.people.roles import PERMISSIONS, TOKEN_SCOPES, Role

__all__ = ["Actor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """What services and selectors need to know about who asks."""

    pseudonym: str
    """How the log names the actor: person:7, token:3/person:7, rule:NAME."""
    name: str
    """How pages name the actor."""
    user_id: int | None = None
    """The person; None for a rule."""
    grants: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    """Program → roles. A token's grants hold its one program."""
    scopes: frozenset[str] | None = None
    """What a token is limited to; None for a person."""
    rule: bool = False
    """Whether this is the product itself, reacting to an event or to time."""

    @classmethod
    def of_rule(cls, name: str) -> Actor:
        return cls(pseudonym=f"rule:{name}", name=f"rule {name}", rule=True)

    def sees(self, program_id: int) -> bool:
        return self.rule or bool(self.grants.get(program_id))

    def roles(self, program_id: int) -> frozenset[Role]:
        return self.grants.get(program_id, frozenset())

    def may(self, permission: str, program_id: int) -> bool:
        if self.rule:
            return True
        if self.scopes is not None and permission.partition(":")[0] not in self.scopes:
            return False
        return bool(self.roles(program_id) & PERMISSIONS[permission])

    def must(self, permission: str, program_id: int) -> None:
        """Raises NotFound for strangers and NotAllowed for members without the permission."""
        if not self.sees(program_id):
            raise NotFound("There is no such program.")
        if self.may(permission, program_id):
            return
        stage, thing, action = permission.split(":")
        if self.scopes is not None and stage not in self.scopes:
            raise NotAllowed(
                f"This token may not {action} {_one(thing)}.",
                hint=f"Issue one with the scope “{stage}”."
                if stage in TOKEN_SCOPES
                else "No token may; sign in to do it.",
            )
        roles = ", ".join(sorted(role.label for role in PERMISSIONS[permission]))
        raise NotAllowed(
            f"Your roles in this program do not let you {action} {_one(thing)}.",
            hint=f"It takes one of: {roles}.",
        )


def _one(thing: str) -> str:
    if thing == "evidence":
        return thing
    return f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"
