"""The pages of report."""

from plimsoll.loop.report.pages.obligations import obligations
from plimsoll.loop.report.pages.program import brief, brief_markdown, brief_pdf, home, program_page, waiting

__all__ = [
    "brief",
    "brief_markdown",
    "brief_pdf",
    "home",
    "obligations",
    "program_page",
    "waiting",
]
