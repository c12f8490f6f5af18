from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import plimsoll
from plimsoll.kernel.errors import NotAllowed, NotFound
from plimsoll.people.actors import Actor
from plimsoll.people.roles import PERMISSIONS, ROLE_HELP, TOKEN_SCOPES, Role
from tests import personas

SOURCE = Path(plimsoll.__file__).parent
STAGES = {"people", "scope", "plan", "prove", "decide", "watch", "respond", "report"}


# ------------------------------------------------------------ the table


def test_every_permission_is_carried_by_somebody() -> None:
    for permission, roles in PERMISSIONS.items():
        assert roles, permission
        assert roles <= set(Role)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_permission_is_stage_thing_and_action(permission: str) -> None:
    assert re.fullmatch(r"[a-z]+(:[a-z]+){2}", permission)
    assert permission.partition(":")[0] in STAGES


@pytest.mark.parametrize("role", Role)
def test_every_role_is_explained_in_one_line(role: Role) -> None:
    assert 10 < len(ROLE_HELP[role]) < 100
    assert role.label == ("TPM" if role is Role.TPM else role.value)


def test_an_auditor_reads_and_exports_and_changes_nothing() -> None:
    assert [p for p, roles in PERMISSIONS.items() if Role.AUDITOR in roles] == ["watch:log:export"]


def test_an_admin_does_not_touch_the_work_itself() -> None:
    carried = {p for p, roles in PERMISSIONS.items() if Role.ADMIN in roles}
    assert {p.partition(":")[0] for p in carried} == {"people", "prove", "watch"}
    assert {p for p in carried if p.startswith("prove")} == {"prove:key:trust"}


def test_whoever_runs_the_program_does_not_decide_its_gates_and_waivers() -> None:
    for permission in ("decide:gate:decide", "decide:waiver:decide"):
        assert PERMISSIONS[permission] == {Role.APPROVER, Role.EXECUTIVE}


def test_whoever_requests_a_waiver_by_role_does_not_decide_it_by_role() -> None:
    assert not PERMISSIONS["decide:waiver:request"] & PERMISSIONS["decide:waiver:decide"]


def test_the_scopes_of_tokens_are_reading_and_the_stages_that_write() -> None:
    writing = {permission.partition(":")[0] for permission in PERMISSIONS} - {"people", "watch"}
    assert set(TOKEN_SCOPES) == {"read"} | writing


def test_every_permission_that_the_code_asks_for_is_in_the_table_and_none_is_idle() -> None:
    asked = set()
    for file in SOURCE.rglob("*.py"):
        if file.name == "roles.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked |= {node.value} & (set(PERMISSIONS) | _looks_like_permission(node.value))
    assert asked == set(PERMISSIONS)


def _looks_like_permission(text: str) -> set[str]:
    """A text that names a stage and an action of the table, though it may be missing there."""
    actions = {permission.rpartition(":")[2] for permission in PERMISSIONS}
    parts = text.split(":")
    return {text} if len(parts) == 3 and parts[0] in STAGES and parts[2] in actions else set()


# ------------------------------------------------------------ the actor

PROGRAM, OTHER = 1, 2


def member(*roles: Role) -> Actor:
    return Actor(pseudonym="person:7", name="Priya", user_id=7, grants={PROGRAM: frozenset(roles)})


def token(*scopes: str) -> Actor:
    return Actor(
        pseudonym="token:3/person:7",
        name="Priya (token plm_abcde…)",
        user_id=7,
        grants={PROGRAM: frozenset(Role)},
        scopes=frozenset(scopes),
    )


@pytest.mark.parametrize("permission", PERMISSIONS)
@pytest.mark.parametrize("role", Role)
def test_a_member_may_what_a_role_carries_and_nothing_else(permission: str, role: Role) -> None:
    actor = member(role)
    assert actor.may(permission, PROGRAM) == (role in PERMISSIONS[permission])
    assert not actor.may(permission, OTHER)


