"""Collects for `drift`: counts two tables in a limited process and hashes them; no row is kept."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from plimsoll.adapters.profiles.observing import observe_tables
from plimsoll.adapters.tables import open_regular
from plimsoll.engines.checks.card import ParameterValue
from plimsoll.engines.checks.drift import DRIFT, asked
from plimsoll.engines.checks.parameters import read_parameters
from plimsoll.engines.checks.recording import Recording, Subject
from plimsoll.kernel.ids import Digest

__all__ = ["collect"]


def collect(subject: Path, parameters: Mapping[str, ParameterValue]) -> Recording:
    """The recording of the current table and its reference: counts on the reference's frames.

    It holds no row; of text it holds values that were frequent in a sample of the reference. Subjects
    are the current table, the reference, and the model file if one is given. MissingExtra without the
    extra `watch`; BadInput for what is wrong with a file or a column.
    """
    given = read_parameters(DRIFT.card, parameters)
    question = asked(given)
    models = [_model(Path(str(given["model"])))] if "model" in given else []
    seen = observe_tables(
        Path(str(given["reference"])),
        subject,
        columns=question["columns"],
        categories=question["categories"],
        hashed=True,
    )
    reference, current = seen.subjects
    return Recording(
        check=DRIFT.card.id,
        version=DRIFT.card.version,
        subjects=(current, reference, *models),
        seen={"asked": question, **seen.observation.to_json()},
        tools={
            "duckdb": version("duckdb"),
            "python": platform.python_version(),
        },
    )


def _model(path: Path) -> Subject:
    with open_regular(path, what="The model file") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = os.fsencode(path.name).decode("utf-8", "replace")
        return Subject(name=name, digest=Digest(digest), size=stream.tell())
