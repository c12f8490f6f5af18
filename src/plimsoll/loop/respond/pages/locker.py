"""The evidence locker: putting a file in, and taking it out for a purpose. It is never shown in our pages."""

from __future__ import annotations

import io
from datetime import timedelta

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from plimsoll.kernel import clock
from plimsoll.kernel.errors import NotFound
from plimsoll.loop.respond import selectors, services
from plimsoll.loop.respond.forms import DepositForm, WithdrawForm
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page

__all__ = ["deposit", "withdraw"]

USUALLY_KEPT = timedelta(days=3 * 365)


@require_http_methods(["GET", "POST"])
def deposit(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("respond:item:deposit", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    form = DepositForm(
        request.POST or None,
        request.FILES or None,
        initial={"retained_until": clock.today() + USUALLY_KEPT},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        file: UploadedFile[bytes] = given["document"]
        made = attempt(
            form,
            lambda: services.deposit_item(
                actor=actor,
                incident_id=row.id,
                file_name=file.name or "file",
                content=file.read(),
                sentence=given["sentence"],
                retained_until=given["retained_until"],
            ),
        )
        if made:
            messages.success(request, f"Held under {made.digest[:12]}…")
            return redirect(f"{address(found.slug, row.ref)}#locker")
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Put a file into the locker of {row.ref}",
            "sentence": row.title,
            "submit": "Put it in",
            "cancel_url": address(found.slug, row.ref),
            "help": "Take it before anything is contained: containing destroys it. Whoever takes it out "
            "later is kept with the purpose.",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Locker", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, program: str, ref: str, item: int) -> HttpResponseBase:
    actor, found = actor_and_program(request, program)
    actor.must("respond:item:withdraw", found.id)
    row = selectors.incident_by_ref(actor, found.id, ref)
    held = next((i for i in selectors.items_of(row.id) if i.id == item), None)
    if held is None:
        raise NotFound(f"The locker of {row.ref} has no such file.")
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        taken = attempt(
            form,
            lambda: services.withdraw_item(actor=actor, incident_id=row.id, item_id=item, purpose=purpose),
        )
        if taken:
            name, content = taken
            return FileResponse(
                io.BytesIO(content),
                as_attachment=True,
                filename=name,
                content_type="application/octet-stream",
            )
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Take {held.name} out",
            "sentence": f"{held.sentence} SHA-256 {held.digest}",
            "submit": "Take it out",
            "cancel_url": address(found.slug, row.ref),
            "help": "The digest is checked first. Your name, the time and the purpose are kept.",
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (row.ref, address(found.slug, row.ref)),
                ("Locker", ""),
            ],
        },
        status=422 if form.errors else 200,
    )
