"""What every page's frame needs: where I am, what there is, who I am."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from plimsoll.people import selectors
from plimsoll.people.models import User
from plimsoll.people.requests import standing

SIX = (
    ("Scope", "scope", "s"),
    ("Risks", "risks", "r"),
    ("Gates", "gates", "g"),
    ("Decisions", "decisions", "d"),
    ("Incidents", "incidents", "i"),
    ("Brief", "brief", "b"),
)
USED = (
    ("Requirements", "requirements"),
    ("Law", "law"),
    ("Tasks", "tasks"),
    ("Timeline", "timeline"),
    ("RACI", "raci"),
    ("RAID", "raid"),
    ("Assumptions", "assumptions"),
    ("Evidence", "evidence"),
    ("Waivers", "waivers"),
    ("Monitors", "monitors"),
    ("Catalog", "catalog"),
    ("Log", "log"),
)
SETTINGS = (("Calendar", "feeds"), ("People", "people"), ("Settings", "settings"))
UNDER = {
    "systems": "scope",
    "assets": "scope",
    "conditions": "decisions",
    "dependencies": "raid",
    "issues": "raid",
    "obligations": "law",
    "signals": "monitors",
    "worksheets": "tasks",
    "matrix": "catalog",
}
"""Folders that belong to another word of the rail."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Nothing is read for a page that nobody is signed in to."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"frame": {"signup_open": not selectors.anybody_here()}}
    here_as = standing(request)
    programs = here_as.programs
    slug = (request.resolver_match.kwargs if request.resolver_match else {}).get("program", "")
    program = next((p for p in programs if p.slug == slug), None)
    found: dict[str, Any] = {
        "person": user,
        "programs": programs,
        "program": program,
        "waiting_url": "/waiting/",
    }
    if program:
        parts = request.path.split("/")
        folder = parts[2] if len(parts) > 2 else ""
        here = UNDER.get(folder, folder)
        found |= {
            "six": [
                {"word": word, "url": f"/{slug}/{path}/", "key": key, "current": path == here}
                for word, path, key in SIX
            ],
            "used": _links(slug, USED, here),
            "settings": _links(slug, SETTINGS, here),
            "declare_url": f"/{slug}/incidents/new/"
            if here_as.actor.may("respond:incident:declare", program.id)
            else "",
            "save_view_url": f"/{slug}/views/",
            "footer": f"Log position {here_as.log_position:,}",
        }
    return {"frame": found}


def _links(slug: str, words: tuple[tuple[str, str], ...], here: str) -> list[dict[str, Any]]:
    return [{"word": word, "url": f"/{slug}/{path}/", "current": path == here} for word, path in words]
