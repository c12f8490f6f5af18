"""Long lists: queries, bytes and server time per page, beside the same statements without the product.

    benchmarks/pages.py [ROWS] [--repeats N]

Fills a new SQLite database with ROWS risks and as many pieces of evidence (10,000 unless told), asks for each
page through the whole stack of the product (session, membership, middleware, templates, CSP) and then
runs the very statements of that page on the bare connection. Both are timed in turn, so a noisy moment
hits both; their ratio is what the product adds. Exits with 1 if a page misses a target.

What was measured of others (same kind of machine, two cores, 10,000 to 11,000 rows; in process, without
HTTP) is printed below the table. Those figures are copied from our notes, not measured in this run.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

MOST_QUERIES, MOST_BYTES, MOST_MILLISECONDS = 8, 60_000, 60.0
LISTS = (
    "risks/", "risks/?page=200", "risks/?sort=-title", "risks/?sort=-loss&page=100", "risks/?q=second",
    "risks/?state=open&system=1&group=owner", "evidence/", "evidence/?page=200", "evidence/?sort=-until",
    "evidence/?check=fairness&outcome=fail", "evidence/?q=release-099", "evidence/?group=system&show=digest",
)  # fmt: skip
OTHERS = (
    ("CISO Assistant community, snapshot of 2026, 20 of 11,000 scenarios", "114 queries, 349 ms CPU, 94 kB"),
    ("the same, 100 of 11,000", "514 queries, 737 ms CPU, 470 kB"),
    ("DefectDojo 3.2.0 on PostgreSQL 15, 20 of 10,000 findings", "61 queries, 77 ms wall, 41 kB"),
    ("the same, 100 of 10,000", "221 queries, 425 ms wall, 207 kB"),
)


@dataclass(frozen=True, slots=True)
class Row:
    path: str
    queries: int
    size: int
    median: float
    p95: float
    bare: float

    @property
    def misses(self) -> list[str]:
        return [
            name
            for name, missed in (
                ("queries", self.queries > MOST_QUERIES),
                ("bytes", self.size >= MOST_BYTES),
                ("time", self.median >= MOST_MILLISECONDS),
            )
            if missed
        ]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", type=int, nargs="?", default=10_000)
    parser.add_argument("--repeats", type=int, default=40)
    given = parser.parse_args()
    with installed():
        began = time.perf_counter()
        program, user = filled(given.rows)
        seconds = time.perf_counter() - began
        print(f"{given.rows:,} risks and {given.rows:,} pieces of evidence in {seconds:.1f} s")
        rows = [measured(program.slug, user, path, given.repeats) for path in LISTS]
        report(rows)
        raising(program.pk, user)
    return 1 if any(row.misses for row in rows) else 0


@contextmanager
def installed() -> Iterator[None]:
    """The product in a folder of its own, as it serves."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as folder:
        os.environ.update(
            PLIMSOLL_HOME=folder, DATABASE_URL="", DJANGO_SETTINGS_MODULE="plimsoll.site.settings"
        )
        began = time.perf_counter()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        print(f"an empty database is usable after {time.perf_counter() - began:.1f} s, {Path(folder).name}")
        yield


def filled(rows: int) -> tuple[Any, Any]:
    """A program with that many risks, raised as a person would in bulk, and as much evidence."""
    from plimsoll.kernel import clock
    from plimsoll.loop.plan import services as plan
    from plimsoll.loop.plan.models import Risk
    from plimsoll.loop.prove.models import Evidence
    from plimsoll.loop.scope import services as scope
    from plimsoll.people import selectors, services

    now = clock.now()
    user = services.join(email="tess@bench.example", name="Tess Marsh", password="a long bench password")
    program = services.open_program(actor=selectors.actor_of(user), name="Bench")
    actor = selectors.actor_of(user)
    systems = [
        scope.describe_system(
            actor=actor, program_id=program.pk, name=f"System {n}", sentence="One of five", owner_id=user.pk
        ).pk
        for n in range(5)
    ]
    for start in range(0, rows, 5000):
        plan.raise_risks(
            actor=actor,
            program_id=program.pk,
            risks=[
                plan.NewRisk(
                    title=f"Risk {n:05}: something that may happen to the service in its second year",
                    system_id=systems[n % 5],
                    owner_id=user.pk,
                    due_on=(now + timedelta(days=n % 400 - 30)).date(),
                )
                for n in range(start, min(start + 5000, rows))
            ],
        )
    Risk.objects.update(
        probability_low=0.01, probability_best=0.05, probability_high=0.2, loss_low=Decimal(10_000),
        loss_high=Decimal(2_500_000), currency="EUR", estimated_by_id=user.pk, estimated_at=now,
    )  # fmt: skip
    Evidence.objects.bulk_create(
        (
            Evidence(
                program_id=program.pk, system_id=systems[n % 5], number=n, answer="clean", envelope="{}",
                check_id="model-file" if n % 3 else "fairness", outcome="pass" if n % 7 else "fail",
                subject_name=f"models/release-{n:05}/model.safetensors", subject_digest=f"{n:064x}",
                statement_digest=f"{n:064x}", key_id="0" * 16, produced_at=now - timedelta(days=40 + n % 90),
                valid_until=now + timedelta(days=n % 120 - 30, seconds=1), received_at=now,
                submitted_by_id=user.pk,
            )
            for n in range(1, rows + 1)
        ),
        batch_size=1000,
    )  # fmt: skip
    return program, user


def measured(slug: str, user: Any, path: str, repeats: int) -> Row:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(user)

    def page() -> int:
        answer = client.get(f"/{slug}/{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        return len(answer.content)

    page()
    with CaptureQueriesContext(connection) as captured:
        size = page()
    statements = [query["sql"] for query in captured]

    def bare() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                # Shown statements have their values written in; a percent sign in them is one.
                cursor.execute(statement.replace("%", "%%"), [])
                cursor.fetchall()

    times, floor = [], []
    for _ in range(repeats):
        times.append(milliseconds(page))
        floor.append(milliseconds(bare))
    times.sort()
    return Row(
        path=path,
        queries=len(statements),
        size=size,
        median=statistics.median(times),
        p95=times[int(len(times) * 0.95) - 1],
        bare=statistics.median(floor),
    )


def milliseconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return (time.perf_counter() - began) * 1e3


def report(rows: list[Row]) -> None:
    print(f"\n{'page of 50':46} queries      kB  median ms     p95  bare SQL ms  ratio")
    for row in rows:
        print(
            f"{row.path:46} {row.queries:7} {row.size / 1000:7.1f} {row.median:10.1f} {row.p95:7.1f}"
            f" {row.bare:12.1f} {row.median / row.bare:6.1f}  {' '.join(f'{m} MISSED' for m in row.misses)}"
        )
    print(f"{'target':46} {MOST_QUERIES:7} {MOST_BYTES / 1000:7.1f} {MOST_MILLISECONDS:10.1f}")
    print("\nWhat others took for a list on two cores (noted, not measured in this run):")
    for name, figures in OTHERS:
        print(f"  {name}: {figures}")


def raising(program_id: int, user: Any) -> None:
    """What one more risk costs on a long list, through the page's service with its log entry."""
    from plimsoll.loop.plan import services as plan
    from plimsoll.people import selectors

    actor = selectors.actor_of(user)
    one = [plan.NewRisk(title="One more", owner_id=user.pk)]
    times = sorted(
        milliseconds(lambda: plan.raise_risks(actor=actor, program_id=program_id, risks=one))
        for _ in range(40)
    )
    print(f"\none more risk, with its number and log entry: median {statistics.median(times):.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
