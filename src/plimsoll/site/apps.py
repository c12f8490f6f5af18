from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "plimsoll.site"
    label = "site"

    def ready(self) -> None:
        from plimsoll.site import credentials, wiring

        credentials.connect()
        wiring.connect()
