from django.apps import AppConfig


class RespondConfig(AppConfig):
    name = "plimsoll.loop.respond"
    label = "respond"
    default_auto_field = "django.db.models.BigAutoField"
