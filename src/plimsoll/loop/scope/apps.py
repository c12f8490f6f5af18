from django.apps import AppConfig


class ScopeConfig(AppConfig):
    name = "plimsoll.loop.scope"
    label = "scope"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records

        for model in self.get_models():
            # The text of an imported framework is long; its digest is in the log and checked at each reading.
            records.register(model, leaving_out=("document",))
