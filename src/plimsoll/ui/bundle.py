"""Static files as they are served: the style sheet in one file, everything named by its digest.

In the source every component has a file of its own, and ui.css imports them into layers. A browser
would fetch thirty files one round trip after the other, so they are put together while static files
are collected. Nothing else is done to them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

__all__ = ["BundledStaticFilesStorage", "bundled"]

INDEX = "ui/ui.css"
IMPORT = re.compile(r'@import url\("([^":]+)"\) layer\(([a-z]+)\);')


def bundled(index: str, read: Callable[[str], str]) -> str:
    """The index with each import replaced by the file it names, inside its layer; order is kept.

    `read` gives the text of a file by its address relative to the index.
    """
    return IMPORT.sub(lambda found: f"@layer {found[2]} {{\n{read(found[1])}}}\n", index)


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types shipped
    """Collects, puts the style sheet together, then names by digest and compresses as the parent does."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:  # noqa: FBT001, FBT002 - the library's signature
        if INDEX in paths and not dry_run:
            self._put_together(paths)
        yield from super().post_process(paths, dry_run, **options)

    def _put_together(self, paths: dict[str, Any]) -> None:
        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return bytes(file.read()).decode()

        folder = posixpath.dirname(INDEX)
        text = bundled(read(INDEX), lambda name: read(posixpath.join(folder, name)))
        self.delete(INDEX)
        self.save(INDEX, ContentFile(text.encode()))
        paths[INDEX] = (self, INDEX)
