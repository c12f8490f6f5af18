"""Keeps what people see out of every cache, a shared proxy's and the browser's own."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

__all__ = ["kept_by_no_cache"]

Respond = Callable[[HttpRequest], HttpResponseBase]


def kept_by_no_cache(respond: Respond) -> Respond:
    """Every answer that says nothing else may be stored nowhere; static files are answered before.

    After signing out, the browser's back button then shows nothing that was seen (OWASP ASVS 5.0, 14.3.2).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware
