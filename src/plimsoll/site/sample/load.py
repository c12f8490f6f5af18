"""Loads the whole sample, in order; says what it does."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from plimsoll.adapters.keys import load_or_create_key, write_private
from plimsoll.kernel import clock
from plimsoll.loop.prove import services as prove
from plimsoll.people import selectors
from plimsoll.people import services as people_services
from plimsoll.people.models import Program, User
from plimsoll.site.sample import bosun, incidents, keel, law, lookout, work
from plimsoll.site.sample.company import found_company
from plimsoll.site.sample.story import Story, play
from plimsoll.site.worker import Worker

__all__ = ["Loaded", "load_sample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Where to look."""

    slug: str
    email: str
    password: str
    new: bool


def load_sample(say: Callable[[str], None]) -> Loaded:
    """Halyard with its three systems; the one that is there already if it was loaded before."""
    password = _password()
    known = selectors.sample_slug()
    if known:
        return Loaded(slug=known, email="noor@halyard.example", password=password, new=False)
    today = clock.now().replace(microsecond=0)
    begun = today - timedelta(days=64)
    with clock.frozen_at(begun):
        program, people = found_company(password)
    try:
        with clock.frozen_at(begun):
            story = _begin(program, people, today=today, say=say)
        parts = (bosun, keel, lookout, law, work, incidents)
        play(story, [act for part in parts for act in part.acts(story)])
    except BaseException:
        # Half a sample would be taken for a whole one next time.
        noor = selectors.actor_of(people["noor"])
        people_services.remove_program(actor=noor, program_id=program.pk)
        raise
    Worker().tick(now=clock.now())
    return Loaded(slug=program.slug, email="noor@halyard.example", password=password, new=True)


def _begin(
    program: Program, people: dict[str, User], *, today: datetime, say: Callable[[str], None]
) -> Story:
    """The story before its first day; the pipeline's key is made and trusted."""
    story = Story(
        program_id=program.pk,
        today=today,
        people=people,
        key=_pipeline_key(),
        assets=settings.PLIMSOLL_ASSETS,
        say=say,
    )
    prove.trust_key(
        actor=story.who("noor"),
        program_id=program.pk,
        name="Pipeline of Halyard",
        public_key=base64.b64encode(story.key.public_key().public_bytes_raw()).decode(),
    )
    return story


def _pipeline_key() -> Ed25519PrivateKey:
    return load_or_create_key(settings.PLIMSOLL_KEYS / f"pipeline-{secrets.token_hex(4)}.pem")[0]


def _password() -> str:
    """One for everybody in the sample, drawn when it is first loaded and kept beside the database."""
    path = settings.HOME / "demo-password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(12).encode())
    return path.read_text().strip()
