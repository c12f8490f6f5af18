"""The product's settings, in a folder of their own, with quick passwords and plain static files."""

import os
import tempfile
from pathlib import Path

os.environ["PLIMSOLL_HOME"] = tempfile.mkdtemp(prefix="plimsoll-test-")
os.environ["PLIMSOLL_SECRET_KEY"] = "only for tests " * 4

from plimsoll.site.settings import *  # noqa: F403 - the environment comes first
from plimsoll.site.settings import HOME, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
Path(HOME / "static").mkdir(exist_ok=True)
