"""The pages of report."""

from plimsoll.loop.report.pages.audiences import audience_view, audience_view_markdown, audience_view_pdf
from plimsoll.loop.report.pages.catalog import catalog, catalog_controls, catalog_duties, catalog_risks
from plimsoll.loop.report.pages.catalog_records import catalog_control, catalog_duty, catalog_risk
from plimsoll.loop.report.pages.clauses import clause, clauses
from plimsoll.loop.report.pages.feeds import calendar, feeds, issue_feed, revoke_feed
from plimsoll.loop.report.pages.frameworks import framework, frameworks, stale
from plimsoll.loop.report.pages.importing import apply_import, import_framework
from plimsoll.loop.report.pages.matrix import (
    gaps,
    matrices,
    matrix,
    matrix_markdown,
    matrix_paper,
    matrix_pdf,
)
from plimsoll.loop.report.pages.obligations import obligations
from plimsoll.loop.report.pages.program import brief, brief_markdown, brief_pdf, home, program_page, waiting

__all__ = [
    "apply_import",
    "audience_view",
    "audience_view_markdown",
    "audience_view_pdf",
    "brief",
    "brief_markdown",
    "brief_pdf",
    "calendar",
    "catalog",
    "catalog_control",
    "catalog_controls",
    "catalog_duties",
    "catalog_duty",
    "catalog_risk",
    "catalog_risks",
    "clause",
    "clauses",
    "feeds",
    "framework",
    "frameworks",
    "gaps",
    "home",
    "import_framework",
    "issue_feed",
    "matrices",
    "matrix",
    "matrix_markdown",
    "matrix_paper",
    "matrix_pdf",
    "obligations",
    "program_page",
    "revoke_feed",
    "stale",
    "waiting",
]
