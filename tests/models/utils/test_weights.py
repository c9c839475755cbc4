from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from mlkd.errors import CheckpointError
from mlkd.models.utils import add_weight_folder, allow_missing_weights, find_weights, load_weights, weights


class Small(BaseModule):
    ignored_weights = ('classifier.',)

    def __init__(self, checkpoint: str | None = None) -> None:
        super().__init__(checkpoint and {'type': 'WeightFile', 'checkpoint': checkpoint})
        self.fc = nn.Linear(2, 3)

    def weight_layouts(self) -> list[dict[str, str]]:
        return [{f'fc.{kind}': f'{name}.{kind}' for kind in ('weight', 'bias')} for name in ('old', 'new')]


STATE = {'new.weight': torch.arange(6.0).view(3, 2), 'new.bias': torch.ones(3), 'classifier.weight': torch.ones(9)}


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(weights.WEIGHTS_VARIABLE, raising=False)
    monkeypatch.setattr(weights, '_folders', [])
    yield
    allow_missing_weights(False)


def test_tensors_are_loaded_cast_and_renamed(tmp_path: Path) -> None:
    torch.save({'state_dict': {key: value.half() for key, value in STATE.items()}}, tmp_path / 'w.pth')
    module = Small('w.pth')
    module.init_weights()
    assert torch.equal(module.fc.weight, STATE['new.weight'])
    assert module.fc.weight.dtype == torch.float32
    assert module.fc.weight.requires_grad


def test_old_file_format(tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / 'w.pth', _use_new_zipfile_serialization=False)
    module = Small()
    load_weights(module, tmp_path / 'w.pth')
    assert torch.equal(module.fc.bias, STATE['new.bias'])


@pytest.mark.parametrize(
    ('change', 'parts'),
    [
        ({'new.bias': None}, ['missing: new.bias']),
        ({'extra.weight': torch.ones(1)}, ['unexpected: extra.weight']),
        ({'new.weight': torch.ones(4, 2)}, ['misshapen: new.weight (4, 2) instead of (3, 2)']),
        ({'new.bias': None, 'other.bias': torch.ones(3)}, ['missing: new.bias', 'unexpected: other.bias']),
    ],
)
def test_every_tensor_counts(tmp_path: Path, change: dict, parts: list[str]) -> None:
    state = {key: value for key, value in {**STATE, **change}.items() if value is not None}
    torch.save(state, tmp_path / 'w.pth')
    module = Small()
    before = module.fc.weight.clone()
    with pytest.raises(CheckpointError) as caught:
        load_weights(module, 'w.pth')
    assert all(part in str(caught.value) for part in [*parts, 'w.pth', 'Small'])
    assert torch.equal(module.fc.weight, before)


def test_places_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [tmp_path / 'added', tmp_path / 'data' / 'weights', tmp_path / 'env', tmp_path]
    add_weight_folder(places[0])
    monkeypatch.setenv(weights.WEIGHTS_VARIABLE, str(places[2]))
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


def test_dry_run_goes_on_without_the_file() -> None:
    allow_missing_weights()
    with pytest.warns(UserWarning, match='not found'):
        Small('nowhere.pth').init_weights()


class Evil:
    def __reduce__(self) -> tuple:
        return (Path('evil').touch, ())


@pytest.mark.parametrize('kind', ['truncated', 'text', 'code', 'no tensors', 'empty'])
def test_file_that_is_no_state_dict(tmp_path: Path, kind: str) -> None:
    path = tmp_path / 'w.pth'
    contents = {'code': Evil(), 'no tensors': {'a': 1}}
    torch.save(contents.get(kind, STATE), path)
    if kind in ('truncated', 'empty'):
        path.write_bytes(path.read_bytes()[: 200 if kind == 'truncated' else 0])
    if kind == 'text':
        path.write_text('not a checkpoint\n')
    with pytest.raises(CheckpointError, match=r'w\.pth'):
        load_weights(Small(), path)
    assert not Path('evil').exists()


def test_module_that_knows_no_layout(tmp_path: Path) -> None:
    """A backbone of MMDetection: its own names, counts of batches or not, and nothing else but what is ignored."""
    layers = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    state = {**layers.state_dict(), 'fc.weight': torch.ones(4)}
    del state['1.num_batches_tracked']
    state['0.weight'] = torch.full((3, 2), 7.0, dtype=torch.float16)
    torch.save(state, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'unexpected: fc\.weight'):
        load_weights(layers, 'w.pth')
    weights.WeightFileInit('w.pth', ignore=['fc.'])(layers)
    assert layers[0].weight.unique().tolist() == [7]
    torch.save({'0.weight': state['0.weight']}, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'missing: 0\.bias'):
        load_weights(layers, 'w.pth')


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
