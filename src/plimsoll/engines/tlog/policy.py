"""Policies: which logs are believed, and which witnesses must have cosigned a checkpoint.

Source: C2SP tlog-policy (commit 5ba5ee83, 22 July 2026): lines `log`, `witness`, `group` and one
`quorum`. The file is octets; names are compared as octets. Three things are read that the text does not
name, because policies in use have them: a comment after the items of a log or witness, a witness key of type
0x01 (read as the cosigning key 0x04 of the same name), and two witnesses with one key. The second of such a
pair is never counted, so one signer cannot stand for two (decision 0030).

A policy is not signed. Whoever may write it decides what is believed; `Policy.digest` tells two apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plimsoll.engines.tlog import standing
from plimsoll.engines.tlog.keys import KeyType, Verifier, parse_verifier
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.ids import Digest
from plimsoll.kernel.text import readable
from plimsoll.kernel.verdict import Judgement

__all__ = ["LIMIT", "Group", "Log", "Policy", "Witness", "parse_policy"]

LIMIT = 512 * 1024
"""Bytes of a policy at most; 128 keys of ML-DSA-44 fit."""
_MOST = 128
_ITEMS = re.compile(rb"[ \t]+")
_OCTETS = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_NUMBER = re.compile(rb"[1-9][0-9]{0,3}")
_KEYWORDS = frozenset((b"none", b"all", b"any"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log that is believed."""

    verifier: Verifier
    """Its key; the key's name is the log's origin."""
    url: str = ""
    """Where it is found; empty if the policy does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody whose cosignature counts."""

    name: str
    """Its name within the policy, which need not be the name of its key."""
    verifier: Verifier
    """The key that it cosigns with: of type 0x04 or 0x06."""
    url: str = ""
    """Where it is asked for cosignatures; empty if the policy does not say."""
    twin_of: str = ""
    """The earlier witness with the same key, if there is one; then this one is never counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Witnesses and groups of which some number must have cosigned."""

    name: str
    """Its name within the policy."""
    threshold: int
    """How many of the members must have cosigned."""
    members: tuple[str, ...]
    """Names of witnesses and of groups defined before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What must hold of a checkpoint before it is believed."""

    logs: tuple[Log, ...]
    """Logs; any one of them may have signed. Empty if the log must be given beside the policy."""
    witnesses: tuple[Witness, ...]
    """Witnesses in the order of the file."""
    groups: tuple[Group, ...]
    """Groups in the order of the file, so members come before what they are members of."""
    quorum: str
    """The witness or group that must have cosigned; empty for `quorum none`."""
    digest: Digest
    """SHA-256 of the file, so that two people can compare which policy they used."""

    def holds(self, cosigned: frozenset[str]) -> bool:
        """Whether the quorum is met when exactly these witnesses cosigned.

        `quorum none` holds always. A witness with the key of an earlier one is never counted.
        """
        holding = {witness.name for witness in self.witnesses if not witness.twin_of} & cosigned
        for group in self.groups:
            if sum(member in holding for member in group.members) >= group.threshold:
                holding.add(group.name)
        return not self.quorum or self.quorum in holding

    @property
    def asked(self) -> str:
        """The quorum in words: "2 of alpha, beta, gamma"; groups in brackets."""
        if not self.quorum:
            return "no witness"
        words = {witness.name: readable(witness.name) for witness in self.witnesses}
        for group in self.groups:
            members = ", ".join(f"({words[m]})" if " of " in words[m] else words[m] for m in group.members)
            words[group.name] = f"{group.threshold} of {members}"
        return words[self.quorum]

    def examine(
        self,
        note: bytes,
        *,
        keys: Sequence[Verifier] = (),
        max_age: timedelta | None = None,
        now: datetime | None = None,
    ) -> standing.Examination:
        """How the checkpoint note stands to this policy: who signed, who cosigned when, and the verdict.

        Each of `keys` must have signed, as well as one of the policy's logs (if it names any). With
        `max_age`, the quorum must also be met by cosignatures that are at most that old at `now`.
        BadInput for anything that is not a canonical checkpoint note, and for `max_age` without `now`.

        It does not establish that the log shows everybody the same history unless any two quorums share
        an honest witness, nor that what was logged is true.
        """
        return standing.examine(
            note,
            logs=tuple(known.verifier for known in self.logs),
            keys=keys,
            witnesses=tuple((witness.name, witness.verifier) for witness in self.witnesses),
            twins={witness.name: witness.twin_of for witness in self.witnesses if witness.twin_of},
            holds=self.holds,
            asked=self.asked,
            max_age=max_age,
            now=now,
        )

    def judge(
        self,
        note: bytes,
        *,
        keys: Sequence[Verifier] = (),
        max_age: timedelta | None = None,
        now: datetime | None = None,
    ) -> Judgement:
        """The verdict of `examine` with its reasons: who cosigned when, who did not, what was asked."""
        return self.examine(note, keys=keys, max_age=max_age, now=now).judgement


