from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import house_rules

# Words that must not stand in the tree are put together here.
PROMISE = "TO" + "DO"
SWALLOW = "except " + "Exception:"
HOST = "py" + "pi.org"
MACHINE = "/wo" + "rk/"

PAGE = "src/plimsoll/loop/scope/pages.py"
TEMPLATE = "src/plimsoll/loop/scope/templates/scope/room.html"
ADR = "docs/decisions/0001-questions-are-data.md"
ADR_TEXT = """# Questions are data

## Context
They change.

## Decision
They stand in files.

## Consequences
Load them strictly.

## Alternatives
Code.

## What would change our mind
A question that needs code.
"""


def breaches(path: str, text: str) -> list[str]:
    return [line.removeprefix(f"{path}:") for line in house_rules.check(path, text.encode())]


def function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * (lines - 1)


GOOD = [
    # sizes
    ("src/plimsoll/kernel/a.py", "x = 1\n" * 400),
    ("src/plimsoll/kernel/a.py", function(60)),
    ("tests/kernel/test_a.py", function(61) + "x = 1\n" * 400),
    ("src/plimsoll/loop/scope/migrations/0001_initial.py", function(61) + "x = 1\n" * 400),
    # queries
    (PAGE, "rows = selectors.systems_of(actor)\nkept = list(filter(None, rows))\n"),
    ("src/plimsoll/loop/scope/selectors.py", "rows = System.objects.filter(pk=1).order_by('x')\n"),
    ("src/plimsoll/site/errors.py", "data.update(x=1)\n"),
    # writes
    (
        "src/plimsoll/loop/scope/services.py",
        "row.save()\nRow.objects.create()\nRow.objects.bulk_create([])\n",
    ),
    ("src/plimsoll/loop/scope/services/answers.py", "Row.objects.filter(pk=1).update(x=2)\n"),
    ("src/plimsoll/ledger/append.py", "entry.save(force_insert=True)\n"),
    ("src/plimsoll/people/models.py", "user.save()\n"),
    ("src/plimsoll/people/selectors.py", "found = {}\nfound.update(x=1)\nhashlib.sha256().update(b'')\n"),
    (PAGE, "services.open_gate()\nservices.keys.create(actor=actor)\nSigner.create()\n"),
    ("src/plimsoll/ui/files.py", "default_storage.save('x', f)\ndefault_storage.delete('x')\n"),
    ("src/plimsoll/ui/bundle.py", "self.save('x.css', content)\nself.delete('x.css')\n"),
    ("src/plimsoll/adapters/files.py", "picture.save('x')\n"),
    # stages
    ("src/plimsoll/loop/plan/selectors.py", "from plimsoll.loop.plan.models import Risk\n"),
    ("src/plimsoll/loop/plan/facts.py", "from plimsoll.loop.scope import selectors as scope\n"),
    ("src/plimsoll/loop/plan/models.py", "from plimsoll.loop.scope.models import System\n"),
    # models
    (
        "src/plimsoll/loop/plan/models.py",
        "class A(models.Model):\n    x = models.IntegerField()\n\n"
        "    class Meta:\n        ordering = ('x',)\n\n"
        "    def __str__(self):\n        return 'a'\n",
    ),
    # templates
    (TEMPLATE, "{# style= onclick= #}\n<p class='x' data-once='1'>{{ name }} one = 1 style= is a word</p>\n"),
    (TEMPLATE, "{% if a > b %}<a {% if c %}class='x'{% endif %} href='{% url 'x' %}'>x</a>{% endif %}\n"),
    (TEMPLATE, "{% element field style='x' onclick='y' %}{% comment %}<style>{% endcomment %}\n"),
    (TEMPLATE, "<script src='{% static 'x.js' %}' defer></script>{{ x|safely }}\n"),
    (TEMPLATE, "<p></p>\n" * 100),
    # static files
    ("src/plimsoll/ui/static/ui/a.css", "a" * 8192),
    ("src/plimsoll/ui/static/ui/a.js", "a;\n" * 220),
    # names
    ("src/plimsoll/ui/templates/base.html", ""),
    ("src/plimsoll/engines/checks/base.py", ""),
    ("src/plimsoll/engines/checks/information.py", ""),
    ("docs/data/x.md", ""),
    # words
    ("docs/how-to/x.md", f"A {PROMISE} list is for people. A path like /usr/bin is everywhere.\n"),
    ("src/plimsoll/kernel/a.py", f"try:\n    x = 1\n{SWALLOW}  # a process boundary\n    x = 2\n"),
    ("src/plimsoll/kernel/a.bin", f"\0{MACHINE}"),
    # decisions
    (ADR, ADR_TEXT),
    ("docs/decisions/README.md", "What a decision record is.\n"),
]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_what_keeps_the_rules_is_let_through(path: str, text: str) -> None:
    assert breaches(path, text) == []


