"""What every command has in common: how it stops, and how it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest
import typer

from plimsoll.cli.speaking import read_input, spoken
from plimsoll.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("thrown", "code", "said"),
    [(KeyboardInterrupt(), 130, "stopped; nothing was written"), (BrokenPipeError(), 0, "")],
)
def test_an_interruption_ends_a_command_without_a_traceback(
    thrown: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    @spoken
    def command() -> NoReturn:
        raise thrown

    with pytest.raises(typer.Exit) as ended:
        command()
    assert ended.value.exit_code == code
    assert said in capsys.readouterr().err


def test_an_input_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("answers: {}")

    def fails(*_: object, **__: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", fails)
    with pytest.raises(BadInput, match=r"The answers .*answers\.yaml cannot be read: Permission denied"):
        read_input(path, what="The answers", limit=100)
