from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "plimsoll.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records
        from plimsoll.people import models

        records.register(
            models.User,
            leaving_out=("password", "last_login"),
            personal={"email": "id", "name": "id", "handle": "id"},
        )
        records.register(models.Program)
        records.register(models.Membership)
        records.register(models.ApiToken, leaving_out=("last_used_at",), personal={"name": "user_id"})
        records.register(models.Comment, personal={"text": "author_id"})
