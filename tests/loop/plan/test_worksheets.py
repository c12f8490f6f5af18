"""Lists of plan go to a spreadsheet and come back: exactly the edits, confirmed, all or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from plimsoll.engines.tlog.keys import Signer
from plimsoll.engines.worksheet.days import DayOrder
from plimsoll.engines.worksheet.difference import Difference
from plimsoll.engines.worksheet.writing import write_csv
from plimsoll.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from plimsoll.kernel.units import Money
from plimsoll.ledger.exporting import reconcile
from plimsoll.ledger.models import Entry
from plimsoll.loop.plan import selectors, services
from plimsoll.loop.plan.models import Requirement, Risk, Task
from plimsoll.loop.plan.services.risk_rewriting import rewrite_risks
from plimsoll.people.actors import Actor
from tests.pages import Pages
from tests.voyages import KEY, Voyage

DAY = date(2027, 2, 1)


@pytest.fixture
def sloop(sloop: Voyage) -> Voyage:
    """With requirements, three tasks and three risks, one of them closed."""
    services.derive_requirements(actor=Actor.of_rule("wiring"), system_id=sloop.system.pk)
    dev = sloop.crew.actor("dev")
    services.plan_tasks(
        actor=dev,
        program_id=sloop.program_id,
        tasks=[
            services.TaskPlan(
                title="=List, what reaches; it",
                requirement="REQ-1",
                due_on=DAY,
                starts_on=date(2027, 1, 20),
                days=(Decimal("1.5"), Decimal(2), Decimal(40)),
            ),
            services.TaskPlan(title="Tell the partner", due_on=DAY, owner_id=sloop.crew.id("eve")),
            services.TaskPlan(title="The partner starts", due_on=DAY, kind="milestone"),
        ],
    )
    risks = services.raise_risks(
        actor=dev,
        program_id=sloop.program_id,
        risks=[
            services.NewRisk(title="It leaks", cause="one index", system_id=sloop.system.pk, due_on=DAY),
            services.NewRisk(title="The budget is cut"),
            services.NewRisk(title="Gone"),
        ],
    )
    services.estimate_risk(
        actor=dev,
        risk_id=risks[0].pk,
        probability=(0.1, 0.25, 0.3),
        loss_low=Money.parse("1000", currency="EUR"),
        loss_high=Money.parse("2500.50", currency="EUR"),
    )
    services.change_risks(actor=dev, program_id=sloop.program_id, refs=["RSK-3"], state="closed")
    return sloop


def taken(voyage: Voyage, name: str) -> list[list[str]]:
    """The rows of the file as it is given out."""
    sheet = selectors.sheet_named(name)
    records = selectors.worksheet_records(voyage.crew.actor("odile"), voyage.program_id, sheet)
    return list(csv.reader(io.StringIO(write_csv(sheet, records).decode("utf-8-sig"), newline="")))


def file_of(rows: Sequence[Sequence[str]], mark: str = ";") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=mark).writerows(rows)
    return buffer.getvalue().encode()


def compared(
    voyage: Voyage, name: str, content: bytes, order: DayOrder | None = None, who: str = "dev"
) -> Difference:
    return services.compare_worksheet(
        actor=voyage.crew.actor(who), program_id=voyage.program_id, name=name, content=content, order=order
    )


def applied(voyage: Voyage, name: str, content: bytes, who: str = "dev") -> Difference:
    return services.apply_worksheet(
        actor=voyage.crew.actor(who),
        program_id=voyage.program_id,
        name=name,
        content=content,
        digest=compared(voyage, name, content, who=who).digest,
    )


def set_cell(rows: list[list[str]], ref: str, label: str, text: str) -> None:
    next(row for row in rows if row[0] == ref)[rows[0].index(label)] = text


def edits(difference: Difference) -> list[tuple[str, str, str, str]]:
    return [(r.ref, c.label, c.before, c.after) for r in difference.changed for c in r.cells]


# ------------------------------------------------------------ out and back


@pytest.mark.parametrize("name", ["tasks", "requirements", "risks"])
def test_a_list_that_nobody_edited_comes_back_without_a_change(sloop: Voyage, name: str) -> None:
    rows = taken(sloop, name)
    assert len(rows) > 3
    found = compared(sloop, name, file_of(rows))
    assert (found.changed, found.added, found.faults, found.absent) == ((), (), (), ())
    assert found.unchanged == len(rows) - 1
    entries = Entry.objects.count()
    applied(sloop, name, file_of(rows))
    assert Entry.objects.count() == entries


def test_tasks_edited_in_a_spreadsheet_come_back_as_exactly_those_edits(sloop: Voyage) -> None:
    rows = taken(sloop, "tasks")
    set_cell(rows, "TSK-1", "Task", "'=List it")
    set_cell(rows, "TSK-1", "Days, best", "2,5")
    set_cell(rows, "TSK-2", "Owner", "Ada Okafor")
    set_cell(rows, "TSK-2", "Waits for", "tsk-1")
    set_cell(rows, "TSK-3", "Due", "8.3.2027")
    rows.append(["", "Write the report", "", "SYS-1", "", "eve", "", "", "1 Apr 2027", "", "", "", "TSK-1"])
    rows[1:] = reversed(rows[1:])
    swapped = [[row[i] if i < len(row) else "" for i in (4, 0, *range(1, 4), *range(5, 15))] for row in rows]
    found = applied(sloop, "tasks", "\ufeff".encode() + file_of(swapped))
    assert sorted(edits(found)) == [
        ("TSK-1", "Days, best", "2", "2.5"),
        ("TSK-1", "Task", "=List, what reaches; it", "=List it"),
        ("TSK-2", "Owner", "eve", "ada"),
        ("TSK-2", "Waits for", "", "TSK-1"),
        ("TSK-3", "Due", "2027-02-01", "2027-03-08"),
    ]
    actor = sloop.crew.actor("odile")
    first, second, third, new = selectors.tasks_of(actor, sloop.program_id)
    assert (first.title, first.days) == ("=List it", (Decimal("1.5"), Decimal("2.5"), Decimal(40)))
    assert (first.requirement, first.starts_on) == ("REQ-1", date(2027, 1, 20))
    assert (second.owner_handle, second.after, third.due_on) == ("ada", ("TSK-1",), date(2027, 3, 8))
    assert (new.title, new.system_ref, new.owner_handle, new.after) == (
        "Write the report",
        "SYS-1",
        "eve",
        ("TSK-1",),
    )
    newest = Entry.objects.order_by("-index")[0]
    assert (newest.kind, newest.subject) == ("plan:worksheet:applied", "halyard")
    assert reconcile(Signer(name="test", key=KEY)).faults == []
    # the same file again: nothing is doubled
    again = compared(sloop, "tasks", file_of(swapped))
    assert (again.added, again.faults[0].line if again.faults else 0) == ((), 0)


def test_the_same_new_rows_brought_twice_are_there_once(sloop: Voyage) -> None:
    content = b"Ref,Task,Due\n,Call the vendor,2027-03-01\n,Call the bank,2027-03-01\n"
    assert len(applied(sloop, "tasks", content).added) == 2
    again = applied(sloop, "tasks", content)
    assert (again.added, again.unchanged) == ((), 2)
    assert Task.objects.count() == 5
    owners = set(Task.objects.filter(number__gt=3).values_list("owner__handle", flat=True))
    assert owners == {"dev"}


def test_requirements_take_owner_day_and_ticket_and_nothing_else(sloop: Voyage) -> None:
    rows = taken(sloop, "requirements")
    set_cell(rows, "REQ-1", "Owner", "eve")
    set_cell(rows, "REQ-1", "Due", "2027-05-05")
    set_cell(rows, "REQ-2", "Ticket", "https://tickets.example/2")
    applied(sloop, "requirements", file_of(rows), who="tess")
    first = Requirement.objects.get(number=1)
    assert (first.owner_id, first.due_on, first.due_by_person) == (
        sloop.crew.id("eve"),
        date(2027, 5, 5),
        True,
    )
    second = Requirement.objects.get(number=2)
    assert (second.ticket_url, second.due_by_person) == ("https://tickets.example/2", False)
    rows = taken(sloop, "requirements")
    set_cell(rows, "REQ-3", "Requirement", "another title")
    set_cell(rows, "REQ-4", "Ticket", "nonsense")
    found = compared(sloop, "requirements", file_of(rows))
    assert [f.sentence.partition(" Put")[0] for f in found.faults] == [
        "Line 4, Requirement: It says “another title” and cannot be changed here; "
        f"it is “{Requirement.objects.get(number=3).title[:40]}”."
    ]
    set_cell(rows, "REQ-3", "Requirement", Requirement.objects.get(number=3).title)
    (fault,) = compared(sloop, "requirements", file_of(rows)).faults
    assert fault.sentence == "Line 5, Ticket: “nonsense” is not a web address. It starts with https://."


def test_risks_keep_their_estimates_and_take_words_state_and_place(sloop: Voyage) -> None:
    rows = taken(sloop, "risks")
    assert rows[1][10:16] == ["0.1", "0.25", "0.3", "1000", "2500.5", "EUR"]
    set_cell(rows, "RSK-1", "Consequence", "Orders\nare shown")
    set_cell(rows, "RSK-1", "Chance a year, best", "0,25")
    set_cell(rows, "RSK-1", "System", "")
    set_cell(rows, "RSK-2", "State", "Treating")
    set_cell(rows, "RSK-3", "State", "open")
    rows.append(["", "The vendor leaves", "", "", "", "SYS-1"])
    found = applied(sloop, "risks", file_of(rows))
    assert len(found.added) == 1
    row = selectors.risk_by_ref(sloop.crew.actor("odile"), sloop.program_id, "RSK-1")
    assert (row.consequence, row.system, row.probability) == ("Orders\nare shown", "", (0.1, 0.25, 0.3))
    states = list(Risk.objects.order_by("number").values_list("state", flat=True))
    assert states == ["open", "treating", "open", "open"]
    assert reconcile(Signer(name="test", key=KEY)).faults == []


# ------------------------------------------------------------ what is refused


WRONG = [
    ("tasks", "Ref;Task;Due\n;New;\n", "Line 2, Due: It is empty."),
    ("tasks", "Ref;System\nTSK-2;SYS-9\n", "Line 2, System: There is no such system in this program."),
    ("tasks", "Ref;Requirement\nTSK-2;REQ-999\n", "Line 2, Requirement: There is no requirement REQ-999"),
    ("tasks", "Ref;Waits for\nTSK-2;TSK-77\n", "Line 2, Waits for: There is no task TSK-77 to wait for."),
    ("tasks", "Ref;Waits for\nTSK-2;TSK-3\nTSK-3;TSK-2\n", "Line 2, Waits for: The tasks would wait for"),
    ("tasks", "Ref;Starts\nTSK-2;2027-03-01\n", "Line 2, Starts: It starts on 2027-03-01 and is due on"),
    ("tasks", "Ref;Starts\nTSK-3;2027-01-01\n", "Line 2, Starts: A milestone has a day and no length."),
    ("tasks", "Ref;Days, best\nTSK-2;3\n", "Line 2, Days, best: The working days 0, 3, 0 are not in order."),
    ("tasks", "Ref;Days, best\nTSK-1;2,25\n", "Line 2, Days, best: The working days are finer than tenths."),
    ("tasks", "Ref;Ticket\nTSK-1;x\n", "Line 2, Ticket: “x” is not a web address."),
    ("tasks", "Ref;Owner\nTSK-1;\n", "Line 2, Owner: It is empty."),
    ("tasks", "Ref;Owner\nTSK-1;mallory\n", "Line 2, Owner: There is no member “mallory”"),
    ("tasks", f"Ref;Task\nTSK-1;{'x' * 161}\n", "Line 2, Task: The title has 161 characters."),
    ("risks", "Ref;State\nRSK-1;accepted\n", "Line 2, State: “accepted” cannot be chosen in a file."),
    ("risks", "Ref;Risk\nRSK-3;Renamed\n", "Line 2, State: RSK-3 is closed. Open it again first."),
    ("risks", "Ref;Catalog risk\nRSK-1;RSK-99\n", "Line 2, Catalog risk: The catalog has no risk “RSK-99”."),
    ("risks", "Ref;System\nRSK-1;SYS-9\n", "Line 2: There is no such system in this program."),
    ("risks", f"Ref;Cause\nRSK-1;{'x' * 301}\n", "Line 2, Cause: The cause of the risk has 301 characters."),
    ("risks", "Ref;Risk;State\n;New;closed\n", "Line 2, State: A new risk is open or treating."),
]


@pytest.mark.parametrize(("name", "text", "sentence"), WRONG, ids=[said for _, _, said in WRONG])
def test_a_wrong_file_changes_nothing_and_says_which_line_and_why(
    sloop: Voyage, name: str, text: str, sentence: str
) -> None:
    before = (Entry.objects.count(), taken(sloop, name))
    good = {"tasks": "Ref;State\nTSK-1;doing\n", "risks": "Ref;State\nRSK-1;treating\n"}[name]
    assert compared(sloop, name, good.encode()).can_be_written
    found = compared(sloop, name, text.encode())
    assert found.faults, edits(found)
    assert found.faults[0].sentence.startswith(sentence), found.faults[0].sentence
    with pytest.raises(BadInput, match=r"^Line|^The file"):
        applied(sloop, name, text.encode())
    assert (Entry.objects.count(), taken(sloop, name)) == before


def test_what_was_confirmed_is_what_is_written_or_nothing(sloop: Voyage) -> None:
    content = b"Ref;State\nTSK-2;doing\n"
    digest = compared(sloop, "tasks", content).digest
    services.change_tasks(
        actor=sloop.crew.actor("tess"), program_id=sloop.program_id, refs=["TSK-2"], state="done"
    )
    with pytest.raises(Conflict, match="has changed since"):
        services.apply_worksheet(
            actor=sloop.crew.actor("dev"),
            program_id=sloop.program_id,
            name="tasks",
            content=content,
            digest=digest,
        )
    assert Task.objects.get(number=2).state == "done"


def test_ambiguous_days_are_asked_about_before_anything_is_written(sloop: Voyage) -> None:
    content = b"Ref;Due\nTSK-1;03/04/2027\n"
    (question,) = compared(sloop, "tasks", content).questions
    assert "2027-04-03" in question.sentence
    with pytest.raises(BadInput, match=r"is 2027-04-03, day first"):
        applied(sloop, "tasks", content)
    assert edits(compared(sloop, "tasks", content, DayOrder.DAY_FIRST))[0][3] == "2027-04-03"


def test_only_those_who_may_change_a_list_bring_it_back(sloop: Voyage) -> None:
    for name, who in (("tasks", "ada"), ("tasks", "odile"), ("requirements", "cal"), ("risks", "xan")):
        with pytest.raises(NotAllowed):
            compared(sloop, name, b"", who=who)
    with pytest.raises(NotFound):
        compared(sloop, "tasks", b"", who="mallory")
    with pytest.raises(NotFound):
        selectors.worksheet_records(
            sloop.crew.actor("mallory"), sloop.program_id, selectors.sheet_named("tasks")
        )
    with pytest.raises(NotFound, match="no worksheet of gates"):
        compared(sloop, "gates", b"")
    with pytest.raises(NotAllowed, match="by a person"):
        services.apply_worksheet(
            actor=Actor.of_rule("operator"), program_id=sloop.program_id, name="tasks", content=b"", digest=""
        )


def test_risks_that_are_closed_accepted_or_gone_are_not_rewritten(sloop: Voyage) -> None:
    def rewrite(ref: str, **given: str) -> list[Risk]:
        risk = services.NewRisk(**{"title": "Other words", **given})  # type: ignore[arg-type]
        return rewrite_risks(
            actor=sloop.crew.actor("dev"), program_id=sloop.program_id, risks={"RSK-1": risk, ref: risk}
        )

    entries = Entry.objects.count()
    for ref, given, error in (
        ("RSK-3", {"state": "closed"}, Conflict),
        ("RSK-2", {"state": "accepted"}, BadInput),
        ("RSK-9", {}, NotFound),
    ):
        with pytest.raises(error):
            rewrite(ref, **given)
    assert Entry.objects.count() == entries
    assert [risk.number for risk in rewrite("RSK-3")] == [1, 3]
    assert rewrite("RSK-3") == []


# ------------------------------------------------------------ pages


def test_a_list_is_taken_edited_looked_at_and_written_in_the_browser(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    out = pages.get("/halyard/worksheets/tasks/file/?format=csv")
    assert "attachment" in out.response["Content-Disposition"]
    edited = out.text.replace("Tell the partner", "Tell both partners").encode()
    shown = pages.post(
        "/halyard/worksheets/tasks/", {"file": SimpleUploadedFile("t.csv", edited)}, status=200
    )
    assert shown.heading == "What the file changes"
    assert "Tell the partner Tell both partners" in shown.main
    hidden = {name: shown.field(name).get("value") for name in ("held", "order", "digest")}
    done = pages.follow("/halyard/worksheets/tasks/apply/", hidden)
    assert "Tell both partners" in done.main
    repeated = pages.post("/halyard/worksheets/tasks/apply/", hidden, status=409)
    assert "nothing was written" in repeated.main


def test_a_file_with_doubtful_days_is_kept_while_the_order_is_asked(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    upload = SimpleUploadedFile("t.csv", b"Ref;Due\nTSK-1;03/04/2027\n")
    asked = pages.post("/halyard/worksheets/tasks/", {"file": upload}, status=422)
    assert asked.heading == "Which days are meant?"
    held = asked.field("held").get("value")
    shown = pages.post("/halyard/worksheets/tasks/", {"held": held, "order": "day_first"}, status=200)
    assert "2027-04-03" in shown.main
    pages.post("/halyard/worksheets/tasks/", {"held": held, "order": "sideways"}, status=422)
    pages.post("/halyard/worksheets/tasks/", {"held": "%%%", "order": ""}, status=422)


def test_a_wrong_file_is_shown_with_its_lines(sloop: Voyage, client: Client) -> None:
    client.force_login(sloop.crew.users["dev"])
    pages = Pages(client)
    upload = SimpleUploadedFile("t.csv", b"Ref;Due\nTSK-1;soon\nTSK-9;2027-01-01\n")
    shown = pages.post("/halyard/worksheets/tasks/", {"file": upload}, status=422)
    assert shown.heading == "The file changes nothing"
    assert "Line 2, Due" in shown.main
    assert "Line 3, Ref" in shown.main
    large = SimpleUploadedFile("t.csv", b"x" * (2**20 + 1))
    assert "at most 1,048,576" in pages.post("/halyard/worksheets/tasks/", {"file": large}, status=422).main
    same = SimpleUploadedFile("t.csv", b"Ref;State\nTSK-1;open\n")
    assert pages.post("/halyard/worksheets/tasks/", {"file": same}, status=200).heading == (
        "The file says what is there already"
    )


@pytest.mark.parametrize("name", ["tasks", "requirements", "risks"])
def test_every_list_comes_as_markdown_too(sloop: Voyage, client: Client, name: str) -> None:
    client.force_login(sloop.crew.users["odile"])
    text = Pages(client).get(f"/halyard/worksheets/{name}/file/?format=md").text
    assert text.startswith(f"# {name.capitalize()} of Halyard")
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == len(taken(sloop, name)) + 1
    assert "Bring it back" not in Pages(client).get(f"/halyard/worksheets/{name}/").main


def test_an_empty_list_comes_as_markdown_that_says_so(sloop: Voyage, client: Client) -> None:
    Task.objects.all().delete()
    client.force_login(sloop.crew.users["odile"])
    assert "There are no tasks." in Pages(client).get("/halyard/worksheets/tasks/file/?format=md").text
    Pages(client).get("/halyard/worksheets/tasks/file/?format=xlsx", 422)
    Pages(client).get("/halyard/worksheets/gates/", 404)


@pytest.mark.parametrize("shape", ["github", "gitlab", "jira"])
def test_requirements_and_tasks_become_issues(sloop: Voyage, client: Client, shape: str) -> None:
    client.force_login(sloop.crew.users["odile"])
    pages = Pages(client)
    work = pages.get(f"/halyard/worksheets/requirements/file/?format={shape}")
    assert f"halyard-requirements-{shape}." in work.response["Content-Disposition"]
    assert work.text.count("From Plimsoll: [REQ-") == len(taken(sloop, "requirements")) - 1
    assert "http://testserver/halyard/requirements/REQ-1/" in work.text
    assert "Acceptance test" in work.text
    tasks = pages.get(f"/halyard/worksheets/tasks/file/?format={shape}").text
    assert ("[TSK-1] =List, what reaches; it" in tasks, "TSK-3" in tasks) == (True, False)
    assert "5, 2, 40" in tasks  # Markdown escapes the point of a number that starts a line
    assert "of risks" in pages.get(f"/halyard/worksheets/risks/file/?format={shape}", 404).main


# ----------------------------------------------------- by a real spreadsheet

CALC = Path(__file__).parents[2] / "vectors" / "worksheets"


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("calc-german.csv", None),
        ("calc-british.csv", DayOrder.DAY_FIRST),
        ("calc-american.csv", DayOrder.MONTH_FIRST),
    ],
)
def test_what_calc_wrote_comes_back_as_exactly_the_edits(
    sloop: Voyage, name: str, order: DayOrder | None
) -> None:
    content = (CALC / name).read_bytes()
    unsure = compared(sloop, "tasks", content)
    assert bool(unsure.questions) is (order is not None)
    found = compared(sloop, "tasks", content, order=order)
    assert (found.faults, found.questions, found.absent, found.unchanged) == ((), (), (), 1)
    assert sorted(edits(found)) == [
        ("TSK-1", "Days, best", "2", "2.5"),
        ("TSK-1", "Task", "=List, what reaches; it", 'List "everything"; what reaches it'),
        ("TSK-2", "Due", "2027-02-01", "2027-03-26"),
    ]
    (new,) = found.added
    assert (new.record["title"], new.record["owner"], new.record["due"]) == (
        "Ask the vendor about logs",
        "eve",
        "2027-04-30",
    )


def test_what_calc_only_opened_and_saved_changes_nothing(sloop: Voyage) -> None:
    found = compared(sloop, "tasks", (CALC / "calc-untouched.csv").read_bytes())
    assert (found.changed, found.added, found.faults, found.questions, found.unchanged) == ((), (), (), (), 3)