def test_a_stranger_is_told_that_there_is_nothing() -> None:
    stranger = Actor(pseudonym="person:9", name="Mallory", user_id=9)
    assert not stranger.sees(PROGRAM)
    assert stranger.roles(PROGRAM) == frozenset()
    for actor in (stranger, member(Role.TPM), token("plan")):
        with pytest.raises(NotFound) as refused:
            actor.must("plan:risk:change", OTHER)
        assert refused.value.message == "There is no such program."


def test_a_membership_without_roles_is_none() -> None:
    actor = member()
    assert not actor.sees(PROGRAM)
    with pytest.raises(NotFound):
        actor.must("plan:risk:change", PROGRAM)


@pytest.mark.parametrize(
    ("permission", "message", "hint"),
    [
        (
            "plan:risk:change",
            "Your roles in this program do not let you change a risk.",
            "It takes one of: TPM, approver, compliance, engineer.",
        ),
        (
            "scope:asset:register",
            "Your roles in this program do not let you register an asset.",
            "It takes one of: TPM, engineer.",
        ),
        (
            "prove:evidence:submit",
            "Your roles in this program do not let you submit evidence.",
            "It takes one of: TPM, compliance, engineer.",
        ),
        (
            "decide:gate:decide",
            "Your roles in this program do not let you decide a gate.",
            "It takes one of: approver, executive.",
        ),
    ],
)
def test_a_member_without_the_role_is_told_which_roles_would_do(
    permission: str, message: str, hint: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        member(Role.AUDITOR).must(permission, PROGRAM)
    assert (refused.value.message, refused.value.hint) == (message, hint)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_refusal_reads_as_a_sentence(permission: str) -> None:
    for actor in (member(Role.AUDITOR), token("read")):
        if actor.may(permission, PROGRAM):
            continue
        with pytest.raises(NotAllowed) as refused:
            actor.must(permission, PROGRAM)
        assert not re.search(r"\ba [aeiou]", refused.value.message)
        assert refused.value.sentence.endswith(".")


def test_a_token_may_what_its_scopes_and_its_persons_roles_both_allow() -> None:
    assert token("plan").may("plan:risk:change", PROGRAM)
    assert not token("read", "scope").may("plan:risk:change", PROGRAM)
    limited = Actor(
        pseudonym="token:3/person:7",
        name="Odile (token)",
        user_id=7,
        grants={PROGRAM: frozenset({Role.AUDITOR})},
        scopes=frozenset(TOKEN_SCOPES),
    )
    assert not any(limited.may(p, PROGRAM) for p in PERMISSIONS)


def test_a_token_without_the_scope_is_told_which_scope_would_do() -> None:
    with pytest.raises(NotAllowed) as refused:
        token("read").must("scope:assumption:make", PROGRAM)
    assert refused.value.message == "This token may not make an assumption."
    assert refused.value.hint == "Issue one with the scope “scope”."


@pytest.mark.parametrize("permission", [p for p in PERMISSIONS if p.startswith(("people", "watch"))])
def test_what_no_token_may_is_not_promised_to_another_token(permission: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        token(*TOKEN_SCOPES).must(permission, PROGRAM)
    assert refused.value.hint == "No token may; sign in to do it."


def test_a_token_with_the_scope_of_a_person_without_the_role_is_told_about_the_roles() -> None:
    actor = Actor(
        pseudonym="token:3/person:7",
        name="Odile (token)",
        user_id=7,
        grants={PROGRAM: frozenset({Role.AUDITOR})},
        scopes=frozenset({"plan"}),
    )
    with pytest.raises(NotAllowed, match="Your roles in this program do not let you change a risk"):
        actor.must("plan:risk:change", PROGRAM)


def test_a_rule_of_the_product_sees_and_may_everything_under_its_name() -> None:
    rule = Actor.of_rule("wiring")
    assert (rule.pseudonym, rule.name, rule.user_id) == ("rule:wiring", "rule wiring", None)
    for permission in PERMISSIONS:
        rule.must(permission, OTHER)
    assert rule.roles(OTHER) == frozenset()


def test_the_cast_of_the_tests_has_the_roles_it_is_said_to_have(ship: personas.Crew) -> None:
    for name, (_, roles) in personas.CAST.items():
        assert ship.actor(name).roles(ship.program.pk) == set(roles), name
