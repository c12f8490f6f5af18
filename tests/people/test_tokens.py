from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Unauthenticated
from plimsoll.ledger.models import Entry
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import ApiToken, User
from plimsoll.people.roles import TOKEN_SCOPES, Role
from tests import personas
from tests.opened import content


def issue(
    ship: personas.Crew, who: str = "dev", *, scopes: tuple[str, ...] = ("read", "prove"), days: int = 30
) -> tuple[ApiToken, str]:
    return services.issue_token(
        actor=ship.actor(who), program_id=ship.program.pk, name="Pipeline", scopes=scopes, days=days
    )


def read(secret: str) -> Actor:
    return selectors.actor_of_token(secret, now=clock.now())[0]


# ------------------------------------------------------------ issuing


def test_a_token_is_issued_with_name_scopes_and_end(ship: personas.Crew) -> None:
    token, secret = issue(ship, scopes=("prove", "read", "read"), days=30)
    assert (token.name, token.scopes) == ("Pipeline", ["prove", "read"])
    assert (token.issued_at, token.expires_at) == (clock.now(), clock.now() + timedelta(days=30))
    assert secret.startswith("plm_")
    assert len(secret) == 47
    assert token.prefix == secret[:9]
    assert str(token) == f"{secret[:9]}… Pipeline"
    entry = Entry.objects.order_by("-index")[0]
    assert (entry.kind, entry.subject) == ("people:token:issued", f"halyard/token:{token.pk}")


def test_the_secret_is_kept_nowhere_only_its_hash(ship: personas.Crew) -> None:
    token, secret = issue(ship)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert row["secret_hash"] == hashlib.sha256(secret.encode()).hexdigest()
    rest = secret[9:]
    assert not [value for value in row.values() if rest in str(value)]
    assert all(rest not in str(content(entry)) for entry in Entry.objects.all())


def test_no_two_tokens_have_one_secret(ship: personas.Crew) -> None:
    assert len({issue(ship)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        ((), "The scopes given are not known."),
        (("people",), "The scopes people are not known."),
        (("read", "root", "all"), "The scopes all, read, root are not known."),
    ],
)
def test_only_known_scopes_are_given(ship: personas.Crew, scopes: tuple[str, ...], message: str) -> None:
    with pytest.raises(BadInput) as refused:
        issue(ship, scopes=scopes)
    assert refused.value.message == message
    assert refused.value.hint == "Choose from read, scope, plan, prove, decide, respond."
    assert refused.value.data == {"field": "scopes"}


@pytest.mark.parametrize("days", [-1, 0, 367, 10**9])
def test_a_token_lives_at_least_a_day_and_at_most_a_year(ship: personas.Crew, days: int) -> None:
    with pytest.raises(BadInput) as refused:
        issue(ship, days=days)
    assert refused.value.message == f"A token cannot live {days} days."
    assert refused.value.data == {"field": "days"}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [1, 366])
def test_the_limits_themselves_are_possible(ship: personas.Crew, days: int) -> None:
    assert issue(ship, days=days)[0].expires_at == clock.now() + timedelta(days=days)


@pytest.mark.parametrize("who", ["ada", "xan", "odile"])
def test_those_who_do_not_work_with_tokens_get_none(ship: personas.Crew, who: str) -> None:
    with pytest.raises(NotAllowed, match="do not let you issue a token"):
        issue(ship, who)


def test_a_stranger_gets_no_token(ship: personas.Crew) -> None:
    with pytest.raises(NotFound, match="There is no such program"):
        issue(ship, "mallory")


def test_neither_a_token_nor_a_rule_issues_tokens(ship: personas.Crew) -> None:
    _, secret = issue(ship, "omni", scopes=TOKEN_SCOPES)
    for actor in (read(secret), Actor.of_rule("time")):
        with pytest.raises(NotAllowed):
            services.issue_token(
                actor=actor, program_id=ship.program.pk, name="More", scopes=["read"], days=1
            )
    assert ApiToken.objects.count() == 1


# ------------------------------------------------------------ using


def test_a_token_acts_as_its_person_in_its_program_within_its_scopes(ship: personas.Crew) -> None:
    other = services.open_program(actor=ship.actor("dev"), name="Other")
    token, secret = issue(ship, scopes=("read", "plan"))
    actor, token_id = selectors.actor_of_token(secret, now=clock.now())
    assert token_id == token.pk
    assert actor.pseudonym == f"token:{token.pk}/person:{ship.id('dev')}"
    assert actor.name == f"Dev Rao (token {secret[:9]}…)"
    assert actor.user_id == ship.id("dev")
    assert actor.may("plan:risk:change", ship.program.pk)
    assert not actor.may("scope:question:answer", ship.program.pk)
    assert ship.actor("dev").sees(other.pk)
    assert not actor.sees(other.pk)


@pytest.mark.parametrize("wrong", ["", "plm_", "plm_" + "A" * 43, "Bearer x", "\x00"])
def test_what_is_no_token_is_not_known(ship: personas.Crew, wrong: str) -> None:
    issue(ship)
    with pytest.raises(Unauthenticated) as refused:
        read(wrong)
    assert refused.value.message == "The token is not known here."


