from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.engines.tlog.keys import KeyType, Signer, Verifier
from plimsoll.engines.tlog.note import sign_note
from plimsoll.engines.tlog.policy import LIMIT, Policy, parse_policy
from plimsoll.engines.tlog.standing import in_words
from plimsoll.kernel.errors import BadInput
from plimsoll.kernel.verdict import Judgement, Verdict
from tests import shared
from tests.engines.tlog.small_log import (
    ALPHA,
    BETA,
    GAMMA,
    LOG,
    LOG_MLDSA,
    ORIGIN,
    OTHER_LOG,
    SEEN,
    checkpoint,
    cosigned,
    ed25519,
    policy,
)

NOW = datetime.fromtimestamp(SEEN + 60, UTC)
HOUR = timedelta(hours=1)
BOTH = parse_policy(policy())


def texts(judgement: Judgement) -> str:
    return "\n".join(reason.text for reason in judgement.reasons)


# ---------------------------------------------------------------- reading
def test_a_policy_names_logs_witnesses_groups_and_a_quorum() -> None:
    read = parse_policy(
        b"# who we believe\n\n \tlog %s https://log.example/one\n"
        b"witness alpha %s https://alpha.example/  # theirs\nwitness beta\t%s\n"
        b"group g 1 alpha beta\nquorum g\n"
        % (str(LOG.verifier).encode(), str(ALPHA.verifier).encode(), str(BETA.verifier).encode())
    )
    assert [(log.verifier, log.url) for log in read.logs] == [(LOG.verifier, "https://log.example/one")]
    assert [(w.name, w.verifier, w.url) for w in read.witnesses] == [
        ("alpha", ALPHA.verifier, "https://alpha.example/"),
        ("beta", BETA.verifier, ""),
    ]
    assert [(g.name, g.threshold, g.members) for g in read.groups] == [("g", 1, ("alpha", "beta"))]
    assert (read.quorum, read.asked) == ("g", "1 of alpha, beta")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"witnes w %s", "begins with"),
        (b"log", "a log has a key"),
        (b"log %s u v", "a log has a key"),
        (b"log not-a-key", "not a verifier key"),
        (b"witness w", "a witness has a name"),
        (b"witness w %s u v", "a witness has a name"),
        (b"witness all %s", "keyword"),
        (b"witness none %s", "keyword"),
        (b"witness alpha %s", "defined twice"),
        (b"group g", "a group has a name"),
        (b"group g any", "a group has a name"),
        (b"group any any alpha", "keyword"),
        (b"group alpha any beta", "defined twice"),
        (b"group g any nobody", "not defined on an earlier line"),
        (b"group g any g", "not defined on an earlier line"),
        (b"group g any none", "not defined on an earlier line"),
        (b"group g any alpha alpha", "already a member"),
        (b"group g 0 alpha", "no threshold"),
        (b"group g 2 alpha", "no threshold"),
        (b"group g 01 alpha", "no threshold"),
        (b"group g +1 alpha", "no threshold"),
        (b"group g -1 alpha", "no threshold"),
        ("group g \u0661 alpha".encode(), "no threshold"),
        (b"quorum", "a quorum is one name"),
        (b"quorum alpha beta", "a quorum is one name"),
        (b"quorum nobody", "not defined on an earlier line"),
        (b"quorum #alpha", "not defined on an earlier line"),
        (b"quorum alpha #beta", "a quorum is one name"),
        (b"group g all alpha #beta", "not defined on an earlier line"),
        (b"witness #w %s", "a witness has a name"),
        (b"quorum alpha\nquorum alpha", "second quorum"),
    ],
)
def test_a_line_that_is_none_of_a_policy_is_named(line: bytes, what: str) -> None:
    spelled = line.replace(b"%s", str(GAMMA.verifier).encode())
    known = b"witness alpha %s\nwitness beta %s\n" % (
        str(ALPHA.verifier).encode(),
        str(BETA.verifier).encode(),
    )
    with pytest.raises(BadInput, match=r"Line \d+ of the policy: .*" + re.escape(what)):
        parse_policy(known + spelled + b"\n")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "does not end with a newline"),
        (b"\n", "has no quorum"),
        (b"quorum none", "does not end with a newline"),
        (b"quorum none\r\n", "control character"),
        (b"quorum none\n\x0b\n", "control character"),
        (b"quorum none\n#\x7f\n", "control character"),
        (b"#" * LIMIT + b"\n", "longer than"),
        (policy().replace(b"witness beta", b"log %s\nwitness beta" % str(LOG.verifier).encode()), "same key"),
    ],
)
def test_a_file_that_is_no_policy_is_refused(content: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        parse_policy(content)


@pytest.mark.parametrize("what", ["logs", "witnesses", "groups"])
def test_a_policy_has_at_most_128_of_each(what: str) -> None:
    signers = [ed25519(f"w{n}", bytes([n])) for n in range(129)]
    lines = {
        "logs": [f"log {signer.verifier}" for signer in signers],
        "witnesses": [f"witness w{n} {signer.verifier}" for n, signer in enumerate(signers)],
        "groups": [
            f"witness g0 {ALPHA.verifier}",
            *(f"group g{n} any g{n - 1}" for n in range(1, 130)),
        ],
    }[what]
    spelled = "\n".join([*lines[:-1], "quorum none\n"]).encode()
    assert len(getattr(parse_policy(spelled), what)) == 128
    with pytest.raises(BadInput, match=f"more than 128 {what}"):
        parse_policy("\n".join([*lines, "quorum none\n"]).encode())


def test_names_are_octets_and_a_sign_that_looks_alike_is_another_name() -> None:
    kelvin, high = "\u212a".encode(), b"\xff"
    read = parse_policy(
        b"witness K %s\nwitness %s %s\nwitness %s %s\ngroup g all K %s %s\nquorum g\n"
        % (
            str(ALPHA.verifier).encode(),
            kelvin,
            str(BETA.verifier).encode(),
            high,
            str(GAMMA.verifier).encode(),
            kelvin,
            high,
        )
    )
    assert read.asked == "3 of K, \u212a, \ufffd"
    assert not read.holds(frozenset({"K"}))
    assert read.holds(frozenset(witness.name for witness in read.witnesses))


# ---------------------------------------------------------------- quorums
def test_a_quorum_of_two_levels_counts_groups_as_their_members() -> None:
    names = ("x1", "x2", "x3", "y1", "y2")
    keys = [ed25519(name, bytes([n + 1]), KeyType.ED25519_COSIGNATURE) for n, name in enumerate(names)]
    read = parse_policy(
        "".join(f"witness {key.name} {key.verifier}\n" for key in keys).encode()
        + b"group x 2 x1 x2 x3\ngroup y any y1 y2\ngroup both all x y\nquorum both\n"
    )
    assert read.asked == "2 of (2 of x1, x2, x3), (1 of y1, y2)"
    for chosen in chain.from_iterable(combinations(names, size) for size in range(6)):
        xs, ys = (sum(name[0] == letter for name in chosen) for letter in "xy")
        assert read.holds(frozenset(chosen)) == (xs >= 2 and ys >= 1), chosen


@given(st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")), st.data())
def test_more_cosignatures_never_break_a_quorum(some: set[str], more: set[str], data: st.DataObject) -> None:
    lines = [f"witness {n} {ed25519(n, n.encode()).verifier}" for n in "abcdefgh"]
    free, depth = list("abcdefgh"), 0
    while len(free) > 1:
        members = data.draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        asked = data.draw(st.sampled_from(["all", "any", *(str(k + 1) for k in range(len(members)))]))
        lines.append(f"group G{depth} {asked} {' '.join(members)}")
        free = [*[name for name in free if name not in members][:3], f"G{depth}"]
        depth += 1
        if depth == 8:
            break
    read = parse_policy("\n".join([*lines, f"quorum {free[-1]}\n"]).encode())
    assert not read.holds(frozenset(some)) or read.holds(frozenset(some | more))


def test_a_witness_with_the_key_of_another_is_never_counted() -> None:
    twin = Verifier(name="alias.example", type=KeyType.ED25519_COSIGNATURE, public=ALPHA.verifier.public)
    spelled = policy(f"witness alias {twin}\ngroup two 2 alpha alias beta\nquorum two")
    read = parse_policy(spelled)
    assert [witness.twin_of for witness in read.witnesses] == ["", "", "", "alpha"]
    assert not read.holds(frozenset({"alpha", "alias"}))
    alias = Signer(name="alias.example", type=ALPHA.type, key=ALPHA.key)
    judged = read.judge(cosigned(ALPHA, alias))
    assert judged.verdict is Verdict.NOT_MET
    assert "alias has the key of alpha and is not counted" in texts(judged)
    assert read.judge(cosigned(ALPHA, BETA)).verdict is Verdict.MET


# ---------------------------------------------------------------- judging
def test_a_checkpoint_that_the_log_signed_and_the_quorum_cosigned_is_met() -> None:
    judged = BOTH.judge(cosigned(ALPHA, BETA))
    assert judged.verdict is Verdict.MET
    said = texts(judged)
    assert "signed by the log, log.example/one+" in said
    assert "alpha cosigned 2026-09-21 14:13:20 UTC; beta cosigned 2026-09-21 14:13:20 UTC" in said
    assert "gamma did not cosign" in said


def test_a_missing_cosignature_is_named() -> None:
    judged = BOTH.judge(cosigned(ALPHA, GAMMA))
    assert judged.verdict is Verdict.NOT_MET
    assert "not cosigned as asked: the policy asks for 2 of alpha, beta" in texts(judged)
    assert "beta did not cosign" in texts(judged)


def test_the_examination_holds_what_a_page_shows() -> None:
    seen = BOTH.examine(
        cosigned(BETA, at=SEEN + 9)[:-1] + b"\n" + cosigned(GAMMA).splitlines(keepends=True)[-1]
    )
    assert seen.checkpoint == checkpoint()
    assert seen.signed_by == (LOG.verifier,)
    assert [(c.name, c.cosigned, c.at) for c in seen.cosigners] == [
        ("alpha", False, None),
        ("beta", True, SEEN + 9),
        ("gamma", True, SEEN),
    ]
    assert seen.interval == (SEEN, SEEN + 9)
    assert BOTH.examine(cosigned()).interval is None


def test_a_policy_may_ask_for_no_witness() -> None:
    judged = parse_policy(policy("quorum none")).judge(cosigned())
    assert judged.verdict is Verdict.MET
    assert "the policy asks for no witness" in texts(judged)


@pytest.mark.parametrize("by", [BETA, GAMMA, None])
def test_a_line_of_a_known_key_that_does_not_hold_spoils_the_checkpoint(by: Signer | None) -> None:
    of_another_size = cosigned(*([by] if by else []), size=6).splitlines(keepends=True)[-1]
    judged = BOTH.judge(cosigned(ALPHA, BETA) + of_another_size)
    assert judged.verdict is Verdict.NOT_MET
    name = by.name.partition(".")[0] if by else "log.example/one"
    assert re.search(rf"the (co)?signature (under the name of|by) {name}.* does not hold", texts(judged))


def test_lines_of_strangers_are_ignored() -> None:
    stranger = ed25519("alpha.example", b"z", KeyType.ED25519_COSIGNATURE)
    assert BOTH.judge(cosigned(stranger, ALPHA, BETA)).verdict is Verdict.MET
    assert BOTH.judge(cosigned(stranger, BETA)).verdict is Verdict.NOT_MET


def test_another_log_is_not_believed() -> None:
    judged = BOTH.judge(cosigned(ALPHA, BETA, log=OTHER_LOG))
    assert judged.verdict is Verdict.NOT_MET
    assert "it is not signed by a log of the policy" in texts(judged)


def test_a_key_that_is_given_must_have_signed_as_well() -> None:
    note = cosigned(ALPHA, BETA)
    assert BOTH.judge(note, keys=(LOG.verifier,)).verdict is Verdict.MET
    judged = BOTH.judge(note, keys=(OTHER_LOG.verifier,))
    assert judged.verdict is Verdict.NOT_MET
    assert "it is not signed by the given key log.example/one+" in texts(judged)


def test_a_log_may_sign_twice_with_one_key() -> None:
    note = cosigned(ALPHA, BETA)
    again = note.splitlines(keepends=True)[4]
    seen = BOTH.examine(note + again)
    assert (seen.judgement.verdict, seen.signed_by) == (Verdict.MET, (LOG.verifier,))


def test_a_policy_without_logs_needs_the_key_beside_it() -> None:
    bare = parse_policy(policy().partition(b"\n")[2])
    note = cosigned(ALPHA, BETA)
    assert bare.judge(note).verdict is Verdict.UNKNOWN
    assert bare.judge(note, keys=(LOG.verifier,)).verdict is Verdict.MET
    assert bare.judge(cosigned(ALPHA)).verdict is Verdict.NOT_MET


def test_a_log_does_not_speak_for_another_origin() -> None:
    elsewhere = ed25519("log.example/two", b"1")
    read = parse_policy(f"log {elsewhere.verifier}\nquorum none\n".encode())
    judged = read.judge(sign_note(checkpoint().body, elsewhere).serialised)
    assert judged.verdict is Verdict.NOT_MET
    assert f"but speaks of the log {ORIGIN}" in texts(judged)


def test_a_log_may_sign_with_ml_dsa() -> None:
    read = parse_policy(f"log {LOG_MLDSA.verifier}\nquorum none\n".encode())
    assert read.judge(cosigned(log=LOG_MLDSA)).verdict is Verdict.MET
    assert read.judge(cosigned()).verdict is Verdict.NOT_MET


def test_anything_but_a_checkpoint_is_refused() -> None:
    with pytest.raises(BadInput):
        BOTH.judge(b"log.example/one\n7\n")


# ---------------------------------------------------------------- age
def aged(read: Policy, note: bytes, *, now: datetime = NOW, max_age: timedelta = HOUR) -> Judgement:
    return read.judge(note, max_age=max_age, now=now)


def test_a_quorum_within_the_age_is_met() -> None:
    judged = aged(BOTH, cosigned(ALPHA, BETA))
    assert judged.verdict is Verdict.MET
    assert "seen within 1 hour before" in texts(judged)


def test_a_stale_checkpoint_is_not_met_and_says_since_when() -> None:
    judged = aged(BOTH, cosigned(ALPHA, BETA), now=NOW + timedelta(days=3), max_age=timedelta(days=2))
    assert judged.verdict is Verdict.NOT_MET
    assert "it is older than 2 days: alpha 2026-09-21 14:13:20 UTC" in texts(judged)


def test_one_fresh_cosignature_does_not_freshen_the_others() -> None:
    note = cosigned(ALPHA, at=SEEN - 7200) + cosigned(BETA).splitlines(keepends=True)[-1]
    assert BOTH.judge(note).verdict is Verdict.MET
    assert aged(BOTH, note).verdict is Verdict.NOT_MET
    assert aged(parse_policy(policy("quorum beta")), note).verdict is Verdict.MET


def test_a_later_cosignature_of_the_same_witness_counts() -> None:
    note = cosigned(ALPHA, BETA, at=SEEN - 7200)
    again = b"".join(cosigned(ALPHA, BETA).splitlines(keepends=True)[-2:])
    assert aged(BOTH, note).verdict is Verdict.NOT_MET
    assert aged(BOTH, note + again).verdict is Verdict.MET


def test_a_witness_whose_clock_runs_ahead_says_nothing_about_age() -> None:
    note = cosigned(ALPHA, BETA, at=SEEN + 3600)
    assert BOTH.judge(note).verdict is Verdict.MET
    assert aged(BOTH, note).verdict is Verdict.UNKNOWN
    assert aged(BOTH, cosigned(ALPHA, BETA, at=SEEN + 120)).verdict is Verdict.MET


def test_without_times_the_age_is_unknown() -> None:
    timeless = parse_policy(policy("quorum gamma"))
    note = cosigned(GAMMA, at=0)
    assert timeless.judge(note).verdict is Verdict.MET
    assert "gamma cosigned without stating a time" in texts(timeless.judge(note))
    assert aged(timeless, note).verdict is Verdict.UNKNOWN
    unasked = parse_policy(policy("quorum none"))
    assert aged(unasked, cosigned()).verdict is Verdict.UNKNOWN
    assert aged(unasked, cosigned(ALPHA)).verdict is Verdict.MET


def test_an_age_is_judged_at_a_time() -> None:
    with pytest.raises(BadInput, match="at a given time"):
        BOTH.judge(cosigned(), max_age=HOUR)


@pytest.mark.parametrize(
    ("age", "said"), [(90, "90 seconds"), (120, "2 minutes"), (86_400, "1 day"), (7 * 86_400, "7 days")]
)
def test_an_age_is_said_in_the_largest_unit_that_fits(age: int, said: str) -> None:
    judged = aged(BOTH, cosigned(ALPHA, BETA), max_age=timedelta(seconds=age))
    assert f"seen within {said} before 2026-09-21 14:14:20 UTC" in texts(judged)


def test_times_beyond_the_calendar_are_said_in_seconds() -> None:
    assert in_words(2**62) == f"{2**62} seconds after 1970"
    assert in_words(0) == "1970-01-01 00:00:00 UTC"


# ---------------------------------------------------------------- mutations
def meaning(read: Policy) -> object:
    """What a policy decides: keys of logs, and which sets of keys are a quorum."""
    keys = {witness.name: witness.verifier for witness in read.witnesses}
    return (
        {log.verifier for log in read.logs},
        {
            frozenset(keys[name] for name in chosen)
            for chosen in chain.from_iterable(combinations(keys, size) for size in range(len(keys) + 1))
            if read.holds(frozenset(chosen))
        },
    )


def test_a_changed_byte_is_refused_or_means_the_same_but_for_three_that_spell_another_rule() -> None:
    third = ed25519("gamma.example", b"c", KeyType.ED25519_COSIGNATURE).verifier
    witnesses = f"witness alpha {ALPHA.verifier}\nwitness beta {BETA.verifier}\nwitness gamma {third}\n"
    original = f"log {LOG.verifier}\n{witnesses}group two 2 alpha beta gamma\nquorum two\n".encode()
    means, other = meaning(parse_policy(original)), []
    rule = original.index(b"group")
    for at, byte in enumerate(original):
        # Every value where the rule is written; elsewhere, where keys carry a checksum, some.
        for value in (
            {*range(128), 0xC3, 0xFF} - {byte} if at > rule else {byte ^ 1, byte ^ 32, 35, 32, 9} - {byte}
        ):
            changed = original[:at] + bytes([value]) + original[at + 1 :]
            try:
                read = parse_policy(changed)
            except BadInput:
                continue
            if meaning(read) != means:
                other.append((changed[:4], changed[rule:], read))
    # A policy is not signed. What is left: the threshold, and a log that is made a comment.
    assert [found[:2] for found in other] == [
        (b"#og ", original[rule:]),
        (b"log ", b"group two 1 alpha beta gamma\nquorum two\n"),
        (b"log ", b"group two 3 alpha beta gamma\nquorum two\n"),
    ]
    assert other[0][2].judge(cosigned(ALPHA, BETA)).verdict is Verdict.UNKNOWN


# ---------------------------------------------------------------- outside vectors
def test_the_policies_of_transparency_dev_are_read_and_refused_as_stated() -> None:
    cases = shared.json("vectors/transparency-dev-formats/format_vectors.json")["policies"]
    assert len(cases) == 11
    for case in cases:
        spelled = case["policy"].encode()
        if case["valid"]:
            read = parse_policy(spelled)
            if "threshold" in case:
                assert read.groups[0].threshold == case["threshold"], case["name"]
        else:
            # Those do not end with a newline; with one they are refused for what they are about.
            for content in (spelled, spelled + b"\n"):
                with pytest.raises(BadInput):
                    parse_policy(content)


def test_the_policies_of_sigsum_are_read_once_their_keys_are_verifier_keys() -> None:
    cases = shared.json("vectors/sigsum-go/sigsum_vectors.json")["policies"]
    for name, spelled in cases.items():
        with pytest.raises(BadInput, match="not a verifier key"):
            parse_policy(spelled.encode())
        read = parse_policy(re.sub(r"(?m)^(log|witness .*?) +([0-9a-f]{64})\b", as_vkey, spelled).encode())
        assert len(read.witnesses) == spelled.count("\nwitness "), name
        assert read.quorum == "quorum-rule"
        least = [witness.name for witness in read.witnesses][:2]
        assert read.holds(frozenset(least)) == name.startswith("sigsum-generic")
        assert read.holds(frozenset(witness.name for witness in read.witnesses))


def as_vkey(found: re.Match[str]) -> str:
    """A line of Sigsum's, with its bare key as the standard writes it."""
    words = found[1].split()
    kind = KeyType.ED25519_COSIGNATURE if words[0] == "witness" else KeyType.ED25519
    verifier = Verifier(name=words[-1], type=kind, public=bytes.fromhex(found[2]))
    return f"{found[1]} {verifier}"
