"""The kinds of asset that a system is made of."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["AssetKind"]


class AssetKind(StrEnum):
    """What an asset is; evidence binds to its content, where it has bytes of ours."""

    MODEL = "model"
    DATASET = "dataset"
    PROMPT = "prompt"
    ENDPOINT = "endpoint"
    TOOL = "tool"
    VECTOR_STORE = "vector store"
    PIPELINE = "pipeline"
    VENDOR = "vendor"
