"""``proposals show``: a picture of the best boxes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mlkd.apis.cli import main
from mlkd.apis.proposals import show as module
from mlkd.apis.proposals.sources import ImageSource
from mlkd.proposals import ProposalStore, folder_images
from tests.proposals.raw_store import write_raw


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'photos').mkdir()
    for index in range(5):
        cv2.imwrite(str(tmp_path / 'photos' / f'{index}.png'), np.full((40, 60, 3), 40 * index, np.uint8))
    return tmp_path / 'photos'


@pytest.fixture
def store(tmp_path: Path) -> ProposalStore:
    boxes = [[0, 0, 10, 10], [5, 5, 30, 30], [0, 0, 60, 40]]
    images = {f'{index}.png': (boxes, [0.1, 0.9, 0.5], (40, 60)) for index in range(4)}
    return write_raw(tmp_path / 'a.mlkd', {**images, '4.png': ([[0, 0, 672, 336]], None, (672, 672))})


def show(*words: object) -> int:
    return main(['proposals', 'show', *map(str, words)])


def test_the_best_boxes_in_pixels_of_the_image(folder: Path, store: ProposalStore) -> None:
    source = ImageSource(*folder_images(folder), 'photos')
    item = module._proposed(store, source, '1.png', 2)
    assert item.boxes.tolist() == [[5, 5, 30, 30], [0, 0, 60, 40]]
    assert item.caption == '1.png: 3 boxes, 0.9 to 0.5'
    assert (item.image == 40).all()
    # Stored for a frame of 672 x 672.
    np.testing.assert_allclose(module._proposed(store, source, '4.png', 2).boxes, [[0, 0, 60, 20]])


def test_writes_a_picture(folder: Path, store: ProposalStore, tmp_path: Path, capsys) -> None:
    out = tmp_path / 'sheet.png'
    assert show(store.path, '--images', folder, '--out', out, '--top', 2) == 0
    assert out.read_bytes().startswith(b'\x89PNG')
    assert str(out) in capsys.readouterr().out
    whole = cv2.imread(str(out)).shape
    assert show(store.path, '--images', folder, '--out', out, '--keys', '3.png') == 0
    assert cv2.imread(str(out)).shape < whole


@pytest.mark.parametrize(
    ('words', 'text'),
    [
        (['--keys', 'b/3.png'], 'did you mean 3.png?'),
        (['--top', '0'], '--top'),
        (['--count', '0'], '--count'),
    ],
)
def test_wrong_arguments(folder: Path, store: ProposalStore, capsys, words: list[str], text: str) -> None:
    assert show(store.path, '--images', folder, *words) == 1
    assert text in capsys.readouterr().err


def test_a_store_of_other_images(store: ProposalStore, tmp_path: Path, capsys) -> None:
    (tmp_path / 'other').mkdir()
    cv2.imwrite(str(tmp_path / 'other' / '3.jpg'), np.zeros((9, 9, 3), np.uint8))
    assert show(store.path, '--images', tmp_path / 'other') == 1
    assert 'no entry for any' in (shown := capsys.readouterr().err)
    assert 'did you mean 3.png?' in shown
    assert show(store.path, '--images', tmp_path / 'other', '--keys', '3.png') == 1
    assert 'did you mean 3.jpg?' in capsys.readouterr().err
