"""The pages that show what the code and the catalog declare."""

from __future__ import annotations

import contextlib
import io
import json
import re
from datetime import timedelta
from typing import Any

from scripts.reference.examples import Story
from scripts.reference.markdown import SHOWN_ITEMS, SHOWN_TEXT, as_json, fenced, heading, joined, table
from scripts.reference.meanings import variables_read


def errors_page(_: Story) -> str:
    from plimsoll.kernel.errors import ErrorCode

    rows = [(f"`{c.word}`", c.status, exit_code_of(c), c.meaning) for c in ErrorCode]
    return joined(
        [
            heading(
                "Errors",
                "Every refusal has a code, a sentence that says what happened and to what, and often a hint "
                "that says what would be right. The same words reach the page, the API and the command line.",
                'In the API a refusal is `{"error": {"code", "message", "hint", "data"}}` with the '
                "status below; commands print it on standard error and, with `--json`, the same object on "
                "standard output. See [documents](documents.md#an-error) for an example.",
            ),
            table(("Code", "HTTP status", "Exit code", "Meaning"), rows),
            "A failure on our side is answered with status 500 and the code `unavailable`; nothing is "
            "written then. Exit codes of commands that judge something stand in [cli](cli.md).",
        ]
    )


def exit_code_of(code: Any) -> int:
    import typer

    from plimsoll.cli.speaking import refuse
    from plimsoll.kernel.errors import PlimsollError

    with contextlib.redirect_stderr(io.StringIO()):
        try:
            refuse(PlimsollError("x", code=code), as_json=False)
        except typer.Exit as left:
            return int(left.exit_code)


def events_page(story: Story) -> str:
    from plimsoll.ledger.events import EventKind
    from plimsoll.ledger.subscriptions import _subscribers

    rows = []
    for kind in EventKind:
        then = ", ".join(call.__name__.replace("_", " ") for call in _subscribers[kind])
        rows.append((f"`{kind.value}`", story.meanings.events[kind.value], then or "–"))
    return joined(
        [
            heading(
                "Events",
                "Everything that changes a record is an entry in the log. Its kind is "
                "`stage:thing:past-participle`. The last column names what `site/wiring.py` does "
                "afterwards; no other reaction between stages exists.",
                "An entry carries kind, instant, actor (a pseudonym such as `person:7`, "
                "`token:3/person:7` or `rule:time`), subject (program slug and ref) and a salted "
                "commitment to its payload. The payload holds the details and the state of every record "
                "that the step wrote.",
            ),
            table(("Kind", "What happened", "Then"), rows),
        ]
    )


def permissions_page(story: Story) -> str:
    from plimsoll.people.roles import PERMISSIONS, ROLE_HELP, TOKEN_SCOPES, Role
    from plimsoll.site.forms import SCOPE_HELP

    rows = [
        (f"`{name}`", story.meanings.permissions[name], *("●" if r in roles else "–" for r in Role))
        for name, roles in PERMISSIONS.items()
    ]
    return joined(
        [
            heading(
                "Roles and permissions",
                "A person has roles per program. Every member may read the whole program; strangers get "
                "“not found”. What a role may do is decided by this table and nowhere else.",
            ),
            table(("Role", "What it is for"), [(r.label, ROLE_HELP[r]) for r in Role]),
            "## What each role may do",
            table(("Permission", "To", *(r.label for r in Role)), rows),
            "Independence comes on top, and no role lifts it: nobody signs or decides at a gate in which "
            "they own a requirement, nobody reviews their own evidence, and a waiver takes three people "
            "(requester, recommender, decider). A person who holds every role meets the same refusals.",
            "## Scopes of tokens",
            "A token acts for one person in one program. It may do what its scopes allow **and** the "
            "person's roles allow at that moment. Signing, deciding, recommending, reviewing, speaking of a "
            "status, issuing and revoking tokens, opening and removing programs take a signed-in person; no "
            "token may do them.",
            table(("Scope", "Lets it"), [(f"`{s}`", SCOPE_HELP[s]) for s in TOKEN_SCOPES]),
        ]
    )


def checks_page(_: Story) -> str:
    from plimsoll.engines.checks.registry import CHECKS

    parts = [
        heading(
            "Checks",
            "What each check shows, and what it does not. `plimsoll check list` prints the same. See "
            "[evidence](../explanation/evidence.md) for what becomes of an answer.",
        )
    ]
    for check in CHECKS:
        card = check.card
        parts += [
            f"## {card.id}",
            f"{card.title}. Version {card.version}; layer: {card.layer.value}; its evidence holds "
            f"{card.valid_days} days unless the subject changes.",
            table(
                ("", ""),
                [
                    ("**Subject**", card.subject),
                    ("**Answers**", ", ".join(f"“{a}”" for a in card.answers)),
                    ("**Proves**", card.proves),
                    ("**Does not prove**", card.does_not_prove),
                    ("**Needs**", card.needs),
                    ("**False positives**", card.false_positives),
                    ("**Source**", card.source),
                ],
            ),
            "### Parameters of " + card.id,
            table(
                ("Parameter", "Kind", "Default", "Range", "What it changes"),
                [parameter_row(p) for p in card.parameters],
            ),
        ]
    return joined(parts)


