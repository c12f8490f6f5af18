import re

from plimsoll.kernel.assets import AssetKind


def test_kinds_of_asset_are_said_in_plain_words() -> None:
    assert AssetKind("vector store") is AssetKind.VECTOR_STORE
    assert len({kind.value for kind in AssetKind}) == 8
    for kind in AssetKind:
        assert re.fullmatch(r"[a-z]+( [a-z]+)?", kind.value)
        assert kind.name == kind.value.replace(" ", "_").upper()
