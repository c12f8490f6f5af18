"""What a witness keeps, in a folder: its keys, the logs that it trusts, and what it cosigned last.

    ed25519.pem, ml-dsa-44.pem   private keys, mode 0600
    verifiers                    the public halves, to be handed to those who verify
    logs                         verifier keys of the trusted logs, one per line
    cosigned/HEX                 last cosigned checkpoint of the log whose origin has that SHA-256
    doubts/HEX.KIND.DIGEST       checkpoints that a log signed and that do not fit, as evidence

Whatever is missing or cannot be read stops the witness: one that forgot what it cosigned could be led to
cosign a second history.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from plimsoll.adapters.keys import load_or_create_key, load_or_create_mldsa_key
from plimsoll.adapters.witness_files import locked, read_small, usable, write_durably
from plimsoll.engines.tlog import witness
from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier, is_key_name, parse_verifier
from plimsoll.kernel.errors import BadInput, Conflict, ErrorCode, NotFound, PlimsollError, Untrusted

__all__ = ["Doubtful", "WitnessFolder", "make_witness", "origin_hash", "trust_log"]

NOTHING_YET = b"nothing cosigned yet\n"
"""Stands where a checkpoint will: tells a log that is new from one whose memory was lost."""
MOST_DOUBTS = 16
"""Per log and kind; the first ones are kept, for they show when it began."""
LONGEST_NAME = 255
"""Bytes; ML-DSA-44 cosignatures have no room for more."""


def origin_hash(origin: str) -> str:
    """The name of a log in addresses and files: SHA-256 of its origin in hexadecimal."""
    return hashlib.sha256(origin.encode()).hexdigest()


def make_witness(folder: Path, name: str, *, passphrase: str = "") -> tuple[Verifier, ...]:
    """Makes the folder of a new witness with an Ed25519 and an ML-DSA-44 cosignature key; its verifiers.

    Conflict if there is a witness already; BadInput if the name cannot name a key or the folder cannot be
    written.
    """
    if (folder / "verifiers").exists():
        raise Conflict(
            f"{folder} holds a witness already.",
            hint="Keys are never replaced: make another witness in another folder.",
        )
    _must_be_cosignable(name)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        verifiers = tuple(signer.verifier for signer in _signers(folder, name, passphrase))
        for part in ("cosigned", "doubts"):
            (folder / part).mkdir(exist_ok=True, mode=0o700)
        write_durably(folder / "logs", b"")
        write_durably(folder / "verifiers", "".join(f"{each}\n" for each in verifiers).encode())
    except OSError as error:
        raise BadInput(
            f"The witness cannot be made in {folder}: {error.strerror}.", hint="Choose another folder."
        ) from error
    return verifiers


def trust_log(folder: Path, verifier: Verifier) -> bool:
    """Adds a key of a log to those that the witness trusts; False if it was there.

    The origin is the key's name. Safe while the witness is running: it sees the change with the next
    request. BadInput for a key of type 0x04, which signs as a witness, and NotFound without a witness.
    """
    if verifier.type is KeyType.ED25519_COSIGNATURE:
        raise BadInput(
            f"The key of {verifier.name} is a witness's, not a log's.",
            hint="A log signs with keys of type 0x01 or 0x06.",
        )
    _must_be_cosignable(verifier.name)
    with usable(folder):
        _must_be_witness(folder)
    with usable(folder), locked(folder, "changing", wait=True):
        known = _read_keys(folder / "logs")
        if verifier in known:
            return False
        memory = folder / "cosigned" / origin_hash(verifier.name)
        if all(key.name != verifier.name for key in known) and not memory.exists():
            write_durably(memory, NOTHING_YET)
        write_durably(folder / "logs", "".join(f"{each}\n" for each in (*known, verifier)).encode())
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A checkpoint that a log signed and that does not fit what was cosigned."""

    kind: str
    """`fork` or `unproven`, as `engines.tlog.witness.Doubt` says."""
    path: Path
    """The file with the signed note."""


