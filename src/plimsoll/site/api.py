"""The API root: one door, one error shape, tokens with scopes, idempotent writes."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from plimsoll import __version__
from plimsoll.kernel import clock
from plimsoll.kernel.canonical import canonical_bytes, read_json
from plimsoll.kernel.errors import ErrorCode, NotAllowed, PlimsollError
from plimsoll.ledger.checkpoints import latest_checkpoint
from plimsoll.loop.decide.api import router as decide
from plimsoll.loop.plan.api import router as plan
from plimsoll.loop.prove.api import door
from plimsoll.loop.prove.api import router as prove
from plimsoll.loop.respond.api import router as respond
from plimsoll.loop.scope.api import router as scope
from plimsoll.loop.watch.services import log_signers
from plimsoll.people import selectors, services
from plimsoll.people.requests import actor_from
from plimsoll.site.errors import error_json

_log = logging.getLogger(__name__)


class TokenAuth(HttpBearer):
    """Bearer tokens; reading needs the scope “read”, writing the scope of the stage."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        now = clock.now()
        actor, token_id = selectors.actor_of_token(token, now=now)
        if request.method in ("GET", "HEAD") and "read" not in (actor.scopes or ()):
            raise NotAllowed("This token may not read.", hint="Issue one with the scope “read”.")
        services.note_token_use(token_id, now=now)
        request.plimsoll_actor = actor  # type: ignore[attr-defined]  # carried along with the request
        request.plimsoll_token = token_id  # type: ignore[attr-defined]
        return actor


class StrictParser(Parser):
    """Reads bodies as everything else that comes from outside: strictly, so that errors can be told."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body, what="The body")


class Door(NinjaAPI):
    """NinjaAPI with idempotent writes."""

    def create_response(self, request: HttpRequest, data: Any, **kwargs: Any) -> HttpResponse:
        response = super().create_response(request, data, **kwargs)
        key, token = request.headers.get("Idempotency-Key", ""), getattr(request, "plimsoll_token", 0)
        if key and token and request.method in ("POST", "PUT") and response.status_code < 400:
            services.keep_reply(
                token,
                key,
                _request_digest(request),
                status=response.status_code,
                body=response.content.decode(),
            )
        return response


def _request_digest(request: HttpRequest) -> str:
    material = b"\0".join([(request.method or "").encode(), request.get_full_path().encode(), request.body])
    return hashlib.sha256(material).hexdigest()


class IdempotentWrites(TokenAuth):
    """Answers a repeated write with the answer that it got the first time."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        actor = super().authenticate(request, token)
        key = request.headers.get("Idempotency-Key", "")
        if key and request.method in ("POST", "PUT"):
            token_id = request.plimsoll_token  # type: ignore[attr-defined]
            kept = services.kept_reply(token_id, key, _request_digest(request))
            if kept:
                raise Repeated(*kept)
        return actor


class Repeated(Exception):
    """A write that was done before; carries its answer."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.status, self.body = status, body


api = Door(
    title="Plimsoll",
    version=__version__,
    auth=IdempotentWrites(),
    parser=StrictParser(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("/", door)
for router in (scope, plan, prove, decide, respond):
    api.add_router("/programs", router)


@api.get("/programs", tags=["people"])
def programs(request: HttpRequest) -> Any:
    """The programs that the token may see."""
    return [
        {"slug": row.slug, "name": row.name, "purpose": row.purpose}
        for row in selectors.programs_of(actor_from(request))
    ]


@api.get("/log/checkpoint", tags=["log"])
def checkpoint(request: HttpRequest) -> Any:
    """The newest signed checkpoint of the log, and the keys of the log; `key` is the first of them."""
    latest = latest_checkpoint()
    signers = log_signers()
    return {
        "key": str(signers[0].verifier),
        "keys": [str(signer.verifier) for signer in signers],
        "checkpoint": latest.note if latest else None,
        "size": latest.size if latest else 0,
    }


@api.exception_handler(PlimsollError)
def _refused(request: HttpRequest, error: PlimsollError) -> HttpResponse:
    return error_json(error, error.code.status)


@api.exception_handler(Repeated)
def _repeated(request: HttpRequest, again: Repeated) -> HttpResponse:
    response = HttpResponse(again.body, content_type="application/json", status=again.status)
    response["Idempotent-Replay"] = "true"
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    more = len(error.errors) - 1
    message = f"{field or 'The request'}: {first['msg']}{f' (and {more} more)' if more else ''}."
    return _refused(request, PlimsollError(message, data={"field": field}))


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _refused(
        request,
        PlimsollError(
            "The request carries no token.",
            hint="Send Authorization: Bearer TOKEN.",
            code=ErrorCode.UNAUTHENTICATED,
        ),
    )


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _refused(request, PlimsollError("There is no such address.", code=ErrorCode.NOT_FOUND))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _refused(
        request,
        PlimsollError(
            "The request is larger than 8 MiB.", hint="Send less at once.", code=ErrorCode.TOO_LARGE
        ),
    )


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, PlimsollError):  # the parser's own words
        return _refused(request, error.__cause__)
    code = next((c for c in ErrorCode if c.status == error.status_code), ErrorCode.BAD_INPUT)
    return error_json(PlimsollError(f"{error.message}.", code=code), error.status_code)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    # The boundary of the process: the caller gets the one error shape, the log gets the traceback.
    _log.exception("the API failed on %s %s", request.method, request.path)
    body = {
        "error": {
            "code": "unavailable",
            "message": "Something failed on our side; nothing was written.",
            "hint": "Try again; if it stays, tell the operator the time of the request.",
            "data": {},
        }
    }
    return HttpResponse(canonical_bytes(body), content_type="application/json", status=500)
