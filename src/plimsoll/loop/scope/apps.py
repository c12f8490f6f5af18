from django.apps import AppConfig


class ScopeConfig(AppConfig):
    name = "plimsoll.loop.scope"
    label = "scope"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records
        from plimsoll.loop.scope import models

        for model in (
            models.System,
            models.StagePromise,
            models.Asset,
            models.AssetVersion,
            models.Answer,
            models.ScopeVersion,
            models.Assumption,
        ):
            records.register(model)
