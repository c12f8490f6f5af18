from __future__ import annotations

from datetime import timedelta

import pytest

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict
from plimsoll.people import services
from plimsoll.people.models import IdempotentReply
from tests import personas

FIRST, SECOND = "1" * 64, "2" * 64


@pytest.fixture
def token(ship: personas.Crew) -> int:
    made, _ = services.issue_token(
        actor=ship.actor("dev"), program_id=ship.program.pk, name="ci", scopes=["plan"], days=1
    )
    return int(made.pk)


def keep(token: int, key: str, digest: str = FIRST, *, body: str = "{}") -> None:
    services.keep_reply(token, key, digest, status=201, body=body)


def test_a_first_write_has_no_reply_yet(token: int) -> None:
    assert services.kept_reply(token, "a", FIRST) is None


def test_a_repeated_write_gets_the_answer_of_the_first(token: int) -> None:
    keep(token, "a", body='{"refs":["RSK-1"]}')
    assert services.kept_reply(token, "a", FIRST) == (201, '{"refs":["RSK-1"]}')
    assert str(IdempotentReply.objects.get()) == "a"


def test_a_key_used_for_another_request_is_refused(token: int) -> None:
    keep(token, "a")
    with pytest.raises(Conflict) as refused:
        services.kept_reply(token, "a", SECOND)
    assert refused.value.message == "This Idempotency-Key was used for another request."
    assert refused.value.hint == "Use a new key for each write."


def test_keys_of_different_tokens_do_not_meet(ship: personas.Crew, token: int) -> None:
    other, _ = services.issue_token(
        actor=ship.actor("eve"), program_id=ship.program.pk, name="ci", scopes=["plan"], days=1
    )
    keep(token, "a")
    assert services.kept_reply(other.pk, "a", SECOND) is None


def test_the_first_answer_stays(token: int) -> None:
    keep(token, "a", body="first")
    keep(token, "a", body="second")
    assert services.kept_reply(token, "a", FIRST) == (201, "first")


def test_a_long_key_is_refused_instead_of_being_forgotten(token: int) -> None:
    """A key cut short would not be found again, and the repeated write would be done twice."""
    keep(token, "k" * 80)
    assert services.kept_reply(token, "k" * 80, FIRST) == (201, "{}")
    with pytest.raises(BadInput) as refused:
        services.kept_reply(token, "k" * 81, FIRST)
    assert refused.value.message == "The Idempotency-Key has 81 characters."
    assert refused.value.hint == "At most 80."


def test_an_answer_older_than_a_day_is_not_given_again(token: int) -> None:
    keep(token, "a")
    with clock.frozen_at(clock.now() + timedelta(days=1, microseconds=1)):
        assert services.kept_reply(token, "a", FIRST) is None
        assert services.kept_reply(token, "a", SECOND) is None


def test_answers_are_kept_for_a_day(token: int) -> None:
    keep(token, "old")
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        keep(token, "exactly a day later")
        assert services.kept_reply(token, "old", FIRST) == (201, "{}")
    with clock.frozen_at(clock.now() + timedelta(days=1, microseconds=1)):
        keep(token, "later")
    assert set(IdempotentReply.objects.values_list("key", flat=True)) == {"exactly a day later", "later"}
