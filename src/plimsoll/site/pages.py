"""Programs, people, settings; the patterns and the health of the installation."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plimsoll import __version__
from plimsoll.kernel import clock
from plimsoll.kernel.errors import BadInput, NotFound
from plimsoll.kernel.ids import Ref
from plimsoll.ledger.sequencing import pending
from plimsoll.loop.prove import selectors as prove
from plimsoll.loop.prove import services as proving
from plimsoll.loop.prove.forms import KeyForm
from plimsoll.people import selectors, services
from plimsoll.people.models import User
from plimsoll.people.requests import actor_and_program, actor_from
from plimsoll.people.roles import Role
from plimsoll.site.forms import MemberForm, ProgramForm, RemoveForm, RolesForm, TokenForm
from plimsoll.site.palette import title_of
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt
from plimsoll.ui.patterns import contexts, kinds
from plimsoll.ui.shortcuts import page


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether the database answers and is migrated, and what waits for the log; for monitoring."""
    waiting = pending()
    since = (clock.now() - waiting.oldest_at).total_seconds() if waiting.oldest_at else 0
    log = {"waiting": waiting.count, "waiting_seconds": max(0, round(since))}
    return JsonResponse({"status": "ok", "version": __version__, "log": log})


@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "ui/patterns.html", contexts())


@require_safe
def pattern(request: HttpRequest, name: str) -> HttpResponse:
    """One page kind with sample content."""
    known = kinds(request.GET)
    if name not in known:
        raise NotFound(f"There is no pattern “{name[:30]}”.")
    template, context = known[name]
    return page(request, template, context, partial="listing")


@require_http_methods(["GET", "POST"])
def new_program(request: HttpRequest) -> HttpResponse:
    actor = actor_from(request)
    form = ProgramForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.open_program(actor=actor, **form.cleaned_data))
        if made is not None:
            messages.success(request, "Opened. Now describe its first system.")
            return redirect(f"/{made.slug}/systems/new/")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Open a program",
            "sentence": "You will be its TPM and admin. It delivers one or more AI systems to dates.",
            "submit": "Open it",
            "cancel_url": "/",
            "crumbs": [("Programs", "/"), ("New", "")],
        },
        status=422 if form.errors else 200,
    )


