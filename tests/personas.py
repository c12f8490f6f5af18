"""The people of the tests. Every page and endpoint has one refusal test with Mallory."""

from __future__ import annotations

from dataclasses import dataclass

from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import Program, User
from plimsoll.people.roles import Role

PASSWORD = "a long test password"
CAST = {
    "tess": ("Tess Marsh", (Role.TPM, Role.ADMIN)),
    "dev": ("Dev Rao", (Role.ENGINEER,)),
    "eve": ("Eve Lund", (Role.ENGINEER,)),
    "ada": ("Ada Okafor", (Role.APPROVER,)),
    "cal": ("Cal Weiss", (Role.COMPLIANCE,)),
    "xan": ("Xan Almeida", (Role.EXECUTIVE,)),
    "odile": ("Odile Roux", (Role.AUDITOR,)),
    "mallory": ("Mallory Crane", ()),
    "omni": ("Omni Every", tuple(Role)),
}
"""Tess runs the program, Dev and Eve build, Ada approves, Cal is compliance, Xan the executive, Odile
audits, Mallory is a stranger, Omni holds every role there is."""


@dataclass(frozen=True, slots=True)
class Crew:
    program: Program
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        return selectors.actor_of(self.users[name])

    def id(self, name: str) -> int:
        return int(self.users[name].pk)


def board(program_name: str = "Halyard") -> Crew:
    """A program with the whole cast."""
    users = {
        name: services.join(email=f"{name}@halyard.example", name=full, password=PASSWORD)
        for name, (full, _) in CAST.items()
    }
    tess = selectors.actor_of(users["tess"])
    program = services.open_program(actor=tess, name=program_name)
    for name, (_, roles) in CAST.items():
        if roles and name != "tess":
            services.set_roles(
                actor=selectors.actor_of(users["tess"]),
                program_id=program.pk,
                email=users[name].email,
                roles=roles,
            )
    return Crew(program=program, users=users)
