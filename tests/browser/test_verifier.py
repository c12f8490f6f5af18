"""The second verifier in a real browser: what it accepts, what it refuses, what it cannot tell."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from plimsoll.engines.tlog.keys import KeyType, Verifier
from plimsoll.engines.tlog.policy import parse_policy
from plimsoll.engines.tlog.proof import parse_proof, verify_proof
from plimsoll.kernel.errors import BadInput
from tests.browser.conftest import Harbour, serving
from tests.browser.reading import MODES, Reader
from tests.engines.tlog.small_log import (
    ALPHA,
    BETA,
    ENTRIES,
    GAMMA,
    LOG,
    LOG_MLDSA,
    OTHER_LOG,
    cosigned,
    policy,
    proof,
)

HOLDS, FAILS, UNTOLD = "The proof holds", "The proof does not hold", "It cannot be told"
GOOD = proof(4, ALPHA, BETA).serialised
NAMED = {"met": HOLDS, "not met": FAILS, "unknown": UNTOLD}


class Verifying:
    """The page, and what it says of files that it is given."""

    def __init__(self, reader: Reader, address: str) -> None:
        self.reader = reader
        self.page = reader.page
        reader.open(address)

    def give(self, **given: bytes) -> str:
        """The heading of the answer once these files are chosen."""
        for kind in ("entry", "policy", "proof"):
            content = given.get(kind)
            file = {"name": f"4.{kind}", "mimeType": "text/plain", "buffer": content}
            self.page.set_input_files(f"#{kind}", [] if content is None else [file])  # type: ignore[list-item]
        self.page.wait_for_function("document.getElementById('verdict').textContent !== 'No proof yet'")
        return self.settled()

    def settled(self) -> str:
        """The heading when no digest or signature is being computed any more."""
        before = None
        while before != (now := self.page.inner_text("section >> nth=0")):
            before = now
            self.page.wait_for_timeout(40)
        return self.page.inner_text("#verdict")

    @property
    def reasons(self) -> str:
        return self.page.inner_text("#reasons")

    def judged(self, proof: bytes, entry: bytes, policy: bytes) -> str:
        """The page's own verdict, asked without its form; what is malformed does not hold."""
        found: str = self.page.evaluate(
            """async (given) => {
              const [proof, entry, policy] = given.map((list) => new Uint8Array(list));
              try {
                return (await judge({ proof, entry, policy })).verdict;
              } catch (error) {
                if (!(error instanceof Malformed)) throw error;
                return "malformed";
              }
            }""",
            [list(proof), list(entry), list(policy)],
        )
        return found


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """An empty installation, served: the page asks nothing of it."""
    with serving(tmp_path_factory.mktemp("quay")) as running:
        yield running


@pytest.fixture
def verifying(stranger: Reader, quay: Harbour) -> Iterator[Verifying]:
    yield Verifying(stranger, f"{quay.url}/verify/")
    assert stranger.complaints == []


def test_a_stranger_verifies_a_proof(verifying: Verifying) -> None:
    assert verifying.give(proof=GOOD, entry=ENTRIES[4], policy=policy()) == HOLDS
    said = verifying.reasons
    assert "The entry is at index 4 of 7 entries." in said
    assert "The log signed: log.example/one+" in said
    assert "alpha cosigned 2026-09-21 14:13:20 UTC; beta cosigned 2026-09-21 14:13:20 UTC" in said
    assert "gamma did not cosign" in said


def test_the_key_of_the_log_alone_is_enough(verifying: Verifying) -> None:
    assert verifying.give(proof=GOOD, entry=ENTRIES[4], policy=f"{LOG.verifier}\n".encode()) == HOLDS
    assert verifying.give(proof=GOOD, entry=ENTRIES[4], policy=str(OTHER_LOG.verifier).encode()) == FAILS
    assert "signed by no log that you believe" in verifying.reasons


def test_without_entry_or_policy_it_cannot_tell(verifying: Verifying) -> None:
    assert verifying.give(proof=GOOD, policy=policy()) == UNTOLD
    assert "No entry was given" in verifying.reasons
    assert verifying.give(proof=GOOD, entry=ENTRIES[4]) == UNTOLD
    assert "who signed is not established" in verifying.reasons


def test_signatures_with_ml_dsa_are_not_taken_for_checked(verifying: Verifying) -> None:
    content = proof(4, ALPHA, GAMMA).serialised
    needed = policy("group g all alpha gamma\nquorum g")
    assert verifying.give(proof=content, entry=ENTRIES[4], policy=needed) == UNTOLD
    assert "gamma has a line that cannot be checked here (ML-DSA-44)" in verifying.reasons
    spare = policy("group g any alpha gamma\nquorum g")
    assert verifying.give(proof=content, entry=ENTRIES[4], policy=spare) == HOLDS
    log = f"log {LOG_MLDSA.verifier}\nquorum none\n".encode()
    dual = content.replace(cosigned(), cosigned(log=LOG_MLDSA))
    assert verifying.give(proof=dual, entry=ENTRIES[4], policy=log) == UNTOLD