def parse_policy(content: bytes) -> Policy:
    """The policy that the file spells; BadInput names the line and what is wrong with it.

    Names are defined once and before they are used, and are a member of at most one group; `none`, `all`
    and `any` are no names. At most 512 KiB and 128 each of logs, witnesses and groups.
    """
    if len(content) > LIMIT:
        raise BadInput(f"The policy is longer than {LIMIT:,} bytes.")
    if not _OCTETS.fullmatch(content):
        raise BadInput("The policy holds a control character; only tabs and newlines are allowed.")
    if not content.endswith(b"\n"):
        raise BadInput("The policy does not end with a newline; it may have been cut.")
    reader = _Reader()
    for number, line in enumerate(content[:-1].split(b"\n"), start=1):
        try:
            reader.take(line)
        except BadInput as error:
            raise BadInput(f"Line {number} of the policy: {error.message}", hint=error.hint) from error
    return reader.policy(Digest(hashlib.sha256(content).hexdigest()))


class _Reader:
    """Takes the lines of a policy in order; each of its refusals is about the line just taken."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.defined: set[bytes] = set()
        self.members: set[bytes] = set()
        self.quorum: bytes | None = None
        self.takers: Mapping[bytes, Callable[[list[bytes]], None]] = {
            b"log": self._log,
            b"witness": self._witness,
            b"group": self._group,
            b"quorum": self._quorum,
        }

    def take(self, line: bytes) -> None:
        items = [item for item in _ITEMS.split(line) if item]
        if items and items[0] in (b"log", b"witness"):
            # In lines that carry the rule, a # is no comment: it could hide a member.
            del items[next((n for n, item in enumerate(items) if item.startswith(b"#")), len(items)) :]
        if not items or items[0].startswith(b"#"):
            return
        taker = self.takers.get(items[0])
        if taker is None:
            raise BadInput(
                f"it begins with “{_text(items[0][:40])}”.",
                hint="A line begins with log, witness, group, quorum or #.",
            )
        taker(items[1:])

    def _log(self, items: list[bytes]) -> None:
        if len(items) not in (1, 2):
            raise BadInput("a log has a key and at most an address.", hint="log <vkey> [<url>]")
        verifier = parse_verifier(items[0])
        if any(verifier.public == known.verifier.public for known in self.logs):
            raise BadInput("another line names a log with the same key.")
        if len(self.logs) == _MOST:
            raise BadInput(f"there are more than {_MOST} logs.")
        self.logs.append(Log(verifier=verifier, url=_text(items[1]) if len(items) == 2 else ""))

    def _witness(self, items: list[bytes]) -> None:
        if len(items) not in (2, 3):
            raise BadInput(
                "a witness has a name, a key and at most an address.", hint="witness <name> <vkey> [<url>]"
            )
        self._define(items[0], "witness")
        verifier = parse_verifier(items[1])
        if verifier.type is KeyType.ED25519:
            verifier = replace(verifier, type=KeyType.ED25519_COSIGNATURE)
        if len(self.witnesses) == _MOST:
            raise BadInput(f"there are more than {_MOST} witnesses.")
        twin = next((w.name for w in self.witnesses if w.verifier.public == verifier.public), "")
        url = _text(items[2]) if len(items) == 3 else ""
        self.witnesses.append(Witness(name=_text(items[0]), verifier=verifier, url=url, twin_of=twin))

    def _group(self, items: list[bytes]) -> None:
        if len(items) < 3:
            raise BadInput(
                "a group has a name, a number and members.", hint="group <name> all|any|<k> <name>..."
            )
        name, asked, *members = items
        self._define(name, "group")
        for member in members:
            if member not in self.defined or member == name:
                raise BadInput(f"“{_text(member)}” is not defined on an earlier line.")
            if member in self.members:
                raise BadInput(f"“{_text(member)}” is already a member of a group.")
            self.members.add(member)
        if len(self.groups) == _MOST:
            raise BadInput(f"there are more than {_MOST} groups.")
        threshold = _threshold(asked, len(members))
        self.groups.append(
            Group(name=_text(name), threshold=threshold, members=tuple(_text(member) for member in members))
        )

    def _quorum(self, items: list[bytes]) -> None:
        if len(items) != 1:
            raise BadInput("a quorum is one name.", hint="quorum <name>, or quorum none")
        if self.quorum is not None:
            raise BadInput("there is a second quorum.", hint="A policy has exactly one.")
        if items[0] != b"none" and items[0] not in self.defined:
            raise BadInput(f"“{_text(items[0])}” is not defined on an earlier line.")
        self.quorum = items[0]

    def _define(self, name: bytes, what: str) -> None:
        if name in _KEYWORDS:
            raise BadInput(f"“{name.decode()}” is a keyword and no name of a {what}.")
        if name in self.defined:
            raise BadInput(f"the name “{_text(name)}” is defined twice.")
        self.defined.add(name)

    def policy(self, digest: Digest) -> Policy:
        if self.quorum is None:
            raise BadInput("The policy has no quorum.", hint="End it with a line: quorum <name>")
        return Policy(
            logs=tuple(self.logs),
            witnesses=tuple(self.witnesses),
            groups=tuple(self.groups),
            quorum="" if self.quorum == b"none" else _text(self.quorum),
            digest=digest,
        )


def _threshold(asked: bytes, members: int) -> int:
    if asked in (b"all", b"any"):
        return members if asked == b"all" else 1
    if not _NUMBER.fullmatch(asked) or int(asked) > members:
        raise BadInput(
            f"“{_text(asked[:40])}” is no threshold for {members} members.",
            hint=f"It is all, any, or a number from 1 to {members}.",
        )
    return int(asked)


def _text(octets: bytes) -> str:
    """The octets as text that is equal exactly when they are; `readable` shows it."""
    return octets.decode("utf-8", "surrogateescape")