def parameter_row(parameter: Any) -> tuple[str, ...]:
    default = parameter.default
    shown = "required" if parameter.required else "none" if default is None else default
    if isinstance(default, tuple):
        shown = ", ".join(default)
    bounds = [f"from {parameter.minimum:g}"] if parameter.minimum is not None else []
    bounds += [f"to {parameter.maximum:g}"] if parameter.maximum is not None else []
    return f"`{parameter.name}`", parameter.kind.value, str(shown), " ".join(bounds) or "–", parameter.help


def questions_page(_: Story) -> str:
    from plimsoll.adapters.catalog import load_catalog

    catalog = load_catalog()
    questions, edition = catalog.question_set, catalog.editions["questions.yaml"]
    parts = [
        heading(
            "Questions",
            f"The question set `{questions.id}`, version {questions.version}: {len(questions.questions)} "
            f"questions, checked {edition.checked_at:%d %b %Y}. Each can also be answered `unknown`, or "
            "not applicable with a reason code (" + ", ".join(f"`{r}`" for r in reasons()) + "). The "
            "policy is what an unknown is assumed by, unless a person chooses another.",
        )
    ]
    for group in dict.fromkeys(q.group for q in questions.questions):
        rows = [
            (
                f"`{q.id}`",
                q.ask,
                "; ".join(f"`{o.value}` {o.label}" for o in q.options),
                f"`{q.policy.value}`",
                q.help,
                q.find_out,
            )
            for q in questions.questions
            if q.group == group
        ]
        parts += [
            f"## {group}",
            table(("Code", "Question", "Answers", "Policy", "How to know", "How to find out"), rows),
        ]
    return joined(parts)


def reasons() -> list[str]:
    from plimsoll.engines.scoping.question_set import NotApplicable

    return [reason.value for reason in NotApplicable]


LEVEL_SIGN = {"required": "●", "plan": "○", "not_yet": "–"}


def requirements_page(_: Story) -> str:
    from plimsoll.adapters.catalog import load_catalog

    catalog = load_catalog()
    editions = catalog.editions
    scoped, base = list(catalog.requirements.values()), list(catalog.baseline.values())
    parts = [
        heading(
            "Requirements",
            f"{len(scoped)} requirements that scoping decides (version "
            f"{editions['requirements.yaml'].version}) and {len(base)} that only the stage table asks for "
            f"(version {editions['baseline.yaml'].version}). Ids stay valid for good. Stages: ● proof is "
            "required, ○ a plan is required, – not yet.",
        ),
        "## Decided by scoping",
        *(requirement_part(entry) for entry in scoped),
        "## Asked for by the stage table",
        *(requirement_part(entry) for entry in base),
    ]
    return joined(parts)


def requirement_part(entry: Any) -> str:
    stages = ", ".join(f"{s.label} {LEVEL_SIGN[level.value]}" for s, level in entry.stages.items())
    stale = entry.basis.checked_at + timedelta(days=entry.basis.stale_after_days)
    rows = [
        ("Applies", condition(entry.when)),
        ("Place, severity", f"{entry.place}, {entry.severity}"),
        ("Stages", stages),
        ("Why", f"{entry.why.text} ({entry.why.kind})"),
        ("Acceptance test", entry.acceptance),
        ("Evidence", evidence_of(entry.evidence)),
        (
            "Basis",
            f"{entry.basis.kind}: {entry.basis.name} ({entry.basis.edition}), checked "
            f"{entry.basis.checked_at:%d %b %Y}, stale from {stale:%d %b %Y}",
        ),
        ("Controls", ", ".join(f"`{c}`" for c in entry.controls)),
        ("Mitigates", ", ".join(f"`{r}`" for r in entry.risks) or "–"),
    ]
    return f"### {entry.id}\n\n{entry.title[0].upper()}{entry.title[1:]}.\n\n{table(('', ''), rows)}"


def condition(when: Any) -> str:
    """A condition of the catalog in words."""
    if when == "always":
        return "always"
    if set(when) <= {"all", "any"}:
        (word, members), *_ = when.items()
        glue = " and " if word == "all" else " or "
        return glue.join(
            f"({condition(m)})" if set(m) & {"all", "any"} or len(m) > 1 else condition(m) for m in members
        )
    atoms = [
        f"{code} is {' or '.join([values] if isinstance(values, str) else values)}"
        for code, values in when.items()
    ]
    return " and ".join(atoms)


