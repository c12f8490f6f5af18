"""House rules that no linter knows: prints the ten longest modules and functions, then one line per breach.

Exits with 1 if there is a breach. tests/test_house_rules.py shows each rule on a good and a bad example.
Templates that may use the safe filter stand in scripts/safe_templates.txt, each with its reason.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
SAFE_LIST = "scripts/safe_templates.txt"

MODULE_LINES = 400
FUNCTION_LINES = 60
TEMPLATE_LINES = 100
SCRIPT_LINES = 220
STYLESHEET_BYTES = 8 * 1024

FORBIDDEN_NAMES = {"utils", "common", "helpers", "misc", "manager", "handler", "data", "info"}
FORBIDDEN_FOLDERS = FORBIDDEN_NAMES | {"base"}
CODE_FOLDERS = ("src", "tests", "scripts", "benchmarks")

# One letter of each word stands in brackets, so that this file does not match itself.
PLACES = re.compile(
    r"py[p]i\.org|python[h]osted|registry\.npm[j]s|deb\.deb[i]an|/w[o]rk/|/f[a]rm/|/r[o]ot/|/t[m]p/"
)
PROMISES = re.compile(
    r"T[O]DO|F[I]XME|X[X]X|NotImpl[e]mented|pytest\.mark\.(s[k]ip|x[f]ail)|assert [T]rue\b"
    r"|except [E]xception:\s*$|[e]xcept:\s*$",
    re.MULTILINE,
)
ADR_NAME = re.compile(r"[0-9]{4}(-[a-z0-9]+)+\.md")
ADR_SECTIONS = ("Context", "Decision", "Consequences", "Alternatives", "What would change our mind")

MANAGERS = {"objects", "_default_manager", "_base_manager"}
QUERIES = {
    "filter", "exclude", "order_by", "annotate", "aggregate", "select_related", "prefetch_related",
    "values_list", "select_for_update",
}  # fmt: skip
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}
BULK_WRITES = {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES = {"save", "create", "update", "delete"}
MAY_WRITE = {
    "src/plimsoll/people/models.py": "the manager that the sign-in library asks to create people",
    "src/plimsoll/people/refs.py": "draws the next number inside the transaction of the service that asks",
}

Breach = tuple[int, str]
Rule = Callable[[str, ast.Module], Iterator[Breach]]


# ---------------------------------------------------------------- Python


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_functions(path: str, tree: ast.Module) -> Iterator[Breach]:
    if path.startswith("src/"):
        for node in functions(tree):
            if length(node) > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length(node)} lines; at most {FUNCTION_LINES}"


def chain(node: ast.expr) -> list[str]:
    """The names along x.y(...)[0].z, from the outside in; empty where it starts with something else."""
    names = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            return [*names, node.id] if isinstance(node, ast.Name) else names


def queries_in_pages(path: str, tree: ast.Module) -> Iterator[Breach]:
    if not re.fullmatch(r"src/plimsoll/(loop/\w+/(pages|api)(\.py|/.*)|site/.*)", path):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            yield node.lineno, f"a page or endpoint queries (.{node.attr}); call a selector"
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUERIES
        ):
            yield node.lineno, f"a page or endpoint queries (.{node.func.attr}); call a selector"
        elif isinstance(node, ast.Name) and node.id in SHORTCUTS:
            yield node.lineno, f"a page or endpoint queries ({node.id}); call a selector"


def writes_outside_services(path: str, tree: ast.Module) -> Iterator[Breach]:
    if not re.match(r"src/plimsoll/(loop|people|ui|site|cli)/", path):
        return
    if re.search(r"/services(\.py$|/)|/migrations/", path) or path in MAY_WRITE:
        return
    found = queryset_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            verb, receiver = node.func.attr.removeprefix("a"), chain(node.func.value)
            if verb in BULK_WRITES or (verb in WRITES and writes(verb, node, receiver, found)):
                yield node.lineno, f"a record is written (.{node.func.attr}) outside a service"


def writes(verb: str, node: ast.Call, receiver: list[str], found: set[str]) -> bool:
    if "services" in receiver or any("storage" in name for name in receiver):
        return False
    if is_queryset(receiver, found):
        return True
    # On anything else `update` is a dict's and `create` a class's; a related manager is x.y.create().
    related = len(receiver) > 1 and receiver[0].islower()
    if verb == "save":
        return not (receiver == ["self"] and len(node.args) == 2)  # a file storage: name and content
    return (verb == "delete" and not node.args) or (verb == "create" and related)


def is_queryset(receiver: list[str], found: set[str]) -> bool:
    return any(
        name in MANAGERS or name in QUERIES or name.endswith("_set") or name in found for name in receiver
    )


def queryset_names(tree: ast.Module) -> set[str]:
    """Names that somewhere in the module are bound to what starts from a manager."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None
        if is_queryset(chain(node.value), set())
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def models_of_other_stages(path: str, tree: ast.Module) -> Iterator[Breach]:
    match = re.fullmatch(r"src/plimsoll/loop/(\w+)/(selectors|facts)(\.py|/.*)", path)
    if not match:
        return
    for node, imported in imports(tree):
        other = re.match(r"plimsoll\.loop\.(\w+)\.models\b", imported)
        if other and other[1] != match[1]:
            yield node.lineno, f"reads the models of the stage {other[1]}; call its selectors"


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def models_hold_fields_only(path: str, tree: ast.Module) -> Iterator[Breach]:
    if not re.fullmatch(r"src/plimsoll/loop/\w+/models(\.py|/.*)", path):
        return
    for node in functions(tree):
        if node.name != "__str__":
            yield node.lineno, f"a model file holds fields and constraints; move {node.name} away"
    for statement, imported in imports(tree):
        if re.match(r"django\.(dispatch|db\.models\.signals)\b", imported):
            yield statement.lineno, "signals hide what a write does; use site/wiring.py"


