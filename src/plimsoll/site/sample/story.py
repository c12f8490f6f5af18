"""The clock of the story: acts happen so many days before today, and each is logged at its time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.adapters.evidence import run_check
from plimsoll.kernel import clock
from plimsoll.loop.plan import selectors as plan
from plimsoll.loop.plan import services as planning
from plimsoll.loop.prove import selectors as proofs
from plimsoll.loop.prove import services as prove
from plimsoll.loop.scope import selectors as scope
from plimsoll.people import selectors as people
from plimsoll.people.actors import Actor
from plimsoll.people.models import User

__all__ = ["Act", "Story", "play"]

Act = Iterator[int]
"""A thread of the story: yields the day (offset from today) on which what follows happens."""


@dataclass(slots=True, kw_only=True)
class Story:
    """What the acts of the sample need."""

    program_id: int
    today: datetime
    """The day on which the sample is loaded; every date of the story is an offset from it."""
    people: dict[str, User]
    """Handle → person."""
    key: Ed25519PrivateKey
    """The key with which the sample's pipeline signs evidence."""
    assets: Path
    """Folder of the files that the sample makes."""
    say: Callable[[str], None]
    """Says what is being done."""
    refs: dict[str, str] = field(default_factory=dict)
    """Names that later acts use for earlier ones."""

    def day(self, offset: int) -> date:
        return (self.today + timedelta(days=offset)).date()

    @contextmanager
    def on(self, offset: int, *, hour: int = 9) -> Iterator[None]:
        """Within the block it is `hour` o'clock UTC, `offset` days from today, but never later than now."""
        moment = (self.today + timedelta(days=offset)).replace(hour=hour, minute=0, second=0)
        with clock.frozen_at(min(moment, self.today)):
            yield

    def who(self, handle: str) -> Actor:
        return people.actor_of(self.people[handle])

    def id(self, handle: str) -> int:
        return int(self.people[handle].pk)

    def check(self, check: str, subject: Path, *, by: str, **parameters: object) -> list[prove.Accepted]:
        """Runs a check for real and submits what it wrote, as a pipeline does."""
        ran = run_check(check, subject, parameters, key=self.key, now=clock.now())
        self.say(f"  {check} of {subject.name}: {ran.result.answer}")
        return prove.accept_statement(actor=self.who(by), program_id=self.program_id, envelope=ran.envelope)

    def system(self, name: str) -> scope.SystemRow:
        return scope.system_by_ref(self.who("noor"), self.program_id, self.refs[name])

    def own(self, system: str, owners: dict[str, str]) -> None:
        """Gives the requirements of a system to people, and remembers their refs as system/rule."""
        noor = self.who("noor")
        for requirement in plan.requirements_of(noor, self.program_id, [self.system(system).id]):
            self.refs[f"{system}/{requirement.rule}"] = requirement.ref
            if requirement.rule in owners:
                planning.change_requirements(
                    actor=noor,
                    program_id=self.program_id,
                    refs=[requirement.ref],
                    owner_id=self.id(owners[requirement.rule]),
                )

    def imported_names(self, evidence_ref: str) -> list[str]:
        """The names that a model-file check found on no list: what somebody looks at and accepts."""
        found = proofs.evidence_by_ref(self.who("noor"), self.program_id, evidence_ref)
        return sorted(
            str(finding["text"]).split(" ")[0]
            for finding in found.result["findings"]
            if "on no list" in str(finding["text"])
        )

    def attest(
        self,
        requirement: str,
        *,
        by: str,
        name: str,
        text: str,
        says: str,
        reviewer: str = "",
        verdict: bool = True,
    ) -> None:
        """Somebody attests a document for a requirement, and somebody else may review it."""
        ref = self.refs[requirement]
        made = prove.attest(
            actor=self.who(by),
            program_id=self.program_id,
            requirement_ref=ref,
            file_name=name,
            content=text.encode(),
            sentence=says,
        )
        if reviewer:
            prove.review_evidence(
                actor=self.who(reviewer),
                program_id=self.program_id,
                evidence_ref=f"EVD-{made.number}",
                meets_intent=verdict,
                sample="the whole document",
                remark="" if verdict else "It names the tools but not who may call them.",
            )


def play(story: Story, acts: Iterable[Act]) -> None:
    """Plays the threads of the story day by day, so that the log grows in the order of time."""
    waiting = [(next(act), order, act) for order, act in enumerate(acts)]
    heapq.heapify(waiting)
    while waiting:
        day, order, act = heapq.heappop(waiting)
        with story.on(day):
            following = next(act, None)
        if following is not None:
            heapq.heappush(waiting, (following, order, act))
