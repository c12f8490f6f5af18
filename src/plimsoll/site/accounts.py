"""How people sign in: adapters for the sign-in library."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.http import require_http_methods

from plimsoll.kernel.errors import NotFound
from plimsoll.people import selectors, services
from plimsoll.people.models import User


class SignupForm(forms.Form):
    """What is asked besides e-mail and password."""

    name = forms.CharField(max_length=120, label="Your name")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """The adapter has saved everything already."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The first person signs up; everybody else is added by an admin of a program."""
        return not selectors.anybody_here()

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        services.prepare_account(user, name=form.cleaned_data.get("name", ""))
        saved = super().save_user(request, user, form, commit=commit)
        services.record_joining(saved)
        return saved


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library ships no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Single sign-on opens existing accounts; it does not make new ones."""
        return not selectors.anybody_here()


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library ships no types
    """Keeps second-factor secrets encrypted at rest, under a key derived from SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"plimsoll/second-factor/v1").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Where an invited person sets the first password; the link works once."""
    user = _invited(uid)
    if user is None or not default_token_generator.check_token(user, token):
        raise NotFound(
            "This invitation is used, has ended, or was never made.",
            hint="Ask for a new one where you got it.",
        )
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.set_first_password(user=user, password=form.cleaned_data["new_password1"])
        messages.success(request, "Your password is set. Sign in with it.")
        return redirect("account_login")
    return render(
        request,
        "site/first_password.html",
        {"form": form, "title": f"Welcome, {user.name}"},
        status=422 if form.errors else 200,
    )


def _invited(uid: str) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    return selectors.invited_person(pk)
