from django.apps import AppConfig


class RespondConfig(AppConfig):
    name = "plimsoll.loop.respond"
    label = "respond"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records

        for model in self.get_models():
            records.register(model)
