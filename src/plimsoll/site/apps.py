from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "plimsoll.site"
    label = "site"

    def ready(self) -> None:
        from plimsoll.site import credentials, sealing, wiring

        credentials.connect()
        sealing.connect()
        wiring.connect()
