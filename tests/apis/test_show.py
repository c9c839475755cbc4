"""``mlkd show``: one command, one sheet."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from network_toy import write_toy_run

from mlkd.apis import show as module
from mlkd.apis.cli import main


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_toy_run(tmp_path / 'run')


def show(*words: object) -> int:
    return main(['show', *map(str, words)])


def test_a_sheet_of_the_teacher(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / 'sheet.png'
    assert show(toy / 'toy.py', toy / 'teacher' / 'network.pth', '--images', 4, '--out', out) == 0
    assert out.read_bytes().startswith(b'\x89PNG')
    assert str(out) in capsys.readouterr().out
    four = cv2.imread(str(out)).shape
    assert show(toy / 'toy.py', toy, '--keys', '3.png', '0.png', '--out', out) == 0
    assert cv2.imread(str(out)).shape[0] < four[0]


@pytest.mark.parametrize('place', ['teacher', 'teacher/full', 'full', ''])
def test_the_network_is_found_in_folders(toy: Path, place: str) -> None:
    file = toy / place / 'network.pth'
    file.parent.mkdir(parents=True, exist_ok=True)
    (toy / 'teacher' / 'network.pth').rename(file)
    assert module.network_file(str(toy), 'teacher') == file
    assert module.network_file(str(file), 'teacher') == file


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        (['--keys', 'a/3.png'], 'did you mean 3.png?'),
        (['--images', '0'], '--images'),
        (['--stage', 'techer'], 'did you mean teacher?'),
        (['--stage', 'student'], 'does not fit'),
    ],
)
def test_wrong_arguments(toy: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    assert show(toy / 'toy.py', toy / 'teacher' / 'network.pth', *words) == 1
    assert text in capsys.readouterr().err


def test_a_folder_without_network(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'empty').mkdir()
    assert show(toy / 'toy.py', tmp_path / 'empty') == 1
    assert 'teacher/full/network.pth' in capsys.readouterr().err
