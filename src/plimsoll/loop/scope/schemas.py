"""What the API takes and gives for scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from plimsoll.loop.scope.selectors import AssetRow, SystemRow


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class AnswersIn(_In):
    answers: dict[str, Any] = Field(description="Question → answer, as in an answers file.")
    source: str = ""


class SystemIn(_In):
    name: str
    sentence: str
    owner: str = Field(description="Handle or e-mail address of the owner.")
    off_switch_holder: str = ""
    stage: str = "prototype"


class AssetIn(_In):
    kind: str
    name: str
    sha256: str = ""
    location: str = ""
    provenance: str = ""


class VersionIn(_In):
    sha256: str


class PromiseOut(Schema):
    stage: str
    committed_on: date
    promised_to: str


class SystemOut(Schema):
    ref: str
    name: str
    sentence: str
    label: str
    stage: str
    promoted_because: str
    owner: str
    off_switch_holder: str
    promises: list[PromiseOut]


class AssetOut(Schema):
    ref: str
    kind: str
    name: str
    sha256: str
    version: int


class VersionOut(Schema):
    version: int
    scope: dict[str, Any]


def system_out(row: SystemRow) -> SystemOut:
    return SystemOut(
        ref=row.ref,
        name=row.name,
        sentence=row.sentence,
        label=row.label.value,
        stage=row.stage.stage.value,
        promoted_because=row.stage.promoted_because,
        owner=row.owner,
        off_switch_holder=row.holder,
        promises=[
            PromiseOut(stage=p.stage.value, committed_on=p.committed_on, promised_to=p.promised_to)
            for p in row.promises
        ],
    )


def asset_out(row: AssetRow) -> AssetOut:
    return AssetOut(ref=row.ref, kind=row.kind, name=row.name, sha256=row.digest, version=row.version)
