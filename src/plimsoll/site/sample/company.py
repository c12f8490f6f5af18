"""Halyard: who works there, and in which roles."""

from __future__ import annotations

from plimsoll.people import selectors, services
from plimsoll.people.models import Program, User
from plimsoll.people.roles import Role

__all__ = ["PEOPLE", "found_company"]

PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "noor": ("Noor Haddad", (Role.TPM, Role.ADMIN)),
    "ines": ("Ines Prado", (Role.ENGINEER,)),
    "tomas": ("Tomas Lindqvist", (Role.ENGINEER,)),
    "priya": ("Priya Nair", (Role.ENGINEER,)),
    "marc": ("Marc Delacroix", (Role.COMPLIANCE,)),
    "weiss": ("Lena Weiss", (Role.COMPLIANCE,)),
    "dana": ("Dana Kowalski", (Role.APPROVER,)),
    "okafor": ("Chidi Okafor", (Role.APPROVER,)),
    "almeida": ("Rosa Almeida", (Role.EXECUTIVE,)),
    "odile": ("Odile Roux", (Role.AUDITOR,)),
}
"""Noor is the TPM; Ines application security, Tomas machine learning, Priya operations; Marc privacy,
Weiss legal; Dana product; Okafor CISO; Almeida sponsor; Odile an auditor from outside."""


def found_company(password: str) -> tuple[Program, dict[str, User]]:
    """The people with accounts, and the program with everybody in it."""
    people = {}
    for handle, (name, _) in PEOPLE.items():
        email = f"{handle}@halyard.example"
        people[handle] = selectors.person_by_email(email) or services.join(
            email=email, name=name, password=password
        )
    noor = selectors.actor_of(people["noor"])
    program = services.open_program(
        actor=noor,
        name="Halyard",
        purpose="Three AI systems of a fictional company, with invented people and computed results",
        sample=True,
    )
    for handle, (_, roles) in PEOPLE.items():
        if handle != "noor":
            services.set_roles(
                actor=selectors.actor_of(people["noor"]),
                program_id=program.pk,
                email=people[handle].email,
                roles=roles,
            )
    return program, people
