from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from plimsoll.people.roles import Role


class UserManager(BaseUserManager["User"]):
    """Django's authentication machinery asks the model's manager for this."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    handle = models.CharField(max_length=40, unique=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_lower"),)

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    def get_full_name(self) -> str:
        return self.name


class Program(models.Model):
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300, blank=True)
    sample = models.BooleanField(default=False)
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in Role])
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "user", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="membership_role_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} in {self.program_id}"


class RefCounter(models.Model):
    """The last number given to a kind of ref in a program. Not recorded: refs stand in their records."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=3)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["program", "kind"], name="ref_counter_once"),)

    def __str__(self) -> str:
        return f"{self.kind}-{self.last}"


class ApiToken(models.Model):
    """A token of one person in one program. The secret is shown once; only its hash is kept."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("issued_at")), name="token_expires"
            ),
        )

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class Comment(models.Model):
    """What somebody said about a record, named by its ref."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="comments")
    ref = models.CharField(max_length=20)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["program", "ref", "written_at"], name="comment_ref"),)

    def __str__(self) -> str:
        return f"comment on {self.ref}"


class SavedView(models.Model):
    """A list page with its filters, kept under a name. A convenience; not recorded in the log."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["program", "owner", "page", "name"], name="saved_view_once"),
        )

    def __str__(self) -> str:
        return self.name


class IdempotentReply(models.Model):
    """The answer to a write that came with an Idempotency-Key, given again if the write is repeated."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["token", "key"], name="reply_once"),)

    def __str__(self) -> str:
        return self.key
