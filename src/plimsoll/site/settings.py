"""Django settings, read from the environment. docs/reference/settings.md lists every variable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from plimsoll.adapters.keys import load_or_create_secret


def _flag(name: str, *, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


HOME = Path(os.environ.get("PLIMSOLL_HOME", "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
SECRET_KEY = os.environ.get("PLIMSOLL_SECRET_KEY") or load_or_create_secret(HOME / "secret")
DEBUG = False
HTTPS = _flag("PLIMSOLL_HTTPS", default=False)
ALLOWED_HOSTS = os.environ.get("PLIMSOLL_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("PLIMSOLL_ORIGINS", "").split(",") if o]
PLIMSOLL_LOG_NAME = os.environ.get("PLIMSOLL_LOG_NAME", "plimsoll.local/log")
PLIMSOLL_KEY_PASSPHRASE = os.environ.get("PLIMSOLL_KEY_PASSPHRASE", "")
PLIMSOLL_KEYS = HOME / "keys"
PLIMSOLL_VAULT_KEYS = PLIMSOLL_KEYS
PLIMSOLL_LOG_POLICY = Path(os.environ.get("PLIMSOLL_LOG_POLICY", HOME / "log-policy")).resolve()
PLIMSOLL_LOG = HOME / "log"
PLIMSOLL_ASSETS = Path(os.environ.get("PLIMSOLL_ASSETS", HOME / "assets")).resolve()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "plimsoll.ui",
    "plimsoll.people",
    "plimsoll.ledger",
    "plimsoll.loop.scope",
    "plimsoll.loop.plan",
    "plimsoll.loop.prove",
    "plimsoll.loop.decide",
    "plimsoll.loop.watch",
    "plimsoll.loop.respond",
    "plimsoll.loop.report",
    "plimsoll.site",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "plimsoll.site.caching.kept_by_no_cache",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "plimsoll.site.errors.ErrorPages",
]

ROOT_URLCONF = "plimsoll.site.urls"
WSGI_APPLICATION = "plimsoll.site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "plimsoll.site.frame.frame",
            ],
            "builtins": ["plimsoll.ui.templatetags.ui"],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(
        dj_database_url.parse(os.environ.get("DATABASE_URL") or f"sqlite:///{HOME / 'plimsoll.db'}")
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what the log has on disk must not be lost here when the power fails
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "plimsoll.site.accounts.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "plimsoll.site.accounts.SocialAccountAdapter"
MFA_ADAPTER = "plimsoll.site.accounts.SecondFactorAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "plimsoll.site.accounts.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional" if os.environ.get("PLIMSOLL_MAIL_HOST") else "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_CHANGE_EMAIL = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 1  # the one by which the register knows a person
ACCOUNT_EMAIL_NOTIFICATIONS = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Plimsoll"
# Nobody signs up with an address of their own choosing (the first person apart): members are added by
# an admin, so an address that no mail has confirmed does not lock out its real owner.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if os.environ.get("PLIMSOLL_OIDC_CLIENT_ID"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": os.environ.get("PLIMSOLL_OIDC_ID", "sso"),
                "name": os.environ.get("PLIMSOLL_OIDC_NAME", "Single sign-on"),
                "client_id": os.environ["PLIMSOLL_OIDC_CLIENT_ID"],
                "secret": os.environ.get("PLIMSOLL_OIDC_SECRET", ""),
                "settings": {"server_url": os.environ.get("PLIMSOLL_OIDC_SERVER", "")},
            }
        ],
    }

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = os.environ.get("PLIMSOLL_TIME_ZONE", "UTC")
DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = "D j M Y H:i"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(HOME / "documents")},
    },
    "staticfiles": {"BACKEND": "plimsoll.ui.bundle.BundledStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
MEDIA_ROOT = HOME / "documents"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("PLIMSOLL_MAIL_HOST")
    else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST = os.environ.get("PLIMSOLL_MAIL_HOST", "")
EMAIL_HOST_USER = os.environ.get("PLIMSOLL_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("PLIMSOLL_MAIL_PASSWORD", "")
EMAIL_USE_TLS = True
DEFAULT_FROM_EMAIL = os.environ.get("PLIMSOLL_MAIL_FROM", "plimsoll@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
CSRF_FAILURE_VIEW = "plimsoll.site.errors.csrf_failure"
