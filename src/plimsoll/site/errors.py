"""Refusals become pages with the same words as in the API; the fall-back pages for everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import urlencode

from plimsoll.kernel.canonical import canonical_bytes
from plimsoll.kernel.errors import ErrorCode, PlimsollError, Unauthenticated
from plimsoll.kernel.text import readable, unprintable

TITLES = {
    400: "This could not be read",
    401: "You are not signed in",
    403: "You may not do this here",
    404: "There is nothing here",
    405: "This is not a page",
    409: "It has changed meanwhile",
    413: "This is too large",
    422: "This does not fit",
    500: "Something failed on our side",
    501: "A part is not installed",
    503: "Something could not be reached",
}
TOO_LARGE = "The request is larger than 8 MiB."
API = "/api/"
"""Under this address every refusal is JSON."""


def error_body(error: PlimsollError) -> dict[str, Any]:
    """The one error shape of the API: code, message, hint, data."""
    return {
        "error": {
            "code": error.code.word,
            "message": error.message,
            "hint": error.hint,
            "data": dict(error.data),
        }
    }


def error_json(error: PlimsollError, status: int) -> HttpResponse:
    return HttpResponse(canonical_bytes(error_body(error)), content_type="application/json", status=status)


class ErrorPages:
    """Middleware: a PlimsollError becomes a page; not being signed in leads to the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405:
            return response
        allowed, sentence = response.headers.get("Allow", ""), f"{request.method} is not possible here."
        if request.path.startswith(API):
            told = error_json(PlimsollError(sentence, hint=f"Possible: {allowed}."), 405)
        else:
            told = error_page(request, 405, message=sentence, hint="Go back to the page that led here.")
        told["Allow"] = allowed
        return told

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """No record keeps control characters, so no form brings any in."""
        if request.method != "POST" or request.path.startswith(API):
            return None
        for name, values in request.POST.lists():
            if any(unprintable(value) for value in values):
                message = f"What was sent as “{readable(name)[:30]}” contains control characters."
                return error_page(request, 422, message=message, hint="Take them out and send it again.")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Unauthenticated):
            return redirect(f"/account/login/?{urlencode({'next': request.get_full_path()})}")
        if isinstance(error, RequestDataTooBig):
            error = PlimsollError(TOO_LARGE, hint="Send less at once.", code=ErrorCode.TOO_LARGE)
        if isinstance(error, PlimsollError):
            return error_page(
                request, error.code.status, message=error.message, hint=error.hint, word=error.code.word
            )
        return None


def error_page(
    request: HttpRequest, status: int, *, message: str = "", hint: str = "", word: str = ""
) -> HttpResponse:
    context = {
        "title": TITLES.get(status, TITLES[400]),
        "message": message,
        "hint": hint,
        "code": status,
        "word": word.replace("_", " "),
        "layout": "ui/frame.html" if status != 500 and request.user.is_authenticated else "",
    }
    return render(request, "ui/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, 413, message=TOO_LARGE, hint="Send less at once.")
    return error_page(request, 400, message="The request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403, message="The form had expired.", hint="Go back and send it again.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request, 403, message="The form had expired or came from another site.", hint="Load the page again."
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return error_json(PlimsollError("There is no such address.", code=ErrorCode.NOT_FOUND), 404)
    return error_page(request, 404, message=f"No page has the address {request.path[:100]}.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Renders without the request and so without the frame, because what failed may be the database."""
    told = {
        "title": TITLES[500],
        "message": "Nothing was written.",
        "hint": "Try again; if it stays, tell the operator the time.",
        "code": 500,
    }
    return HttpResponse(render_to_string("ui/error.html", told), status=500)
