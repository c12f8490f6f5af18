"""The form of crosswalk.yaml, and of the rows of frameworks.yaml as far as the crosswalk reads them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from plimsoll.engines.catalog.schema import Confidence, Edition, Slug

__all__ = ["AliasEntry", "CrosswalkFile", "FrameworkRow", "Scheme", "SourceRow"]


class FrameworkRow(BaseModel):
    """A row of frameworks.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Slug
    name: str
    owner: str
    version: str
    date: str
    status: str
    kind: str
    source: list[str]
    confidence: Confidence
    redistribution: str = ""
    identifier_pattern: str = ""
    counts: dict[str, int] = Field(default_factory=dict)
    notes: str = ""


class SourceRow(BaseModel):
    """A row of sources.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^S-[A-Z0-9-]+$")
    title: str
    url: str | None
    date: str
    kind: str
    note: str = ""


class Scheme(BaseModel):
    """One way in which risks and controls cite clauses."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str
    framework: Slug
    edition: str = Field(pattern=r"^[^:\n]+$")
    tables: list[str] = Field(default_factory=list)
    complete_for: str | None = None


class AliasEntry(BaseModel):
    """A table of renamed ids."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    framework: Slug
    table: str


class CrosswalkFile(BaseModel):
    """crosswalk.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    edition: Edition
    schemes: list[Scheme]
    frameworks: list[FrameworkRow]
    aliases: list[AliasEntry]
    names: dict[str, Slug]
