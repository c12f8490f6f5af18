from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps

from plimsoll.kernel.canonical import digest_value
from plimsoll.kernel.units import Money
from plimsoll.ledger import records
from plimsoll.loop.plan import services as plan
from plimsoll.loop.plan.models import Risk
from plimsoll.people.models import Membership, Program, User
from tests.voyages import Voyage

ANSWERED_FOR = ("people", "scope", "plan", "prove", "decide", "watch", "respond", "report")
CONVENIENCES = {
    "people.RefCounter": "counts refs; every ref stands in its record, and none is given twice by constraint",
    "people.SavedView": "a person's filters of a list; losing or changing one changes nothing that is true",
    "people.IdempotentReply": "answers kept for a day, so that a repeated request is not done twice",
}
"""What the log does not answer for, and why."""
VOLATILE = {
    "people.User": {
        "password": "a hash that must be erasable and says nothing about the program",
        "last_login": "a sign-in changes no record",
    },
    "people.ApiToken": {"last_used_at": "written at most once a minute by reading"},
    "scope.FrameworkImport": {"document": "its digest is answered for, and checked whenever it is read"},
}
"""Columns that the log leaves out, and why."""


# ------------------------------------------------------------ contract: which records are answered for


def test_the_log_answers_for_every_record_but_the_stated_conveniences() -> None:
    """A new model is answered for, or stands above with its reason."""
    models_there = {
        model._meta.label for name in ANSWERED_FOR for model in apps.get_app_config(name).get_models()
    }
    answered = {model._meta.label for model in records.recorded()}
    assert models_there - answered == set(CONVENIENCES)
    assert answered <= models_there
    assert all(reason for reason in CONVENIENCES.values())


def test_no_stage_keeps_records_that_the_contract_does_not_look_at() -> None:
    stages = {"ui", "site"}
    for config in apps.get_app_configs():
        if config.name.startswith("plimsoll.") and config.label in stages:
            assert list(config.get_models()) == []


def test_only_the_stated_columns_are_left_out() -> None:
    for model in records.recorded():
        left_out = records._RECORDED[model]
        assert left_out == set(VOLATILE.get(model._meta.label, {}))
        assert left_out <= {field.attname for field in model._meta.concrete_fields}


def test_links_between_recorded_models_are_columns_and_not_tables_of_their_own() -> None:
    """A table of links without a model would change without a word in the log."""
    for model in records.recorded():
        links = {field.name for field in model._meta.local_many_to_many}
        # Django's own groups and permissions: Plimsoll's roles are memberships, nothing reads these
        assert links <= ({"groups", "user_permissions"} if model is User else set())


def test_the_recorded_models_come_by_name() -> None:
    labels = [model._meta.label for model in records.recorded()]
    assert labels == sorted(labels)


# ------------------------------------------------------------ the state of a record


def test_the_key_of_a_record_is_its_model_and_number() -> None:
    assert records.record_key(Program(pk=12)) == "people.Program:12"


def test_the_state_holds_every_column_in_a_plain_form(sloop: Voyage) -> None:
    (risk,) = plan.raise_risks(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        risks=[plan.NewRisk(title="A reply leaks an order", due_on=date(2027, 2, 1))],
    )
    risk = plan.estimate_risk(
        actor=sloop.crew.actor("tess"),
        risk_id=risk.pk,
        probability=(0.05, 0.1, 0.25),
        loss_low=Money.parse("10000", currency="EUR"),
        loss_high=Money.parse("250000.50", currency="EUR"),
    )
    state = records.record_state(risk)
    assert set(state) == {field.attname for field in Risk._meta.concrete_fields}
    assert state["due_on"] == "2027-02-01"
    assert state["raised_at"] == "2027-01-11T09:00:00.000000Z"
    assert (state["loss_low"], state["loss_high"]) == ("1E+4", "250000.5")
    assert (state["probability_low"], state["system_id"], state["title"]) == (
        0.05,
        None,
        "A reply leaks an order",
    )


def test_a_record_read_back_from_the_database_has_the_state_that_was_logged(sloop: Voyage) -> None:
    (risk,) = plan.raise_risks(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        risks=[plan.NewRisk(title="A reply leaks an order", system_id=sloop.system.pk)],
    )
    assert records.record_state(Risk.objects.get(pk=risk.pk)) == records.record_state(risk)


def test_a_record_that_nobody_registered_has_no_state() -> None:
    with pytest.raises(KeyError):
        records.record_state(models.Model.__new__(apps.get_model("people", "SavedView")))


@pytest.fixture
def specimen(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[models.Model]]:
    """A model with columns that no record has today."""
    monkeypatch.setattr(records, "_RECORDED", {})
    with isolate_apps("plimsoll.loop.plan"):

        class Specimen(models.Model):
            digest = models.BinaryField()
            file = models.FileField()
            share = models.DecimalField(max_digits=5, decimal_places=2)
            note = models.CharField(max_length=5)

            class Meta:
                app_label = "plan"

            def __str__(self) -> str:
                return self.note

        records.register(Specimen, leaving_out=("note",))
        yield Specimen


def test_bytes_and_files_and_decimals_have_one_form(specimen: type[models.Model]) -> None:
    row = specimen(pk=1, digest=b"\x00\xff", file="a/b.pdf", share=Decimal("1.50"), note="x")
    same = specimen(pk=1, digest=memoryview(b"\x00\xff"), file="a/b.pdf", share=Decimal("1.5"), note="y")
    assert records.record_state(row) == records.record_state(same)
    assert records.record_state(row) == {"id": 1, "digest": "00ff", "file": "a/b.pdf", "share": "1.5"}
    assert records.recorded() == (specimen,)


# ------------------------------------------------------------ the register


def test_the_register_gives_the_digest_of_each_state(sloop: Voyage) -> None:
    register = dict(records.register_digests())
    program = Program.objects.get()
    assert register[f"people.Program:{program.pk}"] == digest_value(records.record_state(program))
    assert len(register) == sum(model._default_manager.count() for model in records.recorded())


def test_named_records_come_from_the_register_and_missing_ones_do_not(sloop: Voyage) -> None:
    whole = dict(records.register_digests())
    wanted = [f"people.Program:{sloop.program_id}", f"scope.System:{sloop.system.pk}", "plan.Risk:77"]
    assert dict(records.register_digests_of(wanted)) == {key: whole[key] for key in wanted[:2]}


@pytest.mark.parametrize(
    "key", ["", "plan.Risk", "plan.Risk:", "plan.Risk:all", "plan.Risk:-1", "plan.Risk:٣", "no.Model:1"]
)
def test_what_names_no_record_is_passed_over(sloop: Voyage, key: str) -> None:
    assert list(records.register_digests_of([key])) == []


def test_many_named_records_are_read_in_few_queries(sloop: Voyage) -> None:
    made = plan.raise_risks(
        actor=sloop.crew.actor("tess"),
        program_id=sloop.program_id,
        risks=[plan.NewRisk(title=f"Risk {n}") for n in range(1001)],
    )
    keys = [records.record_key(row) for row in made]
    with CaptureQueriesContext(connection) as queries:
        assert len(dict(records.register_digests_of(keys))) == 1001
    assert len(queries) == 3


def test_records_of_one_model_come_by_number(sloop: Voyage) -> None:
    keys = [key for key, _ in records.register_digests() if key.startswith("people.Membership:")]
    numbers = [int(key.partition(":")[2]) for key in keys]
    assert numbers == sorted(numbers)
    assert len(numbers) == Membership.objects.count()
