from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from django.apps import apps
from typer.testing import CliRunner

from plimsoll import __version__
from plimsoll.adapters.model_files.formats import Format
from plimsoll.cli.main import app
from plimsoll.engines.gates.status import StatusFacts, compute_status
from plimsoll.kernel.stages import Stage
from plimsoll.kernel.verdict import Verdict
from plimsoll.ledger.events import EventKind
from scripts import house_rules
from scripts.reference import links, meanings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WRITTEN = [path for path in links.markdown_files() if path.parent.name != "reference"]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(path: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language; "" for those that name none."""
    found = (fence.partition("\n") for fence in links.FENCE.findall(text_of(path)))
    return [body.removesuffix("```") for first, _, body in found if first == f"```{language}"]


def code_in(text: str) -> Iterator[str]:
    """What stands as code in a page: fenced blocks line by line, and quoted words."""
    yield from (line for fence in links.FENCE.findall(text) for line in fence.splitlines()[1:-1])
    yield from re.findall(r"`([^`\n]+)`", links.FENCE.sub("", text))


# ---------------------------------------------------------------- the reference


def test_the_reference_is_fresh_and_every_link_leads_somewhere() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_meaning_that_is_missing_or_left_over_is_named() -> None:
    assert meanings.differences("event", {"a:b:c", "a:b:d"}, {"a:b:d", "x:y:z"}) == [
        "  the event a:b:c has no meaning",
        "  the event x:y:z is told and does not exist",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'value = os.environ.get("PLIMSOLL_X", "")',
        'value = os.environ["PLIMSOLL_X"]',
        'os.environ.setdefault("PLIMSOLL_X", "1")',
        'value = os.getenv("PLIMSOLL_X")',
        'value = _flag("PLIMSOLL_X", default=False)',
    ],
)
def test_every_way_to_read_a_setting_is_seen(line: str) -> None:
    assert list(meanings.variables_in(line)) == ["PLIMSOLL_X"]


def test_no_line_of_the_source_reads_the_environment_unseen() -> None:
    seen = set(meanings.variables_read())
    for path in meanings.SOURCE.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if re.search(r"environ\b|getenv", line):
                assert set(re.findall(r"[\"']([A-Z][A-Z0-9_]{3,})[\"']", line)) <= seen, f"{path}: {line}"


def test_every_setting_that_the_pages_name_exists() -> None:
    known = set(meanings.variables_read())
    for path in WRITTEN:
        named = set(re.findall(r"\b(PLIMSOLL_[A-Z_]+|DATABASE_URL)\b", path.read_text(encoding="utf-8")))
        assert named <= known, path


# ---------------------------------------------------------------- links


def test_dead_links_anchors_and_paths_are_named(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A `plimsoll/scope/1` of [ours](x)\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#a-plimsollscope1-of-ours) [c](there.md#twice-1) [d](https://x.example/)\n"
        '[e](gone.md) [f](there.md#gone) ![g](gone.svg) <img src="gone.png"> `src/gone.py` `src/NAME.py`\n'
        "```\n[not a link](gone.md)\n```\n"
    )
    assert links.dead_links(tmp_path, [page]) == [
        "page.md: the link gone.md leads nowhere",
        "page.md: the link there.md#gone leads nowhere",
        "page.md: the link gone.svg leads nowhere",
        "page.md: the link gone.png leads nowhere",
        "page.md: there is no src/gone.py",
    ]


# ---------------------------------------------------------------- words


def test_every_model_stage_and_event_word_stands_in_the_glossary() -> None:
    glossary = text_of("docs/reference/glossary.md")
    ours = [m.__name__ for m in apps.get_models() if m.__module__.startswith("plimsoll.")]
    assert ours
    missing = [name for name in ours if f"`{name}`" not in glossary]
    missing += [stage.label for stage in Stage if stage.label not in glossary]
    words = {word for kind in EventKind for word in kind.value.split(":")[:2]}
    missing += [word for word in sorted(words) if word.rstrip("s") not in glossary.lower()]
    assert not missing


def test_the_status_page_explains_every_rule() -> None:
    facts = StatusFacts(
        today=date(2027, 1, 11), stage=Stage.PILOT, expired_assumptions=0, expired_worst_case=0,
        expired_waivers=0, required=0, stale=0, oldest_review_days=None, scope_confidence=None, updates=(),
    )  # fmt: skip
    page = text_of("docs/explanation/status.md").lower()
    assert [r.title for r in compute_status(facts).rules if r.title.lower() not in page] == []


def test_the_page_on_model_files_covers_every_format() -> None:
    page = text_of("docs/explanation/model-file.md").lower()
    named = [f.value.partition(" (")[0].lower() for f in Format if f not in (Format.EMPTY, Format.UNKNOWN)]
    assert [word for word in named if word not in page] == []


def test_nothing_is_called_safe_secure_or_compliant() -> None:
    # they may be spoken of: "never call a result …", the mode of a permission
    for path in WRITTEN:
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.search(r"\b(is|are|was|be) (safe|secure|compliant)\b", line, re.IGNORECASE)
            assert not found, f"{path}: {line}"


# ---------------------------------------------------------------- what pages say about the code


def commands() -> dict[str, Any]:
    root: Any = typer.main.get_command(app)
    return dict(root.commands)


def test_every_command_that_the_pages_quote_exists() -> None:
    known = commands()
    for path in links.markdown_files():
        for code in code_in(path.read_text(encoding="utf-8")):
            for words in re.findall(r"(?:^|[\s/])plimsoll ((?:[a-z-]+ ?)+)", code):
                first, *rest = words.split()
                assert first in known or first.startswith("-"), f"{path}: plimsoll {words}"
                inner = getattr(known.get(first), "commands", {})
                assert not inner or not rest or rest[0] in inner, f"{path}: plimsoll {words}"


def test_every_recipe_that_the_pages_quote_exists() -> None:
    recipes = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    for path in WRITTEN:
        for code in code_in(path.read_text(encoding="utf-8")):
            for recipe in re.findall(r"^make ([a-z-]+)", code):
                assert recipe in recipes, f"{path}: make {recipe}"


def test_every_contract_and_house_rule_of_the_architecture_exists() -> None:
    page = text_of("ARCHITECTURE.md")
    contracts = {c["id"] for c in PROJECT["tool"]["importlinter"]["contracts"]}
    for listed in re.findall(r"contracts? ((?:`[a-z-]+`(?:, )?)+)", page):
        assert set(re.findall(r"`([a-z-]+)`", listed)) <= contracts
    rules = re.findall(r"house rule `(\w+)`", page)
    assert rules
    assert [rule for rule in rules if not hasattr(house_rules, rule)] == []
    unnamed = contracts - set(re.findall(r"`([a-z-]+)`", page))
    assert not unnamed, "a contract that the architecture does not mention"


def test_the_changelog_names_this_release() -> None:
    assert f"## {__version__}\n" in text_of("CHANGELOG.md")


def test_the_list_of_decisions_is_whole_and_in_order() -> None:
    found = sorted(p.name for p in (DOCS / "decisions").glob("[0-9]*.md"))
    assert re.findall(r"\]\(([0-9]{4}-[a-z0-9-]+\.md)\)", text_of("docs/decisions/README.md")) == found
    assert [name[:4] for name in found] == [f"{n:04}" for n in range(1, len(found) + 1)]


def test_the_picture_of_the_loop_needs_nothing_from_elsewhere() -> None:
    picture = text_of("docs/pictures/loop.svg")
    tree = ElementTree.fromstring(picture)
    assert not re.search(r"href|url\(|@import|<script|<image", picture)
    assert tree.find("{http://www.w3.org/2000/svg}title") is not None
    for stage in ("Scope", "Plan", "Prove", "Decide", "Watch", "Respond", "Report"):
        assert f">{stage}<" in picture


# ---------------------------------------------------------------- examples


def test_the_answers_file_of_the_how_to_gives_the_counts_that_it_prints(tmp_path: Path) -> None:
    page = "docs/how-to/scope-from-a-file.md"
    answers = tmp_path / "bosun.yaml"
    answers.write_text(blocks(page, "yaml")[0])
    result = CliRunner().invoke(app, ["scope", "evaluate", str(answers)])
    assert result.exit_code == 0
    printed = [line for line in blocks(page, "")[1].splitlines() if line.strip(" …")]
    assert printed[0] == "15 certain, 12 open, 10 out; 55 % certain; exact method"
    lines = result.stdout.splitlines()
    assert [line for line in printed if line not in lines] == []


def test_the_files_of_the_how_to_on_law_give_what_it_prints(tmp_path: Path) -> None:
    page = "docs/how-to/classify-under-the-law.md"
    desk, bank = tmp_path / "desk.yaml", tmp_path / "bank.yaml"
    desk.write_text(blocks(page, "yaml")[0])
    bank.write_text(blocks(page, "yaml")[1])
    result = CliRunner().invoke(app, ["law", "classify", str(desk)])
    assert result.exit_code == 3
    printed = [line for line in blocks(page, "")[1].splitlines() if line.strip()]
    assert printed
    assert printed == [line for line in result.stdout.splitlines() if line.strip()][: len(printed)]
    assert CliRunner().invoke(app, ["law", "obligations", str(bank)]).exit_code == 3


def test_the_page_on_classification_tells_every_disputed_point_standing_and_tier() -> None:
    from plimsoll.adapters.law import load_act_rules
    from plimsoll.engines.law.obligations import Standing

    page = text_of("docs/explanation/classification.md")
    disputed = page.partition("## Disputed points")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| ", disputed, re.MULTILINE)) == 1 + len(load_act_rules().readings)
    told = re.findall(r"^\| (.+?) \|", page.partition("## Duties")[2], re.MULTILINE)[1:]
    assert len(told) == len(Standing)


def test_the_example_check_judges_what_its_collector_saw(tmp_path: Path) -> None:
    judge: dict[str, Any] = {}
    collector: dict[str, Any] = {}
    code = blocks("docs/how-to/write-a-check.md", "python")
    exec(code[0], judge)
    exec(code[1], collector)
    text = tmp_path / "lines.txt"
    text.write_text("a\nb\n")
    recording = collector["collect"](text, {})
    assert judge["LINE_COUNT"].judge(recording, {}).answer == "short"
    refused = judge["LINE_COUNT"].judge(recording, {"most": "1"})
    assert (refused.answer, refused.judgement.verdict) == ("long", Verdict.NOT_MET)
    assert type(recording).from_json(recording.to_json()) == recording


# ---------------------------------------------------------------- dependencies


def plain(requirement: str) -> str:
    return re.split(r"[\[<>=~!; ]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-")


def direct() -> list[str]:
    project = PROJECT["project"]
    listed = [*project["dependencies"], *(r for rs in project["optional-dependencies"].values() for r in rs)]
    for name in ("build.in", "dev.in"):
        listed += text_of(f"requirements/{name}").splitlines()
    return [plain(line) for line in listed if line.strip() and not line.startswith("#")]


def locked() -> set[str]:
    lines = text_of("requirements/dev.txt").splitlines()
    return {plain(line) for line in lines if re.match(r"[A-Za-z0-9]", line)}


def licence(package: str) -> str:
    """What an installed package declares about its licence, in its own words."""
    told = importlib.metadata.metadata(package)
    field = (told.get_all("License") or [""])[0].strip()
    classifiers = [
        c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    short = field if field and "\n" not in field and len(field) < 40 else ""
    expression = (told.get_all("License-Expression") or [""])[0]
    return expression or short or ", ".join(classifiers) or "see file"


def row_of(package: str) -> list[str]:
    for line in text_of("docs/explanation/dependencies.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and package in cells[0].split(", "):
            return cells
    raise AssertionError(f"docs/explanation/dependencies.md has no line for {package}")


@pytest.mark.parametrize("package", sorted(set(direct())))
def test_every_dependency_has_a_line_with_the_licence_that_it_declares(package: str) -> None:
    _, does, told, kept_by, leaving = row_of(package)
    assert does
    assert kept_by
    assert leaving
    assert licence(package) in told


def test_every_locked_package_is_named() -> None:
    page = text_of("docs/explanation/dependencies.md")
    assert [name for name in sorted(locked()) if not re.search(rf"(?<![\w-]){name}(?![\w-])", page)] == []


def test_no_locked_package_declares_a_licence_that_is_not_taken() -> None:
    installed = {plain(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    refused = re.compile(r"AGPL|Affero|SSPL|Server Side Public|BUSL|Business Source", re.IGNORECASE)
    assert [name for name in sorted(locked() & installed) if refused.search(licence(name))] == []
