from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, Conflict
from plimsoll.ledger.models import Entry
from plimsoll.people import selectors, services
from plimsoll.people.models import User
from tests import personas
from tests.opened import content

pytestmark = pytest.mark.django_db


def join(email: str = "priya@halyard.example", name: str = "Priya Nair", password: str | None = None) -> User:
    return services.join(email=email, name=name, password=password)


def test_a_person_joins_with_account_handle_and_entry() -> None:
    user = join(email="  Priya@Halyard.example ", name="  Priya   Nair ", password=personas.PASSWORD)
    assert (user.email, user.name, user.handle) == ("priya@halyard.example", "Priya Nair", "priya")
    assert user.joined_at == clock.now()
    assert user.check_password(personas.PASSWORD)
    assert (str(user), user.get_short_name(), user.get_full_name()) == ("Priya Nair", "Priya", "Priya Nair")
    entry = Entry.objects.select_related("payload").get()
    who = f"person:{user.pk}"
    assert (entry.kind, entry.actor, entry.subject, entry.program_id) == (
        "people:person:joined",
        who,
        who,
        None,
    )
    assert list(content(entry)["records"]) == [f"people.User:{user.pk}"]


def test_no_password_reaches_the_log() -> None:
    user = join(password=personas.PASSWORD)
    body = str(content(Entry.objects.get()))
    assert user.password
    assert user.password not in body
    assert "password" not in body


def test_an_invited_person_has_no_password_that_opens_anything() -> None:
    user = join(password=None)
    assert not user.has_usable_password()
    assert not user.check_password("")


@pytest.mark.parametrize(
    "again", ["priya@halyard.example", "PRIYA@halyard.EXAMPLE", " priya@halyard.example "]
)
def test_one_address_has_one_account_however_it_is_written(again: str) -> None:
    join()
    with pytest.raises(Conflict) as refused:
        join(email=again, name="Somebody Else")
    assert refused.value.message == "There is already an account for priya@halyard.example."
    assert User.objects.count() == Entry.objects.count() == 1


def test_the_database_refuses_a_second_account_that_differs_in_capitals() -> None:
    user = join()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(
            email="Priya@halyard.example", name="Priya", handle="other", joined_at=user.joined_at
        )


@pytest.mark.parametrize(
    "email",
    [
        "",
        "priya",
        "@",
        "priya@",
        "@halyard",
        "a b@halyard",
        "a@b@c",
        "a\x00@b",
        "a@b\x07",
        "x" * 250 + "@y.de",
    ],
    ids=ascii,
)
def test_what_is_no_address_is_refused_and_nothing_is_written(email: str) -> None:
    with pytest.raises(BadInput) as refused:
        join(email=email)
    assert refused.value.message.endswith("is not an e-mail address.")
    assert refused.value.data == {"field": "email"}
    assert refused.value.message.isprintable()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (" \t ", "The name is empty."),
        ("x" * 121, "The name has 121 characters."),
        ("Pri\x00ya", "The name contains control characters."),
        ("Pri\ud800ya", "The name contains control characters."),
    ],
    ids=ascii,
)
def test_a_name_must_be_there_short_and_printable(name: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        join(name=name)
    assert refused.value.message == message


def test_handles_are_short_and_given_once() -> None:
    handles = [
        join(email=f"p{number}@halyard.example", name=name).handle
        for number, name in enumerate(
            ["Priya Nair", "Priya Rao", "priya", "Priya2 Shah", "Éloïse Roy", "李 明", "x" * 60, "--- -"]
        )
    ]
    assert handles == ["priya", "priya2", "priya3", "priya22", "eloise", "p5", "x" * 30, "p7"]


def test_a_person_whose_name_and_address_have_no_letters_is_still_addressable() -> None:
    assert join(email="李@例.example", name="李 明").handle == "person"
    assert join(email="王@例.example", name="王 芳").handle == "person2"


def test_nobody_is_called_like_the_page_that_adds_people() -> None:
    assert join(name="New Person").handle == "new2"


def test_an_account_made_by_the_sign_in_library_gets_what_the_library_does_not_know() -> None:
    join()
    user = User(email="priya.shah@halyard.example")
    services.prepare_account(user, name="")
    assert (user.name, user.handle, user.joined_at) == ("priya.shah", "priyashah", clock.now())
    services.prepare_account(user, name="Priya Shah")
    assert (user.name, user.handle) == ("Priya Shah", "priya2")


def test_a_first_password_opens_an_account_once_and_the_log_says_that_not_what() -> None:
    user = join(password=None)
    services.set_first_password(user=user, password=personas.PASSWORD)
    assert User.objects.get().check_password(personas.PASSWORD)
    with pytest.raises(Conflict, match="has a password already"):
        services.set_first_password(user=user, password="another long password")
    assert User.objects.get().check_password(personas.PASSWORD)
    newest = Entry.objects.select_related("payload").order_by("-index")[0]
    assert (newest.index, newest.kind) == (1, "people:credential:changed")
    assert content(newest)["change"] == "password set"
    assert "long" not in str(content(newest))


def test_only_an_invited_person_without_password_is_let_in_by_an_invitation() -> None:
    invited = join(password=None)
    known = join(email="dev@halyard.example", name="Dev Rao", password=personas.PASSWORD)
    gone = join(email="eve@halyard.example", name="Eve Lund", password=None)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert selectors.invited_person(invited.pk) == invited
    assert [selectors.invited_person(pk) for pk in (known.pk, gone.pk, 0)] == [None, None, None]


def test_somebody_is_here_once_the_first_has_joined() -> None:
    assert not selectors.anybody_here()
    join()
    assert selectors.anybody_here()


def test_a_person_is_found_by_address_and_by_natural_key_in_any_capitals() -> None:
    user = join()
    assert selectors.person_by_email("PRIYA@halyard.example") == user
    assert selectors.person_by_email("nobody@halyard.example") is None
    assert User.objects.get_by_natural_key("Priya@HALYARD.example") == user


def test_names_are_given_for_those_who_are_here() -> None:
    user = join()
    assert selectors.names_of({user.pk, 0}) == {user.pk: "Priya Nair"}
