from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "plimsoll.ui"
    label = "ui"

    def ready(self) -> None:
        from django.forms import Field

        Field.default_error_messages["required"] = "Fill this in."
