from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotAllowed, NotFound
from plimsoll.ledger.models import Entry
from plimsoll.people import selectors, services
from plimsoll.people.actors import Actor
from plimsoll.people.models import Program, User
from plimsoll.people.roles import Role
from tests.opened import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya() -> User:
    return services.join(email="priya@halyard.example", name="Priya Nair", password=None)


def opened(user: User, name: str, **more: str) -> Program:
    return services.open_program(actor=selectors.actor_of(user), name=name, **more)


def test_whoever_opens_a_program_is_its_tpm_and_admin(priya: User) -> None:
    program = opened(priya, " Harbour   assistants ", purpose=" Fewer calls at night. ")
    assert (program.slug, program.name, program.purpose) == (
        "harbour-assistants",
        "Harbour assistants",
        "Fewer calls at night.",
    )
    assert (program.sample, program.opened_at, str(program)) == (False, clock.now(), "Harbour assistants")
    assert selectors.roles_of(priya.pk, program.pk) == {Role.TPM, Role.ADMIN}
    assert selectors.actor_of(priya).roles(program.pk) == {Role.TPM, Role.ADMIN}
    entry = Entry.objects.select_related("payload").order_by("-index")[0]
    assert (entry.kind, entry.subject, entry.program_id) == (
        "people:program:opened",
        "harbour-assistants",
        program.pk,
    )
    assert {key.partition(":")[0] for key in content(entry)["records"]} == {
        "people.Program",
        "people.Membership",
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Halyard", "halyard"),
        ("Café Zürich", "cafe-zurich"),
        ("A & B: the sequel!", "a-b-the-sequel"),
        ("李明", "program"),
        ("🚢", "program"),
        ("---", "program"),
        ("x" * 100, "x" * 32),
        ("x" * 31 + " yz", "x" * 31),
        ("account", "account-program"),
        ("API", "api-program"),
        ("Static!", "static-program"),
        ("Waiting", "waiting-program"),
        ("programs", "programs-program"),
    ],
)
def test_the_address_of_a_program_is_made_of_its_name(priya: User, name: str, slug: str) -> None:
    assert opened(priya, name).slug == slug


def test_every_first_word_of_an_address_outside_programs_is_reserved(priya: User) -> None:
    """A program called like a page would hide that page, or be hidden by it."""
    from plimsoll.site.urls import urlpatterns

    first = {str(pattern.pattern).partition("/")[0].lstrip("^") for pattern in urlpatterns}
    words = {word for word in first if word and word.isalpha()}
    assert words
    assert words <= services.records._RESERVED


def test_programs_of_one_name_get_different_addresses(priya: User) -> None:
    assert [opened(priya, "Halyard").slug for _ in range(3)] == ["halyard", "halyard-2", "halyard-3"]
    assert opened(priya, "Halyard 2").slug == "halyard-2-2"
    assert opened(priya, "go").slug == "go-program"
    assert opened(priya, "go program").slug == "go-program-2"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ""}, "The name of the program is empty."),
        ({"name": "x" * 121}, "The name of the program has 121 characters."),
        ({"name": "a\x00b"}, "The name of the program contains control characters."),
        ({"name": "A", "purpose": "x" * 301}, "The purpose has 301 characters."),
        ({"name": "A", "purpose": "a\x00b"}, "The purpose contains control characters."),
    ],
    ids=ascii,
)
def test_a_program_that_cannot_be_written_down_is_refused(
    priya: User, given: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput) as refused:
        services.open_program(actor=selectors.actor_of(priya), **given)
    assert refused.value.message == message
    assert not Program.objects.exists()


def test_neither_a_token_nor_a_rule_opens_a_program(priya: User) -> None:
    program = opened(priya, "Halyard")
    _, secret = services.issue_token(
        actor=selectors.actor_of(priya), program_id=program.pk, name="ci", scopes=["read"], days=1
    )
    token, _ = selectors.actor_of_token(secret, now=clock.now())
    for actor in (token, Actor.of_rule("time")):
        with pytest.raises(NotAllowed, match="opened by a person, not by a token or a rule"):
            services.open_program(actor=actor, name="Another")


def test_a_person_sees_the_own_programs_by_name_and_nobody_elses(priya: User) -> None:
    other = services.join(email="omar@halyard.example", name="Omar", password=None)
    opened(other, "Not hers")
    zeta, alpha = opened(priya, "Zeta"), opened(priya, "Alpha")
    actor = selectors.actor_of(priya)
    assert [row.name for row in selectors.programs_of(actor)] == ["Alpha", "Zeta"]
    assert selectors.program_named(actor, "zeta").id == zeta.pk
    assert selectors.program_slug(alpha.pk) == "alpha"
    assert len(selectors.all_program_ids()) == 3
    for slug in ("not-hers", "nowhere", "x" * 100):
        with pytest.raises(NotFound) as refused:
            selectors.program_named(actor, slug)
        assert refused.value.message == f"There is no program “{slug[:40]}”."


def test_the_standing_of_a_person_is_read_in_one_query(
    priya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    opened(priya, "Zeta")
    alpha = opened(priya, "Alpha")
    with django_assert_num_queries(1):
        standing = selectors.standing_of(priya)
    assert [row.name for row in standing.programs] == ["Alpha", "Zeta"]
    assert standing.actor.pseudonym == f"person:{priya.pk}"
    assert standing.actor.roles(alpha.pk) == {Role.TPM, Role.ADMIN}
    assert standing.log_position == Entry.objects.count()


def test_a_person_without_a_program_stands_nowhere(priya: User) -> None:
    standing = selectors.standing_of(priya)
    assert (standing.programs, dict(standing.actor.grants), standing.log_position) == ([], {}, 0)


def test_the_sample_is_found_by_its_mark(priya: User) -> None:
    assert selectors.sample_slug() == ""
    services.open_program(actor=selectors.actor_of(priya), name="Halyard", sample=True)
    assert selectors.sample_slug() == "halyard"
