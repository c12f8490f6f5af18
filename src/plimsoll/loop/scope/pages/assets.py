"""Forms that register an asset, or a new version of one, by content."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from plimsoll.loop.scope import selectors, services
from plimsoll.loop.scope.forms import AssetForm, VersionForm
from plimsoll.people.requests import actor_and_program
from plimsoll.ui.addresses import address
from plimsoll.ui.forms import attempt
from plimsoll.ui.shortcuts import page


@require_http_methods(["GET", "POST"])
def new_asset(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("scope:asset:register", found.id)
    system = selectors.system_by_ref(actor, found.id, ref)
    form = AssetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        asset = attempt(
            form,
            lambda: services.register_asset(
                actor=actor,
                system_id=system.id,
                kind=given["kind"],
                name=given["name"],
                digest=_digest(given["file"]) or given["sha256"],
                provenance=given["provenance"],
            ),
        )
        if asset:
            messages.success(request, f"{asset.name} is registered.")
            return redirect(address(found.slug, f"AST-{asset.number}"))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"Register an asset of {system.name}",
            "sentence": "Evidence binds to its content: a changed file has none until it is checked again.",
            "submit": "Register it",
            "cancel_url": address(found.slug, system.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (system.name, address(found.slug, system.ref)),
                ("New asset", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def replace_asset(request: HttpRequest, program: str, ref: str) -> HttpResponse:
    actor, found = actor_and_program(request, program)
    actor.must("scope:asset:register", found.id)
    asset = selectors.asset_by_ref(actor, found.id, ref)
    form = VersionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        digest = _digest(given["file"]) or given["sha256"]
        if attempt(form, lambda: services.replace_asset(actor=actor, asset_id=asset.id, digest=digest)):
            messages.success(
                request, f"{asset.name} has a new version. Evidence about the former one no longer counts."
            )
            return redirect(address(found.slug, asset.ref))
    return page(
        request,
        "ui/kinds/form.html",
        {
            "form": form,
            "title": f"New version of {asset.name}",
            "submit": "Register it",
            "cancel_url": address(found.slug, asset.ref),
            "crumbs": [
                (found.name, f"/{found.slug}/"),
                (asset.name, address(found.slug, asset.ref)),
                ("New version", ""),
            ],
        },
        status=422 if form.errors else 200,
    )


def _digest(file: UploadedFile[bytes] | None) -> str:
    """SHA-256 of an uploaded file, chunk by chunk; empty without a file."""
    if file is None:
        return ""
    hashed = hashlib.sha256()
    for chunk in file.chunks():
        hashed.update(chunk)
    return hashed.hexdigest()
