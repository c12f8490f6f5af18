"""Whoever follows links from the start page never meets a dead end or a refusal."""

from __future__ import annotations

import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import resolve

from tests.contracts.test_addresses import FETCHED
from tests.lading import NAME, Laden, laden_program  # noqa: F401 - the fixture
from tests.pages import Pages

pytestmark = pytest.mark.django_db
HREF = re.compile(r'<a\s[^>]*?href="([^"#]+)"')
LEAVES = ("/account/login/", "/account/logout/", "/account/2fa/totp/")
"""Addresses that change who is signed in, or ask for the password again."""


def links_of(text: str, path: str) -> list[str]:
    found = (urljoin(path, unescape(href)) for href in HREF.findall(text))
    return [address for address in found if address.startswith("/") and not address.startswith(LEAVES)]


def crawl(client: Client, *, per_route: int, per_list: int) -> Counter[str]:
    """Follows links breadth first, at most so many pages of a route and views of a list; counts routes."""
    pages, seen, views = Pages(client), {"/": ""}, Counter[str]()
    routes = Counter[str]()
    waiting = deque(["/"])
    while waiting:
        address = waiting.popleft()
        path, _, query = address.partition("?")
        route = resolve(path).route
        limit, counted = (per_list, views) if query else (per_route, routes)
        if counted[route] >= limit:
            continue
        counted[route] += 1
        if per_route > 2:
            text = pages.get(address).text
        else:
            answer = client.get(address)
            assert answer.status_code == 200, f"{seen[address]} leads to {address}: {answer.status_code}"
            text = b"".join(answer).decode("utf-8", "replace")
        for link in links_of(text, address):
            if link not in seen:
                seen[link] = address
                waiting.append(link)
    return routes


def test_every_page_that_links_lead_to_is_whole(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["tess"])
    routes = crawl(client, per_route=4, per_list=4)
    reached = {route.removeprefix("<slug:program>/") for route in routes}
    posted_from_its_system = {"systems/<str:ref>/update/"}
    signed_by_others = {"incidents/<str:ref>/clocks/close/"}  # whoever runs the program closes no clock
    assert {row.route for row in FETCHED} - reached == posted_from_its_system | signed_by_others
    assert routes["<slug:program>/requirements/<str:ref>/"] == 4


@pytest.mark.parametrize("name", ["odile", "omni"])
def test_every_link_that_a_member_sees_can_be_followed(laden: Laden, client: Client, name: str) -> None:
    client.force_login(laden.crew.users[name])
    routes = crawl(client, per_route=2, per_list=2)
    assert len(routes) > 30


def test_a_stranger_meets_nothing_of_the_program_on_the_way(laden: Laden, client: Client) -> None:
    client.force_login(laden.crew.users["mallory"])
    seen: list[str] = []
    waiting: deque[str] = deque(["/", "/waiting/", "/go?q=bosun", "/go?q=RSK-1", "/flotsam/"])
    while waiting:
        address = waiting.popleft()
        if address in seen or len(seen) > 60:
            continue
        seen.append(address)
        answer = client.get(address)
        text = b"".join(answer).decode("utf-8", "replace")
        assert answer.status_code == (409 if "/brief" in address else 200), address  # no system, no brief
        assert NAME not in text, address
        assert "Answers customers" not in text, address
        waiting.extend(links_of(text, address))
    assert len(seen) > 20