PYTHON_RULES: tuple[Rule, ...] = (
    long_functions,
    queries_in_pages,
    writes_outside_services,
    models_of_other_stages,
    models_hold_fields_only,
)


def check_python(path: str, text: str) -> Iterator[Breach]:
    lines = len(text.splitlines())
    if path.startswith("src/") and lines > MODULE_LINES:
        yield 1, f"the module has {lines} lines; at most {MODULE_LINES}"
    tree = ast.parse(text, path)
    for rule in PYTHON_RULES:
        yield from rule(path, tree)


# ---------------------------------------------------------------- templates, styles, scripts

DJANGO = re.compile(
    r"\{#[^\n]*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL
)
SAFE = re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off\b")


class Markup(HTMLParser):
    """Collects what a strict content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.breaches: list[Breach] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        names = [name for name, _ in attrs]
        if tag == "style":
            self.breaches.append((line, "a <style> element; put it into a stylesheet"))
        if tag == "script" and "src" not in names:
            self.breaches.append((line, "a <script> without src; put it into a file"))
        for name, value in attrs:
            if name == "style":
                self.breaches.append((line, "a style attribute; use a class"))
            elif re.match(r"on[a-z]|hx-on|data-hx-on", name):
                self.breaches.append((line, f"an inline handler ({name}); use a script file"))
            elif value and value.strip().lower().startswith("javascript:"):
                self.breaches.append((line, f"script in {name}; use a script file"))


def check_template(path: str, text: str, *, may_be_safe: bool) -> Iterator[Breach]:
    lines = len(text.splitlines())
    if lines > TEMPLATE_LINES:
        yield 1, f"the template has {lines} lines; at most {TEMPLATE_LINES}"
    for match in DJANGO.finditer(text):
        if SAFE.search(match[0]) and not match[0].startswith("{#") and not may_be_safe:
            yield (
                text.count("\n", 0, match.start()) + 1,
                f"unescaped output; if it must be, list it in {SAFE_LIST}",
            )
    markup = Markup()
    # Django's tags go, line breaks stay; what is written inside an attribute's quotes becomes blank.
    markup.feed(DJANGO.sub(lambda found: "\n" * found[0].count("\n") or " ", text))
    markup.close()
    yield from markup.breaches


def check_static(path: str, content: bytes) -> Iterator[Breach]:
    if path.endswith(".css") and len(content) > STYLESHEET_BYTES:
        yield 1, f"the stylesheet has {len(content):,} bytes; at most {STYLESHEET_BYTES:,}"
    if path.endswith(".js") and content.count(b"\n") > SCRIPT_LINES:
        yield 1, f"the script has {content.count(bytes([10]))} lines; at most {SCRIPT_LINES}"


# ---------------------------------------------------------------- names, words, decisions


def check_names(path: str) -> Iterator[Breach]:
    parts = PurePosixPath(path).parts
    if parts[0] not in CODE_FOLDERS:
        return
    for folder in parts[1:-1]:
        if folder.lower() in FORBIDDEN_FOLDERS:
            yield 1, f"a folder called {folder}; find the concept"
    stem = PurePosixPath(path).stem
    if path.endswith(".py") and stem.lower().removeprefix("test_") in FORBIDDEN_NAMES:
        yield 1, f"a module called {stem}; find the concept"


def check_words(path: str, text: str) -> Iterator[Breach]:
    code = path.endswith(".py") or path.startswith(("src/", "tests/"))
    for pattern, what in (
        (PLACES, "names a place of one machine or registry"),
        (PROMISES, "promises or swallows"),
    ):
        if pattern is PROMISES and not code:
            continue
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, f"{what}: {match[0].strip()}"


def check_decision(path: str, text: str) -> Iterator[Breach]:
    name = PurePosixPath(path).name
    if name == "README.md":
        return
    if not ADR_NAME.fullmatch(name):
        yield 1, "a decision record is called NNNN-the-decision.md"
    if not re.match(r"# \S", text):
        yield 1, "a decision record starts with its title (# …)"
    parts = re.split(r"^## +(.+?) *$", text, flags=re.MULTILINE)
    sections = {title.lower(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}
    for section in ADR_SECTIONS:
        if not sections.get(section.lower()):
            yield 1, f"a decision record has a section “{section}” that says something"


# ---------------------------------------------------------------- all together


def check(path: str, content: bytes, *, safe: Mapping[str, str] | None = None) -> list[str]:
    """One line per breach in one file; `path` is relative to the root, with slashes."""
    breaches: list[Breach] = list(check_names(path))
    if b"\x00" not in content:
        text = content.decode(errors="replace")
        breaches += check_words(path, text)
        if path.endswith(".py") and "/migrations/" not in path:
            breaches += check_python(path, text)
        if "/templates/" in path and path.endswith(".html"):
            breaches += check_template(path, text, may_be_safe=path in (safe or {}))
        if path.startswith("docs/decisions/") and path.endswith(".md"):
            breaches += check_decision(path, text)
    if path.startswith("src/"):
        breaches += check_static(path, content)
    return [f"{path}:{line}: {what}" for line, what in breaches]


def check_safe_list(safe: Mapping[str, str], files: Mapping[str, bytes]) -> Iterator[str]:
    for path, reason in safe.items():
        if len(reason.split()) < 3:
            yield f"{SAFE_LIST}:1: {path} needs a reason"
        if not SAFE.search(files.get(path, b"").decode(errors="replace")):
            yield f"{SAFE_LIST}:1: {path} is listed but uses no safe filter"


def read_safe_list(text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {line.split(maxsplit=1)[0]: " ".join(line.split()[1:]) for line in lines}


def tree_files(root: Path) -> dict[str, bytes]:
    """Every file of the tree that is or will be tracked, by its path; outside git every file but caches."""
    names = git_names(root) or walked_names(root)
    return {name: (root / name).read_bytes() for name in names if (root / name).is_file()}


def git_names(root: Path) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return sorted(set(listed.stdout.decode().split("\0")) - {""})


def walked_names(root: Path) -> list[str]:
    skipped = {"__pycache__", "build", "dist", "var", "htmlcov", "node_modules"}
    relative = sorted(found.relative_to(root) for found in root.rglob("*"))
    return [str(r) for r in relative if not any(p.startswith(".") or p in skipped for p in r.parts)]


def longest(files: Mapping[str, bytes]) -> list[str]:
    modules, spans = [], []
    for path, content in files.items():
        if path.startswith("src/") and path.endswith(".py") and "/migrations/" not in path:
            modules.append((len(content.splitlines()), path))
            tree = ast.parse(content, path)
            spans += [(length(node), f"{path}:{node.lineno} {node.name}") for node in functions(tree)]
    lines = ["The ten longest modules:"]
    lines += [f"{count:5} {path}" for count, path in sorted(modules, reverse=True)[:10]]
    lines += ["The ten longest functions:"]
    return lines + [f"{count:5} {where}" for count, where in sorted(spans, reverse=True)[:10]]


def check_tree(files: Mapping[str, bytes]) -> list[str]:
    safe = read_safe_list(files.get(SAFE_LIST, b"").decode())
    found = [line for path, content in files.items() for line in check(path, content, safe=safe)]
    return [*found, *check_safe_list(safe, files)]


def main() -> int:
    files = tree_files(ROOT)
    print("\n".join(longest(files)))
    breaches = check_tree(files)
    if breaches:
        print(f"\n{len(breaches)} breaches of the house rules:")
        print("\n".join(breaches))
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
