import pytest
from django.test import Client

from tests.voyages import Voyage


@pytest.mark.parametrize("path", ["", "scope/", "scope/SYS-1/", "scope/SYS-1/?order=topic", "scope/SYS-1/versions/", "systems/new/", "systems/SYS-1/", "systems/SYS-1/change/", "systems/SYS-1/promise/", "systems/SYS-1/assets/new/", "systems/SYS-1/update/", "assumptions/", "requirements/", "requirements/REQ-1/", "requirements/REQ-2/attest/", "requirements/REQ-1/waive/", "evidence/", "risks/", "risks/new/", "gates/", "gates/GTE-1/", "gates/GTE-1/options/", "decisions/", "waivers/", "incidents/", "log/", "log/export/", "brief/", "brief.md", "brief.pdf", "people/", "people/new/", "people/dev/", "settings/"])
def test_page(bosun: Voyage, client: Client, path: str) -> None:
    client.force_login(bosun.crew.users["tess"])
    r = client.get(f"/{bosun.crew.program.slug}/{path}")
    assert r.status_code == 200, r.content[:3000].decode()
