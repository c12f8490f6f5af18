"""A record changed behind the application's back is found and named."""

from __future__ import annotations

import pytest
from django.db import connection

from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.exporting import reconcile
from plimsoll.people import services
from tests.ledger.administrator import SIGNER, Log, faults, named, signed_log, sql
from tests.voyages import Voyage


@pytest.fixture
def log(sloop: Voyage) -> Log:
    return signed_log(sloop)


# ------------------------------------------------------------ the register


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("scope_system", "name", "Sloop II"),
        ("scope_system", "stage", "ga"),
        ("scope_stagepromise", "committed_on", "2029-01-01"),
        ("scope_answer", "value", "vision"),
        ("scope_scopeversion", "digest", "0" * 64),
        ("plan_risk", "state", "closed"),
        ("people_program", "slug", "elsewhere"),
        ("people_comment", "text", "Nobody saw it."),
    ],
)
def test_an_edited_record_is_named(log: Log, table: str, column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(id) FROM {table}")
        (pk,) = cursor.fetchone()
    sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, pk)
    label = {
        "scope_system": "scope.System",
        "scope_stagepromise": "scope.StagePromise",
        "scope_answer": "scope.Answer",
        "scope_scopeversion": "scope.ScopeVersion",
        "plan_risk": "plan.Risk",
        "people_program": "people.Program",
        "people_comment": "people.Comment",
    }[table]
    assert faults() == [f"Record {label}:{pk} is not in the state that its last entry says."]


def test_a_role_given_by_hand_is_named(log: Log) -> None:
    sql(
        "INSERT INTO people_membership (program_id, user_id, role, since) VALUES (%s, %s, %s, %s)",
        log.voyage.program_id,
        log.voyage.crew.id("mallory"),
        "approver",
        "2027-01-11 09:00:00+00:00",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM people_membership")
        (pk,) = cursor.fetchone()
    assert faults() == [f"Record people.Membership:{pk} has no entry in the log."]


def test_a_deleted_record_is_named(log: Log) -> None:
    sql("DELETE FROM plan_risk WHERE id = %s", log.risk)
    assert faults() == [f"Record plan.Risk:{log.risk} is in the log but not in the register."]


def test_a_record_brought_back_after_its_removal_is_named(log: Log) -> None:
    crew = log.voyage.crew
    eve = crew.users["eve"].memberships.get()
    services.set_roles(
        actor=crew.actor("tess"), program_id=crew.program.pk, email=crew.users["eve"].email, roles=[]
    )
    sql(
        "INSERT INTO people_membership (id, program_id, user_id, role, since) VALUES (%s, %s, %s, %s, %s)",
        eve.pk,
        eve.program_id,
        eve.user_id,
        eve.role,
        "2027-01-11 09:00:00+00:00",
    )
    assert faults() == [f"Record people.Membership:{eve.pk} exists although the log says it was removed."]


def test_a_record_put_back_as_it_was_is_no_fault(log: Log) -> None:
    sql("UPDATE plan_risk SET state = 'closed' WHERE id = %s", log.risk)
    assert faults()
    sql("UPDATE plan_risk SET state = 'open' WHERE id = %s", log.risk)
    assert faults() == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("people_user", "password", "!"), ("people_user", "last_login", "2027-01-11 09:00:00+00:00")],
)
def test_what_is_left_out_of_the_log_may_change(log: Log, table: str, column: str, value: str) -> None:
    """A password hash does not belong into a log that is never erased; the time of a sign-in is no change."""
    sql(f"UPDATE {table} SET {column} = %s", value)
    assert faults() == []


def test_several_edits_are_all_named(log: Log) -> None:
    sql("UPDATE plan_risk SET title = 'Nothing to see' WHERE id = %s", log.risk)
    sql("UPDATE scope_system SET name = 'Sloop II'")
    sql("DELETE FROM people_comment")
    assert len(faults()) == 3


# ------------------------------------------------------------ what Plimsoll cannot have written


def test_a_column_that_cannot_be_read_names_its_table_and_place(log: Log) -> None:
    """SQLite keeps any text in any column; PostgreSQL would have refused these."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL checks the type of what is stored")
    for table, column, value, label in (
        ("scope_stagepromise", "committed_on", "2027-13-45", "scope.StagePromise"),
        ("scope_scopeversion", "number", "many", "scope.ScopeVersion"),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT MIN(id), MIN({column}) FROM {table}")
            pk, before = cursor.fetchone()
        sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, pk)
        report = reconcile(SIGNER)
        assert report.judgement.verdict is Verdict.NOT_MET
        assert f"{label}" in report.faults[0]
        sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", before, pk)
    assert faults() == []


def test_an_entry_whose_time_is_no_time_is_named(log: Log) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL checks the type of what is stored")
    sql("UPDATE ledger_entry SET at = 'yesterday' WHERE \"index\" = %s", log.size - 1)
    assert faults()[0] == f"{named(log.size - 1)} was edited."