BAD = [
    # sizes
    ("src/plimsoll/kernel/a.py", "x = 1\n" * 401, "1: the module has 401 lines; at most 400"),
    ("src/plimsoll/kernel/a.py", "\n" + function(61), "2: f has 61 lines; at most 60"),
    ("src/plimsoll/kernel/a.py", "async " + function(61), "1: f has 61 lines; at most 60"),
    ("src/plimsoll/kernel/a.py", f"class A:\n    @x\n    {function(61).replace(chr(10), chr(10) + '    ')}",
     "3: f has 61 lines; at most 60"),
    # queries
    (PAGE, "rows = System.objects\n", "1: a page or endpoint queries (.objects); call a selector"),
    (PAGE, "rows = system.answers.filter(x=1)\n", "1: a page or endpoint queries (.filter); call a selector"),
    (PAGE, "row = get_object_or_404(System, pk=1)\n",
     "1: a page or endpoint queries (get_object_or_404); call a selector"),
    ("src/plimsoll/loop/scope/api.py", "System._default_manager\n",
     "1: a page or endpoint queries (._default_manager); call a selector"),
    ("src/plimsoll/loop/scope/pages/room.py", "rows.select_related('x')\n",
     "1: a page or endpoint queries (.select_related); call a selector"),
    ("src/plimsoll/site/accounts.py", "user_model().objects\n",
     "1: a page or endpoint queries (.objects); call a selector"),
    # writes
    ("src/plimsoll/loop/scope/forms.py", "form.save()\n", "1: a record is written (.save) outside a service"),
    ("src/plimsoll/loop/scope/selectors.py", "Row.objects.create(x=1)\n",
     "1: a record is written (.create) outside a service"),
    ("src/plimsoll/loop/scope/selectors.py", "system.answers.create(x=1)\n",
     "1: a record is written (.create) outside a service"),
    ("src/plimsoll/loop/scope/selectors.py", "Row.objects.filter(x=1).update(x=2)\n",
     "1: a record is written (.update) outside a service"),
    ("src/plimsoll/loop/scope/selectors.py", "system.answer_set.update(x=2)\n",
     "1: a record is written (.update) outside a service"),
    ("src/plimsoll/people/selectors.py", "rows = Row.objects.filter(x=1)\n\nrows.update(x=2)\n",
     "3: a record is written (.update) outside a service"),
    ("src/plimsoll/people/selectors.py", "if rows := Row.objects.all()[:5]:\n    rows.update(x=2)\n",
     "2: a record is written (.update) outside a service"),
    ("src/plimsoll/ui/lists.py", "row.delete()\n", "1: a record is written (.delete) outside a service"),
    ("src/plimsoll/cli/demo.py", "rows.bulk_create([])\n",
     "1: a record is written (.bulk_create) outside a service"),
    ("src/plimsoll/people/requests.py", "await Row.objects.aupdate_or_create(x=1)\n",
     "1: a record is written (.aupdate_or_create) outside a service"),
    ("src/plimsoll/people/requests.py", "self.save(update_fields=['x'])\n",
     "1: a record is written (.save) outside a service"),
    ("src/plimsoll/people/requests.py", "row.file.save('x', content)\n",
     "1: a record is written (.save) outside a service"),
    ("src/plimsoll/loop/watch/runner.py", "get_row()[0].save()\n",
     "1: a record is written (.save) outside a service"),
    # stages
    ("src/plimsoll/loop/plan/selectors.py", "from plimsoll.loop.scope.models import System\n",
     "1: reads the models of the stage scope; call its selectors"),
    ("src/plimsoll/loop/plan/selectors/risks.py", "from plimsoll.loop.scope import models\n",
     "1: reads the models of the stage scope; call its selectors"),
    ("src/plimsoll/loop/plan/facts.py", "import plimsoll.loop.scope.models as m\n",
     "1: reads the models of the stage scope; call its selectors"),
    # models
    ("src/plimsoll/loop/plan/models.py", "class A(M):\n    def save(self):\n        pass\n",
     "2: a model file holds fields and constraints; move save away"),
    ("src/plimsoll/loop/plan/models.py", "class A(M):\n    @property\n    def late(self):\n        pass\n",
     "3: a model file holds fields and constraints; move late away"),
    ("src/plimsoll/loop/plan/models.py", "from django.db.models.signals import post_save\n",
     "1: signals hide what a write does; use site/wiring.py"),
    ("src/plimsoll/loop/plan/models.py", "from django.dispatch import receiver\n",
     "1: signals hide what a write does; use site/wiring.py"),
    # templates
    (TEMPLATE, "<p>\n<b style='color: red'>x</b></p>\n", "2: a style attribute; use a class"),
    (TEMPLATE, "{% if a > b %}<b {% if c %}STYLE=x{% endif %}>x</b>{% endif %}\n",
     "1: a style attribute; use a class"),
    (TEMPLATE, "<style>p {}</style>\n", "1: a <style> element; put it into a stylesheet"),
    (TEMPLATE, "<script>go()</script>\n", "1: a <script> without src; put it into a file"),
    (TEMPLATE, "<a title='>' onclick='go()'>x</a>\n", "1: an inline handler (onclick); use a script file"),
    (TEMPLATE, "<a hx-on:click='go()'>x</a>\n", "1: an inline handler (hx-on:click); use a script file"),
    (TEMPLATE, "<a href=' JavaScript:go()'>x</a>\n", "1: script in href; use a script file"),
    (TEMPLATE, "\n{{ name | safe }}\n",
     "2: unescaped output; if it must be, list it in scripts/safe_templates.txt"),
    (TEMPLATE, "{% include 'x.html' with y=z|safeseq %}\n",
     "1: unescaped output; if it must be, list it in scripts/safe_templates.txt"),
    (TEMPLATE, "{% autoescape off %}{{ x }}{% endautoescape %}\n",
     "1: unescaped output; if it must be, list it in scripts/safe_templates.txt"),
    (TEMPLATE, "{# one #}<b style='x'>{# two #}</b>\n", "1: a style attribute; use a class"),
    (TEMPLATE, "<p></p>\n" * 101, "1: the template has 101 lines; at most 100"),
    # static files
    ("src/plimsoll/ui/static/ui/a.css", "a" * 8193, "1: the stylesheet has 8,193 bytes; at most 8,192"),
    ("src/plimsoll/ui/static/ui/a.js", "a;\n" * 221, "1: the script has 221 lines; at most 220"),
    # names
    ("src/plimsoll/engines/utils.py", "", "1: a module called utils; find the concept"),
    ("src/plimsoll/loop/scope/Manager.py", "", "1: a module called Manager; find the concept"),
    ("tests/engines/test_helpers.py", "", "1: a module called test_helpers; find the concept"),
    ("src/plimsoll/engines/data/x.yaml", "", "1: a folder called data; find the concept"),
    ("src/plimsoll/base/x.py", "", "1: a folder called base; find the concept"),
    # words
    ("src/plimsoll/kernel/a.py", f"x = 1  # {PROMISE}: later\n", f"1: promises or swallows: {PROMISE}"),
    ("tests/engines/x.yaml", f"\n{PROMISE}\n", f"2: promises or swallows: {PROMISE}"),
    ("src/plimsoll/kernel/a.py", f"try:\n    x = 1\n{SWALLOW}\n    x = 2\n",
     f"3: promises or swallows: {SWALLOW}"),
    ("scripts/x.py", "raise " + "NotImpl" + "ementedError\n",
     "1: promises or swallows: " + "NotImpl" + "emented"),
    ("requirements/base.txt", f"--index-url https://{HOST}/simple\n",
     f"1: names a place of one machine or registry: {HOST}"),
    ("README.md", f"\n\nRun it in {MACHINE}main.\n",
     f"3: names a place of one machine or registry: {MACHINE}"),
    # decisions
    (ADR, ADR_TEXT.replace("## Alternatives", "## Others"),
     "1: a decision record has a section “Alternatives” that says something"),
    (ADR, ADR_TEXT.replace("They change.", ""),
     "1: a decision record has a section “Context” that says something"),
    (ADR, ADR_TEXT.removeprefix("# "), "1: a decision record starts with its title (# …)"),
    ("docs/decisions/data.md", ADR_TEXT, "1: a decision record is called NNNN-the-decision.md"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "said"), BAD)
