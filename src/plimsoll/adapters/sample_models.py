"""Trains the small models of the worked programs and writes their files. Needs the demo extra.

The data are drawn from a seed and describe nobody. What is real is the work: models are trained,
files written, and the checks of the demo look at these files like at any others.
"""

from __future__ import annotations

import csv
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from plimsoll.kernel.errors import MissingExtra

__all__ = ["CreditModel", "train_credit", "train_detector", "write_trapped_backbone"]

ROWS = 32_000
FEATURES = ("income", "debt_ratio", "bureau_score", "tenure_years", "open_loans", "late_payments")
GROUPS = np.array(["18-24", "25-59", "60+"])


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditModel:
    """The files that one training wrote."""

    model: Path
    """The pickled classifier."""
    predictions: Path
    """CSV with outcome, decision and age group of each held-out application."""


def train_credit(folder: Path, *, version: str, balanced: bool) -> CreditModel:
    """Trains gradient boosted trees on drawn loan applications and writes model and predictions.

    `balanced` leaves the length of the banking history out, which stands in for age, and weighs the
    age groups equally. MissingExtra if scikit-learn is not installed.
    """
    boosting = _sklearn("ensemble").HistGradientBoostingClassifier
    rng = np.random.default_rng(7)
    features, repaid, group = _applications(rng)
    used = [i for i, name in enumerate(FEATURES) if not (balanced and name == "tenure_years")]
    half = ROWS // 2
    weights = _equal_weights(group[:half]) if balanced else None
    model = boosting(max_iter=30, learning_rate=0.15, random_state=7)
    model.fit(features[:half, used], repaid[:half], sample_weight=weights)
    approved = (model.predict_proba(features[half:, used])[:, 1] >= 0.5).astype(int)
    folder.mkdir(parents=True, exist_ok=True)
    written = CreditModel(
        model=folder / f"keel-{version}.pkl", predictions=folder / f"keel-{version}-held-out.csv"
    )
    written.model.write_bytes(pickle.dumps(model, protocol=5))
    with written.predictions.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["repaid", "approved", "age_group"])
        writer.writerows(zip(repaid[half:].tolist(), approved.tolist(), group[half:], strict=True))
    return written


def _applications(rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Features, whether the loan was repaid, and the applicant's age group."""
    group = rng.choice(GROUPS, size=ROWS, p=[0.2, 0.6, 0.2])
    young, old = group == "18-24", group == "60+"
    tenure = np.clip(rng.normal(np.where(young, 2.0, np.where(old, 22.0, 11.0)), 3.0), 0, None)
    bureau = rng.normal(np.where(young, -0.06, 0.02), 1.0)
    income = rng.normal(np.where(young, -0.04, 0.01), 1.0)
    debt, loans, late = rng.normal(size=ROWS), rng.poisson(1.2, ROWS), rng.poisson(0.4, ROWS)
    features = np.column_stack([income, debt, bureau, tenure, loans, late])
    score = 0.9 * bureau + 0.5 * income - 0.5 * debt - 0.5 * late + 0.03 * np.minimum(tenure, 15)
    return features, (score + rng.logistic(size=ROWS) > 0.1).astype(int), group


def _equal_weights(group: Any) -> Any:
    weights = np.ones(len(group))
    for name in GROUPS:
        weights[group == name] = len(group) / (len(GROUPS) * max(1, int((group == name).sum())))
    return weights


def train_detector(folder: Path, *, version: str) -> Path:
    """Trains a small network that tells patches with a figure from empty ones; writes its weights.

    The file is in the safetensors format (header of JSON, then raw numbers), which carries no code.
    """
    network = _sklearn("neural_network").MLPClassifier
    rng = np.random.default_rng(11)
    patches = rng.normal(0.0, 0.6, size=(3_000, 16, 16))
    present = rng.random(3_000) < 0.5
    top, left = rng.integers(0, 8, 3_000), rng.integers(0, 12, 3_000)
    for i in np.flatnonzero(present):
        patches[i, top[i] : top[i] + 8, left[i] : left[i] + 4] += 1.0
    model = network(hidden_layer_sizes=(24,), max_iter=200, random_state=11, early_stopping=True)
    model.fit(patches.reshape(len(patches), -1), present)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"lookout-{version}.safetensors"
    tensors = {f"weight_{i}": w.astype(np.float32) for i, w in enumerate(model.coefs_)}
    tensors |= {f"bias_{i}": b.astype(np.float32) for i, b in enumerate(model.intercepts_)}
    path.write_bytes(_safetensors(tensors))
    return path


def _safetensors(tensors: dict[str, Any]) -> bytes:
    header: dict[str, Any] = {}
    body = b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def write_trapped_backbone(folder: Path) -> Path:
    """Writes a backbone file as a careless download would bring it: loading it would run a command.

    The command only prints a word, and nothing here or in the checks ever loads the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "backbone-download.pt"
    path.write_bytes(b"\x80\x02cposix\nsystem\nX\x0c\x00\x00\x00echo trapped\x85R.")
    return path


def _sklearn(module: str) -> Any:  # the library ships no types
    import importlib

    try:
        return importlib.import_module(f"sklearn.{module}")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "The worked programs train small models and need scikit-learn.",
            hint="Run: pip install 'plimsoll[server,demo]'",
        ) from error