TWIN = Verifier(name="twin.example", type=KeyType.ED25519_COSIGNATURE, public=ALPHA.verifier.public)
WRONG = {
    "another entry": (GOOD, ENTRIES[5], policy()),
    "another index": (GOOD.replace(b"index 4", b"index 5"), ENTRIES[4], policy()),
    "an index beyond the log": (GOOD.replace(b"index 4", b"index 7"), ENTRIES[4], policy()),
    "another root": (GOOD.replace(b"\n7\n", b"\n6\n"), ENTRIES[4], policy()),
    "too few witnesses": (proof(4, ALPHA).serialised, ENTRIES[4], policy()),
    "one witness twice": (
        proof(4, ALPHA).serialised,
        ENTRIES[4],
        policy(f"witness twin {TWIN}\ngroup g 2 alpha twin\nquorum g"),
    ),
    "a cosignature of another size": (
        GOOD + cosigned(BETA, size=6).splitlines(keepends=True)[-1],
        ENTRIES[4],
        policy(),
    ),
    "an index that is not canonical": (GOOD.replace(b"index 4", b"index 04"), ENTRIES[4], policy()),
    "a policy that was cut": (GOOD, ENTRIES[4], policy()[:-1]),
    "a file that is no proof": (b"index 4\n", ENTRIES[4], policy()),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_refused(verifying: Verifying, what: str) -> None:
    given, entry, believed = WRONG[what]
    assert verifying.give(proof=given, entry=entry, policy=believed) == FAILS
    assert "Does not hold" in verifying.reasons


def ours(content: bytes, believed: bytes, entry: bytes) -> str:
    """What the first verifier says of it."""
    try:
        report = verify_proof(parse_proof(content), entry=entry, policy=parse_policy(believed))
    except BadInput:
        return "malformed"
    return report.judgement.verdict.word


def test_both_verifiers_say_the_same_of_every_mutation(verifying: Verifying) -> None:
    """Neither was written after the other's code: where they differ, one of them is wrong."""
    draw = random.Random(30)
    believed = policy("group both 2 alpha beta\nquorum both")
    for number in range(400):
        content, rule = bytearray(GOOD), bytearray(believed)
        target = rule if number % 3 == 0 else content
        at = draw.randrange(len(target))
        match draw.randrange(4):
            case 0:
                target[at] ^= 1 << draw.randrange(8)
            case 1:
                target[at] = draw.choice(b"\n \t#0A+=/\x00\xff")
            case 2:
                del target[at]
            case _:
                target[at:at] = draw.choice([b"\n", b" ", b"#", b"A", b"\xc2\xa0"])
        theirs = verifying.judged(bytes(content), ENTRIES[4], bytes(rule))
        assert theirs == ours(bytes(content), bytes(rule), ENTRIES[4]), (bytes(content), bytes(rule))


@pytest.mark.parametrize("size", range(1, 8))
def test_both_verifiers_find_every_entry_of_every_size(verifying: Verifying, size: int) -> None:
    for index in range(size):
        content = proof(index, ALPHA, BETA, size=size).serialised
        for entry in (ENTRIES[index], ENTRIES[index - 1]):
            theirs = verifying.judged(content, entry, policy())
            assert theirs == ours(content, policy(), entry)
            assert (theirs == "met") == (entry == ENTRIES[index])


def test_a_file_that_is_too_large_is_not_read(verifying: Verifying) -> None:
    assert verifying.give(proof=GOOD, entry=bytes(2**21 + 1), policy=policy()) == UNTOLD
    assert "larger than 2 MiB; it was not read" in verifying.page.inner_text("#entry-is")


def test_files_can_be_dropped_anywhere(verifying: Verifying) -> None:
    verifying.page.evaluate(
        """(files) => {
          const carried = new DataTransfer();
          for (const [name, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name));
          document.body.dispatchEvent(
            new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }""",
        [["a", list(policy())], ["b", list(ENTRIES[4])], ["c", list(GOOD)]],
    )
    verifying.page.wait_for_function("document.getElementById('verdict').textContent === 'The proof holds'")


def test_the_kept_files_work_from_a_folder_without_server_or_network(
    chromium: Browser, tmp_path: Path
) -> None:
    for entry in files("plimsoll.ui").joinpath("verifier").iterdir():
        (tmp_path / entry.name).write_bytes(entry.read_bytes())
    with Reader.opened(chromium, offline=True) as reader:
        asked: list[str] = []
        reader.page.on("request", lambda request: asked.append(request.url))
        verifying = Verifying(reader, (tmp_path / "verifier.html").as_uri())
        assert verifying.give(proof=GOOD, entry=ENTRIES[4], policy=policy()) == HOLDS
        assert verifying.give(proof=GOOD, entry=b"other", policy=policy()) == FAILS
        assert reader.complaints == []
        assert {address.partition(":")[0] for address in asked} == {"file"}


@pytest.mark.parametrize("mode", MODES)
def test_the_page_reads_well_before_and_after(chromium: Browser, quay: Harbour, mode: str) -> None:
    with Reader.opened(chromium, mode) as reader:
        verifying = Verifying(reader, f"{quay.url}/verify/")
        assert reader.faults() == []
        reader.seen(f"verifier-empty-{mode}")
        for name, content, entry in (
            ("holds", GOOD, ENTRIES[4]),
            ("fails", GOOD, b"x"),
            ("untold", GOOD, None),
        ):
            verifying.give(proof=content, policy=policy(), **({"entry": entry} if entry else {}))
            assert reader.faults() == []
            reader.seen(f"verifier-{name}-{mode}")