@dataclass(slots=True, kw_only=True)
class WitnessFolder:
    """An opened folder. `answer` may be called from many threads; one folder is served by one process."""

    folder: Path
    """Where everything lies."""
    signers: tuple[Signer, ...]
    """The witness's keys."""
    logs: dict[str, tuple[Verifier, ...]] = field(default_factory=dict)
    """Origin → keys that are trusted for it."""
    cosigned: dict[str, witness.Cosigned] = field(default_factory=dict)
    """Origin → what was cosigned last; absent if nothing was yet."""
    broken: str = ""
    """Why nothing is cosigned any more: a write failed, so what the disk holds is not known."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def open(cls, folder: Path, *, passphrase: str = "") -> WitnessFolder:
        """The witness in `folder`; NotFound if there is none, Untrusted if its memory does not hold."""
        with usable(folder):
            return cls._open(folder, passphrase)

    @classmethod
    def _open(cls, folder: Path, passphrase: str) -> WitnessFolder:
        _must_be_witness(folder)
        verifiers = _read_keys(folder / "verifiers")
        if not verifiers:
            raise Untrusted(f"{folder / 'verifiers'} holds no key.")
        for part in ("ed25519.pem", "ml-dsa-44.pem"):
            if not (folder / part).is_file():
                raise Untrusted(f"The witness's key {folder / part} is gone.")
        signers = _signers(folder, verifiers[0].name, passphrase)
        if tuple(signer.verifier for signer in signers) != verifiers:
            raise Untrusted(f"The keys in {folder} are not those that its verifiers file names.")
        opened = cls(folder=folder, signers=signers)
        opened.reload()
        return opened

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The witness's public keys."""
        return tuple(signer.verifier for signer in self.signers)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Within the block no other process can serve this folder; Conflict if one does."""
        with locked(self.folder, "serving", wait=False):
            yield

    def reload(self) -> None:
        """Reads the trusted logs again if the file changed, with the memory of those that are new."""
        path = self.folder / "logs"
        try:
            found = path.stat()
        except FileNotFoundError as error:
            raise Untrusted(f"The list of trusted logs, {path}, is gone.") from error
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen == self._seen:
            return
        logs: dict[str, tuple[Verifier, ...]] = {}
        for key in _read_keys(path):
            logs[key.name] = (*logs.get(key.name, ()), key)
        for origin in logs.keys() - self.logs.keys():
            state = self._recall(origin)
            if state is not None:
                self.cosigned[origin] = state
        self.logs, self._seen = logs, seen

    def answer(self, body: bytes, *, now: int) -> witness.Answer:
        """The answer to an add-checkpoint request; what it changes is on the disk when this returns.

        UNAVAILABLE once a write failed: then the witness has to be started anew.
        """
        with self._lock:
            self._stand()
            with usable(self.folder):
                self.reload()
            answer = witness.add_checkpoint(
                body, logs=self.logs, cosigned=self.cosigned, signers=self.signers, now=now
            )
            try:
                if answer.state is not None:
                    write_durably(self._memory(answer.origin), answer.state.note)
                    self.cosigned[answer.origin] = answer.state
                if answer.doubt is not None:
                    self._keep_doubt(answer)
            except OSError as error:
                # After a failed flush the disk may hold the old or the new state: never write there again.
                self.broken = f"its folder could not be written ({error.strerror})"
                self._stand()
        return answer

    def checkpoint(self, hashed: str) -> bytes | None:
        """The last cosigned checkpoint of the log whose origin has that SHA-256; None if there is none."""
        for origin, state in list(self.cosigned.items()):
            if origin_hash(origin) == hashed:
                return state.note
        return None

    def doubts(self, origin: str) -> tuple[Doubtful, ...]:
        """The kept checkpoints of a log that did not fit, by name of file."""
        with usable(self.folder):
            return self._doubts(origin)

    def _doubts(self, origin: str) -> tuple[Doubtful, ...]:
        paths = sorted((self.folder / "doubts").glob(f"{origin_hash(origin)}.*"))
        return tuple(Doubtful(kind=path.name.split(".")[1], path=path) for path in paths)

    def _stand(self) -> None:
        if self.broken:
            raise PlimsollError(
                f"The witness cosigns nothing any more: {self.broken}.",
                hint="Mend the disk and start it again.",
                code=ErrorCode.UNAVAILABLE,
            )

    def _memory(self, origin: str) -> Path:
        return self.folder / "cosigned" / origin_hash(origin)

    def _recall(self, origin: str) -> witness.Cosigned | None:
        path = self._memory(origin)
        if not path.is_file():
            raise Untrusted(
                f"What was cosigned for {origin} is gone: there is no file {path}.",
                hint="Never put an older copy back. Make a new witness with new keys.",
            )
        note = read_small(path)
        if note == NOTHING_YET:
            return None
        try:
            state = witness.read_cosigned(note, keys=self.verifiers)
        except PlimsollError as error:
            raise Untrusted(f"{path} does not hold what this witness cosigned: {error.message}") from error
        if state.checkpoint.origin != origin:
            raise Untrusted(f"{path} belongs to the log {state.checkpoint.origin}, not to {origin}.")
        return state

    def _keep_doubt(self, answer: witness.Answer) -> None:
        kept = [each for each in self._doubts(answer.origin) if each.kind == answer.doubt]
        digest = hashlib.sha256(answer.doubtful).hexdigest()[:16]
        path = self.folder / "doubts" / f"{origin_hash(answer.origin)}.{answer.doubt}.{digest}"
        if len(kept) < MOST_DOUBTS and not path.exists():
            write_durably(path, answer.doubtful)


def _must_be_witness(folder: Path) -> None:
    if not (folder / "verifiers").is_file():
        raise NotFound(
            f"There is no witness in {folder}.", hint="Make one: plimsoll witness init DIR --name NAME"
        )


def _must_be_cosignable(name: str) -> None:
    if not is_key_name(name) or len(name.encode(errors="replace")) > LONGEST_NAME:
        raise BadInput(
            f"“{name[:80]}” cannot be the name of a witness or of a log that it cosigns.",
            hint=f"It has 1 to {LONGEST_NAME} bytes, no space and no plus, such as witness.example.org.",
        )


def _signers(folder: Path, name: str, passphrase: str) -> tuple[Signer, ...]:
    ed25519, _ = load_or_create_key(folder / "ed25519.pem", passphrase=passphrase)
    mldsa, _ = load_or_create_mldsa_key(folder / "ml-dsa-44.pem", passphrase=passphrase)
    return (
        Signer(name=name, type=KeyType.ED25519_COSIGNATURE, key=ed25519),
        Signer(name=name, type=KeyType.MLDSA44, key=mldsa),
    )


def _read_keys(path: Path) -> tuple[Verifier, ...]:
    content = read_small(path)
    if content and not content.endswith(b"\n"):
        raise Untrusted(f"{path} breaks off in the middle of a line.")
    keys = []
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            keys.append(parse_verifier(line))
        except PlimsollError as error:
            raise Untrusted(f"Line {number} of {path} is not a verifier key.") from error
    return tuple(keys)
