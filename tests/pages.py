"""The one door to pages: what it fetches is checked as a whole before a test looks at a part of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib  # type: ignore[import-untyped]  # ships no types
from django.contrib.staticfiles import finders
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

__all__ = ["POLICY", "Page", "Pages"]

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
    "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
    "frame-ancestors": "'none'",
}  # fmt: skip
"""What a page may load: only what we serve, and nothing inline."""
NAMED_ELSEWHERE = ("hidden", "submit", "button", "image", "reset")
POINTS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer whose form was checked; `tree` is only there for pages."""

    response: HttpResponseBase
    path: str
    text: str
    tree: Any = None
    """html5lib's tree; elements carry their names without namespace."""

    @property
    def heading(self) -> str:
        return words(next(self.tree.iter("h1")))

    @property
    def main(self) -> str:
        """The words of the page without its frame."""
        return words(next(self.tree.iter("main")))

    def links(self) -> list[str]:
        """Internal addresses that the page leads to, absolute, without fragments, in order."""
        found = [a.get("href") for a in self.tree.iter("a")]
        return [urljoin(self.path, href).partition("#")[0] for href in found if is_ours(href)]

    def posts(self) -> set[str]:
        """Addresses that the page offers to post to, without query."""
        forms = (f for f in self.tree.iter("form") if f.get("method", "get").lower() == "post")
        return {urljoin(self.path, form.get("action") or self.path).partition("?")[0] for form in forms}

    def field(self, name: str) -> Any:
        """The control with this name."""
        controls = (e for tag in ("input", "select", "textarea") for e in self.tree.iter(tag))
        return next(e for e in controls if e.get("name") == name)

    def facts(self) -> dict[str, str]:
        """Terms and what stands beside them, from every definition list of the page."""
        pairs = (pair for dl in self.tree.iter("dl") for pair in dl)
        return {words(p.find("dt")): words(p.find("dd")) for p in pairs if p.find("dt") is not None}


def words(element: Any) -> str:
    """The text of an element and all within, with single spaces."""
    return " ".join(" ".join(element.itertext()).split())


def gist(text: str) -> str:
    """What an unexpected answer says, without its frame."""
    return " ".join(re.sub(r"<[^>]*>", " ", text.partition("<main")[2] or text).split())[:600]


def is_ours(href: str | None) -> bool:
    return href is not None and not href.startswith("#") and not urlsplit(href).netloc


@dataclass(frozen=True, slots=True)
class Pages:
    """Fetches as the client's person; every page is checked whatever the test wants of it."""

    client: Client

    def get(self, path: str, status: int = 200, *, queries: int | None = None, **headers: str) -> Page:
        with CaptureQueriesContext(connection) as asked:
            response = self.client.get(path, headers=headers)
        if queries is not None:
            found = "\n".join(query["sql"][:160] for query in asked)
            assert len(asked) <= queries, f"{path} asked {len(asked)} times, not {queries}:\n{found}"
        return self._checked(response, path, status)

    def post(self, path: str, data: Mapping[str, Any] | None = None, status: int = 302) -> Page:
        return self._checked(self.client.post(path, data or {}), path, status)

    def follow(self, path: str, data: Mapping[str, Any] | None = None) -> Page:
        """Posts, and gets the page to which the answer leads."""
        answer = self.post(path, data)
        return self.get(urljoin(path, answer.response["Location"]))

    def _checked(self, response: HttpResponseBase, path: str, status: int) -> Page:
        kind = response.headers.get("Content-Type", "")
        content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined, arg-type]
        text = content.decode("utf-8", "replace")
        assert response.status_code == status, f"{path}: {response.status_code}, {gist(text)}"
        check_headers(response)
        if not kind.startswith("text/html") or not text:
            return Page(response=response, path=path, text=text)
        whole = text.lstrip().startswith("<!DOCTYPE")
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        tree = parser.parse(text) if whole else parser.parseFragment(text)
        check_parts(tree, text, path)
        if whole:
            check_page(tree)
        return Page(response=response, path=path, text=text, tree=tree)


def check_headers(response: HttpResponseBase) -> None:
    """Every answer, page or not, forbids what it does not need."""
    policy = response.headers["Content-Security-Policy"]
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == POLICY
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