@require_safe
def people(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    return page(
        request,
        "site/people.html",
        {
            "title": "People",
            "slug": found.slug,
            "members": selectors.members_of(actor, found.id),
            "may": actor.may("people:member:change", found.id),
            "crumbs": [(found.name, f"/{found.slug}/"), ("People", "")],
        },
    )


@require_http_methods(["GET", "POST"])
def new_member(request: HttpRequest, program: str) -> HttpResponse:
    """Adds a person; one who is new gets a link to set a password, shown once to the adder."""
    actor, found = actor_and_program(request, program)
    actor.must("people:member:change", found.id)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        user = attempt(
            form,
            lambda: services.set_roles(
                actor=actor,
                program_id=found.id,
                email=given["email"],
                name=given["name"],
                roles=[Role(role) for role in given["roles"]],
            ),
        )
        if user is not None:
            if user.has_usable_password():
                messages.success(request, f"{user.name} is a member.")
                return redirect(f"/{found.slug}/people/")
            return page(
                request,
                "site/invitation.html",
                {
                    "title": f"{user.name} is a member",
                    "link": request.build_absolute_uri(invitation_path(user)),
                    "slug": found.slug,
                    "crumbs": [
                        (found.name, f"/{found.slug}/"),
                        ("People", f"/{found.slug}/people/"),
                        ("Invitation", ""),
                    ],
                },
            )
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": "Add a person",
            "submit": "Add",
            "cancel_url": f"/{found.slug}/people/",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("People", f"/{found.slug}/people/"),
                ("Add", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def invitation_path(user: User) -> str:
    """Where a person without password sets the first one; good for three days and one use."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/account/invitation/{uid}/{default_token_generator.make_token(user)}/"


@require_http_methods(["GET", "POST"])
def member_roles(request: HttpRequest, program: str, handle: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("people:member:change", found.id)
    members = selectors.members_of(actor, found.id)
    person = next((m for m in members if m.handle == handle), None)
    if person is None:
        raise NotFound(f"There is no member “{handle[:30]}” in this program.")
    form = RolesForm(request.POST or None, initial={"roles": [r.value for r in person.roles]})
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form,
            lambda: services.set_roles(
                actor=actor,
                program_id=found.id,
                email=person.email,
                roles=[Role(role) for role in form.cleaned_data["roles"]],
            ),
        )
        if changed is not None:
            messages.success(request, f"{person.name}: roles changed.")
            return redirect(f"/{found.slug}/people/")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Roles of {person.name}",
            "cancel_url": f"/{found.slug}/people/",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                ("People", f"/{found.slug}/people/"),
                (person.name, ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_safe
def settings_page(request: HttpRequest, program: str) -> HttpResponse:
    return _settings(request, program)


def _settings(request: HttpRequest, slug: str, **more: object) -> HttpResponse:
    actor, found = actor_and_program(request, slug)
    now = clock.now()
    return page(
        request,
        "site/settings.html",
        {
            "title": "Settings",
            "slug": found.slug,
            "program": found,
            "tokens": [(t, t.state(now)) for t in selectors.tokens_of(actor, found.id)],
            "keys": prove.keys_of(actor, found.id),
            "token_form": TokenForm(auto_id="token_%s")
            if actor.may("people:token:issue", found.id)
            else None,
            "key_form": KeyForm(auto_id="key_%s") if actor.may("prove:key:trust", found.id) else None,
            "may_keys": actor.may("prove:key:trust", found.id),
            "may_members": actor.may("people:member:change", found.id),
            "remove_form": RemoveForm(auto_id="remove_%s")
            if actor.may("people:program:remove", found.id)
            else None,
            "crumbs": [(found.name, f"/{found.slug}/"), ("Settings", "")],
            **more,
        },
        status=422 if more.get("refused") else 200,
    )


@require_POST
def issue_token(request: HttpRequest, program: str) -> HttpResponse:
    """Issues a token and shows its secret once."""
    actor, found = actor_and_program(request, program)
    form = TokenForm(request.POST, auto_id="token_%s")
    if form.is_valid():
        issued = attempt(
            form, lambda: services.issue_token(actor=actor, program_id=found.id, **form.cleaned_data)
        )
        if issued is not None:
            return _settings(request, found.slug, secret=issued[1], issued=issued[0].name)
    return _settings(request, found.slug, token_form=form, refused=True)


@require_POST
def revoke_token(request: HttpRequest, program: str, token: int) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    services.revoke_token(actor=actor, program_id=found.id, token_id=token)
    messages.success(request, "The token is revoked.")
    return redirect(f"/{found.slug}/settings/")


@require_POST
def trust_key(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    form = KeyForm(request.POST, auto_id="key_%s")
    if form.is_valid():
        row = attempt(form, lambda: proving.trust_key(actor=actor, program_id=found.id, **form.cleaned_data))
        if row is not None:
            messages.success(request, f"Statements signed by {row.key_id} are accepted now.")
            return redirect(f"/{found.slug}/settings/")
    return _settings(request, found.slug, key_form=form, refused=True)


@require_POST
def revoke_key(request: HttpRequest, program: str, key: int) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    row = proving.revoke_key(actor=actor, program_id=found.id, key_row_id=key)
    messages.success(request, f"{row.key_id} is revoked; nothing that it signed counts any more.")
    return redirect(f"/{found.slug}/settings/")


@require_POST
def remove_program(request: HttpRequest, program: str) -> HttpResponse:
    """Removes a sample with everything in it, in one step; the log keeps that it was there."""
    actor, found = actor_and_program(request, program)
    if request.POST.get("name", "").strip() != found.name:
        raise BadInput(
            "The name that was written is not that of the program; nothing was removed.",
            hint=f"Write {found.name} to confirm.",
        )
    services.remove_program(actor=actor, program_id=found.id)
    messages.success(request, f"{found.name} is removed. The log keeps that it was there.")
    return redirect("/")


LISTS = {
    "systems": "scope",
    "sheets": "law",
    "obligations": "obligations",
    "assumptions": "assumptions",
    "requirements": "requirements",
    "tasks": "tasks",
    "parts": "raci",
    "records": "raid",
    "evidence": "evidence",
    "risks": "risks",
    "gates": "gates",
    "decisions": "decisions",
    "waivers": "waivers",
    "monitors": "monitors",
    "signals": "signals",
    "entries": "log",
    "catalog entries": "catalog",
    "catalog risks": "catalog/risks",
    "catalog controls": "catalog/controls",
    "catalog duties": "catalog/duties",
    "frameworks": "catalog/frameworks",
    "checked entries": "catalog/stale",
    "matrices": "matrix",
}
"""What a list is called → the folder that it lies in."""


@require_POST
def save_view(request: HttpRequest, program: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    listed = request.POST.get("page", "")
    query = request.POST.get("query", "")
    if listed not in LISTS:
        raise BadInput(f"There is no list “{listed[:30]}”.", hint=f"Lists are {', '.join(LISTS)}.")
    services.save_view(
        actor=actor,
        program_id=found.id,
        page=listed,
        name=request.POST.get("name", ""),
        query=query,
        shared=bool(request.POST.get("shared")),
    )
    messages.success(request, "The view is kept.")
    return redirect(f"/{found.slug}/{LISTS[listed]}/{query if query.startswith('?') else ''}")


@require_POST
def comment(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    parsed = Ref.parse(ref)
    if not title_of(actor, found, parsed):
        raise BadInput(
            f"{parsed} has no page of its own.", hint="Comment on the decision that it belongs to."
        )
    text = request.POST.get("text", "")
    services.write_comment(actor=actor, program_id=found.id, ref=str(parsed), text=text)
    messages.success(request, "Your comment is recorded.")
    return redirect(address(found.slug, str(parsed)))
