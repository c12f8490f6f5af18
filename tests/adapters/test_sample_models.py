"""The small models of the worked programs: really trained, and found by the checks to be what they are."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plimsoll.adapters import sample_models
from plimsoll.adapters.evidence import Ran, run_check
from plimsoll.adapters.sample_models import CreditModel
from plimsoll.engines.checks.result import Outcome
from plimsoll.kernel.errors import MissingExtra

KEY = Ed25519PrivateKey.from_private_bytes(b"m" * 32)
NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def unfair(folder: Path) -> CreditModel:
    return sample_models.train_credit(folder / "new", version="1.0", balanced=False)


@pytest.fixture(scope="module")
def fair(folder: Path) -> CreditModel:
    return sample_models.train_credit(folder / "new", version="1.1", balanced=True)


@pytest.fixture(scope="module")
def detector(folder: Path) -> Path:
    return sample_models.train_detector(folder / "new", version="9")


def rows(model: CreditModel) -> list[dict[str, str]]:
    with model.predictions.open(newline="") as file:
        return list(csv.DictReader(file))


def fairness(model: CreditModel) -> Ran:
    asked: dict[str, object] = {
        "label": "repaid",
        "prediction": "approved",
        "attribute": "age_group",
        "model": str(model.model),
    }
    return run_check("fairness", model.predictions, asked, key=KEY, now=NOW)


def test_the_training_leaves_a_model_and_its_predictions_on_the_held_out_half(unfair: CreditModel) -> None:
    found = rows(unfair)
    assert len(found) == sample_models.ROWS // 2
    assert found[0].keys() == {"repaid", "approved", "age_group"}
    assert {r["age_group"] for r in found} == {"18-24", "25-59", "60+"}
    assert unfair.model.name == "keel-1.0.pkl"
    assert unfair.predictions.name == "keel-1.0-held-out.csv"


def test_the_model_has_learned_something(unfair: CreditModel) -> None:
    """Better than always giving the more frequent answer."""
    found = rows(unfair)
    right = sum(r["repaid"] == r["approved"] for r in found) / len(found)
    most = max(Counter(r["repaid"] for r in found).values()) / len(found)
    assert right > most + 0.05


def test_the_first_model_is_outside_the_limits_and_the_balanced_one_within(
    unfair: CreditModel, fair: CreditModel
) -> None:
    first, second = fairness(unfair), fairness(fair)
    assert (first.result.outcome, first.result.answer) == (Outcome.FAIL, "outside limits")
    assert (second.result.outcome, second.result.answer) == (Outcome.PASS, "within limits")
    assert first.recording.subjects[1].digest != second.recording.subjects[1].digest


def test_a_pickled_model_imports_names_that_somebody_must_look_at(fair: CreditModel) -> None:
    ran = run_check("model-file", fair.model, {}, key=KEY, now=NOW)
    assert ran.result.answer == "inconclusive"
    names = sorted({str(f.text).split(" ")[0] for f in ran.result.findings if "on no list" in f.text})
    again = run_check("model-file", fair.model, {"accept_globals": ",".join(names)}, key=KEY, now=NOW)
    assert again.result.answer == "clean"


def test_the_detector_is_numbers_in_a_file_without_code(detector: Path) -> None:
    assert run_check("model-file", detector, {}, key=KEY, now=NOW).result.answer == "clean"
    content = detector.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    assert {name: part["shape"] for name, part in header.items()} == {
        "weight_0": [256, 24],
        "weight_1": [24, 1],
        "bias_0": [24],
        "bias_1": [1],
    }


def test_the_detector_finds_figures_that_it_has_never_seen(detector: Path) -> None:
    """Its weights are read back from the file and applied by hand."""
    weights = tensors(detector)
    rng = np.random.default_rng(123)
    patches = rng.normal(0.0, 0.6, size=(400, 16, 16))
    present = np.arange(400) % 2 == 0
    for i in np.flatnonzero(present):
        top, left = rng.integers(0, 8), rng.integers(0, 12)
        patches[i, top : top + 8, left : left + 4] += 1.0
    hidden = np.maximum(patches.reshape(400, -1) @ weights["weight_0"] + weights["bias_0"], 0)
    found = (hidden @ weights["weight_1"] + weights["bias_1"])[:, 0] > 0
    assert (found == present).mean() > 0.9


def tensors(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    body = content[8 + size :]
    return {
        name: np.frombuffer(body[slice(*part["data_offsets"])], dtype=np.float32).reshape(part["shape"])
        for name, part in json.loads(content[8 : 8 + size]).items()
    }


def test_the_trapped_download_is_flagged_and_never_loaded(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = sample_models.write_trapped_backbone(folder / "trap")
    ran = run_check("model-file", path, {}, key=KEY, now=NOW)
    assert (ran.result.outcome, ran.result.answer) == (Outcome.FAIL, "flagged")
    assert "posix.system" in ran.result.judgement.deciding[0].text
    assert "trapped" not in capfd.readouterr().out


def _credit(folder: Path) -> object:
    return sample_models.train_credit(folder, version="1", balanced=True)


def _detector(folder: Path) -> object:
    return sample_models.train_detector(folder, version="1")


@pytest.mark.parametrize(("module", "train"), [("ensemble", _credit), ("neural_network", _detector)])
def test_without_scikit_learn_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, train: Callable[[Path], object]
) -> None:
    monkeypatch.setitem(sys.modules, f"sklearn.{module}", None)
    with pytest.raises(MissingExtra, match="The worked programs train small models") as caught:
        train(tmp_path / "x")
    assert caught.value.hint == "Run: pip install 'plimsoll[server,demo]'"
    assert not (tmp_path / "x").exists()