def check_page(tree: Any) -> None:
    """What only a whole page has: one heading, a title that starts with it, a language, one main part."""
    headings = [words(h1) for h1 in tree.iter("h1")]
    assert len(headings) == 1, headings
    title = words(next(tree.iter("title")))
    assert headings[0], title
    assert title.startswith(headings[0]), (title, headings)
    assert tree.get("lang") == "en"
    assert len(list(tree.iter("main"))) == 1
    levels = [int(e.tag[1]) for e in elements(tree) if e.tag in ("h1", "h2", "h3", "h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


def check_parts(tree: Any, text: str, path: str) -> None:
    """What holds for whole pages and for partials."""
    ids = Counter(e.get("id") for e in elements(tree) if e.get("id") is not None)
    assert all(count == 1 for count in ids.values()), [i for i, count in ids.items() if count > 1]
    parents = {child: parent for parent in elements(tree) for child in parent}
    labelled = {e.get("for"): words(e) for e in tree.iter("label") if e.get("for")}
    for element in elements(tree):
        check_element(element, ids)
        if element.tag in ("input", "select", "textarea", "button", "a"):
            check_named(element, labelled, parents)
        for address in addresses(element):
            check_address(address, path, ids)
        if element.tag == "form":
            check_form(element)
        if element.tag not in ("option", "button", "code"):  # “None” answers some questions
            assert not re.search(r"\bNone\b(?! (if|·))", element.text or ""), (element.tag, element.text)
    for sign in ("{{", "{%", "%}", "TypeError", "<QuerySet", "object at 0x"):
        assert sign not in text, sign


def elements(tree: Any) -> Iterator[Any]:
    """Elements only: a comment's tag is a function."""
    return (e for e in tree.iter() if isinstance(e.tag, str))


def check_element(element: Any, ids: Mapping[str, int]) -> None:
    """Nothing inline, nothing unfilled, no pointer to what is not there."""
    assert element.tag != "style"
    assert element.tag != "script" or (element.get("src") and not (element.text or "").strip())
    for name, value in element.attrib.items():
        plain = str(name).lower()
        assert plain != "style", element.tag
        assert not plain.startswith("on"), (element.tag, plain)
        assert value != "None" or element.tag == "option", (element.tag, plain)
        if plain in POINTS:
            assert all(part in ids for part in value.split()), f"{plain}={value} points nowhere"


def check_named(element: Any, labelled: Mapping[str, str], parents: Mapping[Any, Any]) -> None:
    """Whoever cannot see the page is told what each control is for."""
    if element.tag in ("button", "a"):
        label = element.get("aria-label") or words(element) or element.get("title")
        assert label, f"a {element.tag} without words: {dict(element.attrib)}"
        return
    if element.get("type", "text") in NAMED_ELSEWHERE:
        return
    around = element
    while around is not None and around.tag != "label":
        around = parents.get(around)
    named = element.get("aria-label") or element.get("aria-labelledby") or labelled.get(element.get("id", ""))
    assert named or (around is not None and words(around)), (
        f"{element.tag} {element.get('name')} has no label"
    )


def check_form(form: Any) -> None:
    """A form that writes carries the token against forgery; one that asks keeps it out of the address."""
    writes = form.get("method", "get").lower() == "post"
    tokens = [e for e in form.iter("input") if e.get("name") == "csrfmiddlewaretoken"]
    assert bool(tokens) is writes, form.attrib


def addresses(element: Any) -> Iterator[str]:
    for name in ("href", "src", "action", "hx-get", "hx-post"):
        if element.get(name) is not None:
            yield element.get(name)


def check_address(address: str, path: str, ids: Mapping[str, int]) -> None:
    """The address leads somewhere: a page of ours, a static file, a part of this page, or outside."""
    assert not address.lower().lstrip().startswith(("javascript:", "data:", "vbscript:")), address
    assert address.strip(), f"an address of {path} is empty"
    assert "None" not in address, f"an address is “{address}”"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        assert parts.scheme in ("http", "https", "mailto"), address
        return
    if address.startswith("#"):
        assert address[1:] in ids, f"{address} points nowhere"
        return
    assert leads_somewhere(urlsplit(urljoin(path, address)).path), (
        f"{path} leads to {address}, which is not ours"
    )


@cache
def leads_somewhere(target: str) -> bool:
    if target.startswith("/static/"):
        return finders.find(target.removeprefix("/static/")) is not None
    try:
        resolve(target)
    except Resolver404:
        return False
    return True
