"""The verifier page, given out as it is: four files that work as well from a folder of their own."""

from __future__ import annotations

from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from plimsoll.kernel.errors import NotFound

__all__ = ["PAGE", "verifier"]

PAGE = "verifier.html"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
FILES = {entry.name: entry for entry in files("plimsoll.ui").joinpath("verifier").iterdir()}


@require_safe
def verifier(request: HttpRequest, name: str = PAGE) -> HttpResponse:
    """One of the files, to anybody; the page itself forbids more than our policy does: any connection."""
    entry = FILES.get(name)
    if entry is None:
        raise NotFound(f"There is no file “{name[:30]}” of the verifier.")
    kind = KINDS[name[name.rindex(".") :]]
    return HttpResponse(entry.read_bytes(), content_type=f"{kind}; charset=utf-8")