def evidence_of(rule: Any) -> str:
    if not rule.checks:
        return (
            f"an attested document, reviewed by somebody independent: {rule.attestation} "
            f"Holds {rule.valid_days} days."
        )
    said = []
    for check in rule.checks:
        limits = [f"`{k}` at most {v:g}" for k, v in check.at_most.items()]
        limits += [f"`{k}` at least {v:g}" for k, v in check.at_least.items()]
        said.append(
            f"[{check.check}](checks.md#{check.check}) passes for every {check.assets} of the system"
            + (f", judged with {', '.join(limits)}" if limits else "")
        )
    return "; ".join(said)


def stage_page(_: Story) -> str:
    from plimsoll.adapters.catalog import load_catalog
    from plimsoll.kernel.stages import GATED

    catalog = load_catalog()
    edition = catalog.editions["stages.yaml"]
    rows = [
        (
            row.title,
            *(LEVEL_SIGN[row.levels[stage].value] for stage in GATED),
            row.severity,
            f"`{row.condition}`",
            ", ".join(f"[{r}](requirements.md#{r})" for r in row.requirements) or "–",
        )
        for row in catalog.stage_rows
    ]
    policies = [
        (
            policy.stage.label,
            ", ".join(f"{seat.count} {seat.role}" for seat in policy.quorum),
            " or ".join(policy.deciders),
        )
        for policy in catalog.policies.values()
    ]
    return joined(
        [
            heading(
                "Stage table",
                f"The minimum by stage, version {edition.version}, checked {edition.checked_at:%d %b %Y}. "
                "● proof is required, ○ a plan is required, – not yet. A gate asks for these rows and for "
                "every further requirement of the system that has a level at its stage; a row whose "
                "requirements are all out of scope does not apply.",
            ),
            table(("Row", *(s.label for s in GATED), "Severity", "Decided by", "Requirements"), rows),
            "## Why each row exists, and what to do",
            table(
                ("Row", "Why", "Guidance"),
                [(row.title, f"{row.why.text} ({row.why.kind})", row.guidance) for row in catalog.stage_rows],
            ),
            "## Who signs and who decides",
            table(("Gate", "Quorum", "Decides"), policies),
            "A person fills one seat, whatever roles they hold. See [gates](../explanation/gates.md).",
        ]
    )


def settings_page(story: Story) -> str:
    read = variables_read()
    rows = [
        (
            f"`{name}`",
            entry["used"],
            entry["default"],
            entry["meaning"],
            ", ".join(f"`{m}`" for m in sorted(read[name])),
        )
        for name, entry in story.meanings.settings.items()
    ]
    return joined(
        [
            heading(
                "Settings",
                "Every environment variable that Plimsoll reads. Nothing else configures it: there is no "
                "configuration file. [Deploy](../how-to/deploy.md) says which to set.",
            ),
            table(("Variable", "Read by", "Default", "Meaning", "Where"), rows),
            "`make` and the scripts also read `PYTHON`, the interpreter that makes `.venv` (default "
            "`python3`, or the first of python3.14 to python3.11 on the path that is new enough).",
        ]
    )


def documents_page(story: Story) -> str:
    parts = [
        heading(
            "Documents",
            "Every JSON document that commands and API give. A form named `plimsoll/NAME/1` keeps the "
            "meaning of its keys; keys may be added, and a changed meaning gets another number. Digests are "
            "SHA-256 in lower-case hexadecimal; instants are RFC 3339 in UTC.",
            "The examples were made by running the code on a small program. Lists are cut to their first "
            f"{SHOWN_ITEMS} items and texts to {SHOWN_TEXT} characters; “…” stands for what is left "
            "out or differs with every run.",
        )
    ]
    for title, entry in story.meanings.documents.items():
        key, text = entry["example"], entry["meaning"]
        value = story.documents[key]
        shown = (
            fenced("\n".join(json.dumps(line, ensure_ascii=False) for line in value), "json")
            if key == "export"
            else as_json(steady(key, value))
        )
        parts += [f"## {title}", text, shown]
    return joined(parts)


def steady(key: str, value: Any) -> Any:
    """The value without what differs with every run or release of Python."""
    if key == "checkpoint":
        return {
            **value,
            "checkpoint": re.sub(r"\n[^\n]{44}\n\n(— \S+ )\S+", r"\n…\n\n\1…", value["checkpoint"] or ""),
        }
    if key in ("gate", "gate-snapshot"):
        criteria = [{**c, "evidence": ["…" for _ in c["evidence"]]} for c in value["criteria"]]
        proven = [c for c in criteria if c["evidence"]][:1] + [c for c in criteria if not c["evidence"]][:1]
        return {**value, "criteria": proven} | ({"digest": "…"} if key == "gate" else {})
    if key == "drift":
        return rounded(value)
    if key == "status":
        return {**value, "rules": value["rules"][-2:]}
    return value


def rounded(value: Any) -> Any:
    """The value with figures that are the same on every processor."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
