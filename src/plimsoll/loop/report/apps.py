from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "plimsoll.loop.report"
    label = "report"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from plimsoll.ledger import records

        for model in self.get_models():
            records.register(model)
