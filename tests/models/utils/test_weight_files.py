from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from mlkd.errors import CheckpointError
from mlkd.models.utils import add_weight_folder, allow_missing_weights, find_weights, weight_files


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(weight_files.WEIGHTS_VARIABLE, raising=False)
    monkeypatch.setattr(weight_files, '_folders', [])
    yield
    allow_missing_weights(False)


def test_places_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [tmp_path / 'added', tmp_path / 'data' / 'weights', tmp_path / 'env', tmp_path]
    add_weight_folder(places[0])
    monkeypatch.setenv(weight_files.WEIGHTS_VARIABLE, str(places[2]))
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / 'w.pth').touch()
        assert find_weights('w.pth').resolve() == (place / 'w.pth').resolve()


def test_missing_file_says_where_and_how(tmp_path: Path) -> None:
    add_weight_folder(tmp_path / 'elsewhere')
    with pytest.raises(CheckpointError) as caught:
        find_weights('vgg16-397923af.pth')
    message = str(caught.value)
    places = ('elsewhere', str(Path('data', 'weights')), 'MLKD_WEIGHTS', 'https://download.pytorch.org')
    assert all(part in message for part in places)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were asked for; every file is there and empty."""
    asked: list[str] = []

    def download(url: str, target: str, digest: str | None = None) -> None:
        asked.append(url)
        if 'gone' in url:
            raise OSError('no route')
        Path(target).write_bytes(b'')

    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))
    return asked


def test_addresses_are_downloaded_once(tmp_path: Path, web: list[str]) -> None:
    for _ in range(2):
        assert find_weights('torchvision://resnet101') == tmp_path / 'hub' / 'checkpoints' / 'resnet101-63fe2227.pth'
    assert web == ['https://download.pytorch.org/models/resnet101-63fe2227.pth']


def test_a_file_at_hand_is_not_downloaded(tmp_path: Path, web: list[str]) -> None:
    file = Path('data', 'weights', 'resnet101-63fe2227.pth')
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert find_weights('torchvision://resnet101') == file
    assert not web


def test_addresses_that_give_nothing(web: list[str]) -> None:
    with pytest.raises(CheckpointError, match=r'did you mean.*resnet101'):
        find_weights('torchvision://resnet102')
    with pytest.raises(CheckpointError, match=r'no route(.|\n)*get https://a\.b/gone\.pth'):
        find_weights('https://a.b/gone.pth')
    allow_missing_weights()
    before = list(web)
    with pytest.raises(CheckpointError, match='dry run downloads nothing'):
        find_weights('https://a.b/c.pth')
    assert web == before
