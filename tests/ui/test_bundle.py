"""The style sheet is put together while static files are collected, and loses nothing on the way."""

from __future__ import annotations

import json
from pathlib import Path

from django.core.management import call_command
from django.test import override_settings

import plimsoll.ui
from plimsoll.ui.bundle import bundled

STATIC = Path(plimsoll.ui.__file__).parent / "static" / "ui"


def test_an_import_becomes_its_file_inside_its_layer() -> None:
    files = {"a.css": "a{}\n", "b/c.css": "c{}\n"}
    index = '@layer one, two;\n@import url("b/c.css") layer(two);\n@import url("a.css") layer(one);\n'
    assert bundled(index, files.__getitem__) == (
        "@layer one, two;\n@layer two {\nc{}\n}\n\n@layer one {\na{}\n}\n\n"
    )


def test_collected_static_files_have_one_style_sheet_with_every_rule(tmp_path: Path) -> None:
    storages = {"staticfiles": {"BACKEND": "plimsoll.ui.bundle.BundledStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)  # again, over what is there
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    served = (tmp_path / manifest["ui/ui.css"]).read_text()
    assert "@import" not in served
    for sheet in STATIC.glob("*/*.css"):
        assert sheet.read_text().strip() in served, sheet.name
    assert (tmp_path / f"{manifest['ui/ui.css']}.gz").exists()
