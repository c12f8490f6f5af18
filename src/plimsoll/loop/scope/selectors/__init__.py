"""What scope lets others read."""

from plimsoll.loop.scope.selectors.assets import (
    AssetRow,
    asset_by_ref,
    asset_versions,
    assets_of,
    watched_assets,
)
from plimsoll.loop.scope.selectors.assumptions import (
    AssumptionRow,
    assumption_by_ref,
    assumptions_of,
)
from plimsoll.loop.scope.selectors.frameworks import (
    EditionRow,
    FrameworkPreview,
    clauses_in,
    edition_named,
    editions_in_force,
    editions_of,
    framework_text,
    preview_framework,
)
from plimsoll.loop.scope.selectors.law import LawAnswerRow, LawSheet, law_sheet, law_sheets
from plimsoll.loop.scope.selectors.seeing import must_see, number_of
from plimsoll.loop.scope.selectors.sheet import (
    AnswerRow,
    ScopeSheet,
    VersionRow,
    question,
    scope_diff,
    scope_sheet,
    scope_sheets,
    sheet_document,
    versions_of,
)
from plimsoll.loop.scope.selectors.systems import (
    Promise,
    SystemRow,
    system_by_id,
    system_by_ref,
    system_choices,
    systems_of,
)

__all__ = [
    "AnswerRow",
    "AssetRow",
    "AssumptionRow",
    "EditionRow",
    "FrameworkPreview",
    "LawAnswerRow",
    "LawSheet",
    "Promise",
    "ScopeSheet",
    "SystemRow",
    "VersionRow",
    "asset_by_ref",
    "asset_versions",
    "assets_of",
    "assumption_by_ref",
    "assumptions_of",
    "clauses_in",
    "edition_named",
    "editions_in_force",
    "editions_of",
    "framework_text",
    "law_sheet",
    "law_sheets",
    "must_see",
    "number_of",
    "preview_framework",
    "question",
    "scope_diff",
    "scope_sheet",
    "scope_sheets",
    "sheet_document",
    "system_by_id",
    "system_by_ref",
    "system_choices",
    "systems_of",
    "versions_of",
    "watched_assets",
]
