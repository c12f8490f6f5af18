from django.apps import AppConfig

LEFT_OUT = {"FrameworkImport": ("document",)}
"""The text of a framework is long; its digest stands in the log and is checked whenever it is read."""


class ScopeConfig(AppConfig):
    name = "plimsoll.loop.scope"
    label = "scope"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records

        for model in self.get_models():
            records.register(model, leaving_out=LEFT_OUT.get(model.__name__, ()))