def test_each_breach_is_named_with_its_line(path: str, text: str, said: str) -> None:
    assert breaches(path, text) == [said]


def test_a_listed_template_may_put_out_markup_but_only_for_a_reason_and_while_it_does() -> None:
    files = {TEMPLATE: b"{{ svg|safe }}", "other.html": b"{{ x }}"}
    listed = f"# why\n\n{TEMPLATE} the drawing escapes every text\nother.html short\n"
    safe = house_rules.read_safe_list(listed)
    assert safe == {TEMPLATE: "the drawing escapes every text", "other.html": "short"}
    assert house_rules.check(TEMPLATE, files[TEMPLATE], safe=safe) == []
    assert list(house_rules.check_safe_list(safe, files)) == [
        "scripts/safe_templates.txt:1: other.html needs a reason",
        "scripts/safe_templates.txt:1: other.html is listed but uses no safe filter",
    ]
    assert list(house_rules.check_safe_list(safe, {})) != []


def git_folder(folder: Path) -> Path:
    if not shutil.which("git"):
        pytest.skip("git is not installed here")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def test_the_script_names_the_longest_and_ends_with_one_line_per_breach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = git_folder(tmp_path) / "src/plimsoll/kernel/a.py"
    module.parent.mkdir(parents=True)
    module.write_text(function(12))
    monkeypatch.setattr(house_rules, "ROOT", tmp_path)
    assert house_rules.main() == 0
    printed = capsys.readouterr().out.splitlines()
    assert "   12 src/plimsoll/kernel/a.py" in printed
    assert "   12 src/plimsoll/kernel/a.py:1 f" in printed

    module.write_text(function(61))
    assert house_rules.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "src/plimsoll/kernel/a.py:1: f has 61 lines; at most 60"
    )


def test_outside_git_the_tree_is_walked_without_caches(tmp_path: Path) -> None:
    for name in ("src/a.py", ".venv/b.py", "src/__pycache__/c.py", "var/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert house_rules.tree_files(tmp_path) == {"src/a.py": b"x"}


def test_without_git_the_tree_is_walked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.py").write_text("x")
    assert house_rules.tree_files(tmp_path) == {"a.py": b"x"}


def test_what_git_ignores_is_not_looked_at(tmp_path: Path) -> None:
    git_folder(tmp_path)
    for name, text in ((".gitignore", "var/\n"), ("var/x.py", "x"), ("a.py", "x")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert set(house_rules.tree_files(tmp_path)) == {".gitignore", "a.py"}


def test_the_tree_keeps_the_house_rules() -> None:
    files = house_rules.tree_files(house_rules.ROOT)
    assert len([path for path in files if path.startswith("src/")]) > 100
    assert house_rules.check_tree(files) == []
