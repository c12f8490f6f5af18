"""Prints Typst source as PDF with the `typst` package: no network, no files but those handed in."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from plimsoll.kernel.errors import BadInput, MissingExtra

__all__ = ["render_pdf"]

STANDARDS: Final = ("a-2a", "ua-1")
"""PDF/A-2a (kept for years) and PDF/UA-1 (read aloud); the compiler refuses what breaks them."""

_FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*\.(svg|png|jpg)")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OUTSIDE: Final = re.compile(
    r"(?<![\w-])(import|include|plugin|read|eval|csv|json|toml|yaml|xml|cbor)(?![\w-])|@|//|/\*|`"
)


def render_pdf(source: str, files: Mapping[str, bytes], *, created: datetime) -> bytes:
    """The PDF of a Typst source, the same bytes for the same source, files and `created`.

    `files` lie beside the source under their names (lower-case letters, digits and hyphens; svg, png
    or jpg). `created` needs a zone and becomes the creation date in the file.

    The fonts that the package embeds are used, and the result is PDF/A-2a and PDF/UA-1. Text in a
    script that they lack falls back on the fonts of this machine, and if those lack it too, on boxes,
    without claiming the standards; the bytes then depend on the machine.

    Source that reaches for packages or other files is refused before it is compiled; source made by
    `engines.reports.typst_source` never does. BadInput for that, for bad file names and for source
    that does not compile; MissingExtra without the package.
    """
    typst = _typst()
    if created.tzinfo is None:
        raise BadInput(
            "The creation date of the PDF has no time zone.", hint="Pass an instant with its zone."
        )
    if _OUTSIDE.search(_STRING.sub('""', source)):
        raise BadInput(
            "The source of the PDF reaches for code or files outside of it.",
            hint="Print documents made by the report engine; they carry everything with them.",
        )
    with tempfile.TemporaryDirectory(prefix="plimsoll-pdf-") as folder:
        root = Path(folder)
        for name, content in files.items():
            if not _FILE_NAME.fullmatch(name):
                raise BadInput(
                    f"“{name[:60]}” is not a name for a file in a PDF.", hint="Write figure-1.svg."
                )
            (root / name).write_bytes(content)
        return _compile(typst, source, root=root, created=created)


def _compile(typst: ModuleType, source: str, *, root: Path, created: datetime) -> bytes:
    attempts: tuple[tuple[bool, list[str]], ...] = (
        (True, list(STANDARDS)),
        (False, list(STANDARDS)),
        (False, []),
    )
    failure: Any = None  # the package's own error type, known only once it is imported
    for embedded_only, standards in attempts:
        try:
            pdf: bytes = typst.compile(
                source.encode("utf-8"),
                format="pdf",
                root=str(root),
                ignore_system_fonts=embedded_only,
                pdf_standards=standards,
                timestamp=int(created.timestamp()),
                package_path=str(root / "no-packages"),
                package_cache_path=str(root / "no-packages"),
            )
        except typst.TypstError as error:
            failure = error
        else:
            return pdf
    raise BadInput(
        f"The PDF could not be printed: {failure.message}.",
        hint="The HTML and Markdown forms of the report are not affected.",
    ) from failure


def _typst() -> ModuleType:
    try:
        import typst
    except ImportError as error:
        raise MissingExtra(
            "Printing PDFs needs the typst package, which is not installed.",
            hint="Run: pip install 'plimsoll[server]'",
        ) from error
    return typst