def test_the_hash_of_a_secret_does_not_open_anything(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    with pytest.raises(Unauthenticated, match="not known here"):
        read(token.secret_hash)


def test_a_token_ends_at_the_exact_second(ship: personas.Crew) -> None:
    token, secret = issue(ship, days=1)
    last = token.expires_at - timedelta(microseconds=1)
    assert selectors.actor_of_token(secret, now=last)[1] == token.pk
    with pytest.raises(Unauthenticated) as refused:
        selectors.actor_of_token(secret, now=token.expires_at)
    assert refused.value.message == f"The token {token.prefix}… expired on 12 January 2027."
    assert refused.value.hint == "Issue a new one."


def test_a_revoked_token_is_refused_at_once_and_by_name(ship: personas.Crew) -> None:
    token, secret = issue(ship)
    services.revoke_token(actor=ship.actor("dev"), program_id=ship.program.pk, token_id=token.pk)
    with pytest.raises(Unauthenticated) as refused:
        read(secret)
    assert refused.value.message == f"The token {token.prefix}… was revoked."
    token.refresh_from_db()
    assert token.revoked_at == clock.now()
    assert Entry.objects.order_by("-index")[0].kind == "people:token:revoked"


def test_a_token_of_somebody_who_left_the_program_sees_nothing(ship: personas.Crew) -> None:
    _, secret = issue(ship)
    services.set_roles(
        actor=ship.actor("tess"), program_id=ship.program.pk, email="dev@halyard.example", roles=[]
    )
    actor = read(secret)
    assert dict(actor.grants) == {}
    assert not actor.sees(ship.program.pk)


def test_a_token_follows_the_roles_of_its_person(ship: personas.Crew) -> None:
    _, secret = issue(ship, scopes=("plan",))
    services.set_roles(
        actor=ship.actor("tess"),
        program_id=ship.program.pk,
        email="dev@halyard.example",
        roles=[Role.AUDITOR],
    )
    assert not read(secret).may("plan:risk:change", ship.program.pk)


def test_a_token_of_a_closed_account_is_not_known(ship: personas.Crew) -> None:
    _, secret = issue(ship)
    User.objects.filter(pk=ship.id("dev")).update(is_active=False)
    with pytest.raises(Unauthenticated, match="not known here"):
        read(secret)


# ------------------------------------------------------------ revoking


def test_an_admin_may_end_anybodys_token_and_others_only_their_own(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    with pytest.raises(NotAllowed, match="do not let you change a member"):
        services.revoke_token(actor=ship.actor("eve"), program_id=ship.program.pk, token_id=token.pk)
    services.revoke_token(actor=ship.actor("tess"), program_id=ship.program.pk, token_id=token.pk)


def test_a_token_is_revoked_once(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    services.revoke_token(actor=ship.actor("dev"), program_id=ship.program.pk, token_id=token.pk)
    with pytest.raises(Conflict, match="already revoked"):
        services.revoke_token(actor=ship.actor("dev"), program_id=ship.program.pk, token_id=token.pk)


def test_strangers_and_other_programs_find_no_such_token(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    other = services.open_program(actor=ship.actor("dev"), name="Other")
    for who, program, wanted in (
        ("mallory", ship.program.pk, token.pk),
        ("dev", other.pk, token.pk),
        ("dev", ship.program.pk, token.pk + 1),
    ):
        with pytest.raises(NotFound) as refused:
            services.revoke_token(actor=ship.actor(who), program_id=program, token_id=wanted)
        assert refused.value.message == "There is no such token."


def test_a_token_revokes_no_token_not_even_itself(ship: personas.Crew) -> None:
    """A stolen read token could otherwise shut out the pipeline that still works."""
    token, secret = issue(ship, scopes=("read",))
    with pytest.raises(NotAllowed, match="revoked by a person, not by a token"):
        services.revoke_token(actor=read(secret), program_id=ship.program.pk, token_id=token.pk)


# ------------------------------------------------------------ listing and noting


def test_tokens_are_listed_newest_first_with_their_state(ship: personas.Crew) -> None:
    first, _ = issue(ship, days=2)
    with clock.frozen_at(clock.now() + timedelta(hours=1)):
        second, _ = issue(ship, "eve", days=1)
    rows = selectors.tokens_of(ship.actor("dev"), ship.program.pk)
    assert [(row.id, row.owner, row.mine) for row in rows] == [
        (second.pk, "Eve Lund", False),
        (first.pk, "Dev Rao", True),
    ]
    assert [row.state(clock.now()) for row in rows] == ["active", "active"]
    assert rows[1].state(first.expires_at) == "expired"
    assert rows[1].state(first.expires_at - timedelta(microseconds=1)) == "active"
    services.revoke_token(actor=ship.actor("dev"), program_id=ship.program.pk, token_id=first.pk)
    revoked = selectors.tokens_of(ship.actor("dev"), ship.program.pk)[1]
    assert revoked.state(clock.now()) == revoked.state(first.expires_at) == "revoked"
    assert not hasattr(revoked, "secret_hash")


def test_use_is_noted_at_most_once_a_minute_and_is_no_entry(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    entries = Entry.objects.count()

    def used(after: int) -> object:
        services.note_token_use(token.pk, now=clock.now() + timedelta(seconds=after))
        return ApiToken.objects.get(pk=token.pk).last_used_at - clock.now()  # type: ignore[operator]

    assert [used(s) for s in (0, 30, 59, 60, 100)] == [
        timedelta(0),
        timedelta(0),
        timedelta(0),
        timedelta(seconds=60),
        timedelta(seconds=60),
    ]
    assert Entry.objects.count() == entries


def test_the_state_of_a_token_in_the_log_says_nothing_of_its_use(ship: personas.Crew) -> None:
    token, _ = issue(ship)
    body = content(Entry.objects.order_by("-index")[0])
    assert "last_used_at" not in body["records"][f"people.ApiToken:{token.pk}"]
