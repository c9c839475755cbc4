from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from mlkd.errors import CheckpointError
from mlkd.models.utils import allow_missing_weights, load_weights
from mlkd.models.utils.weights import WeightFileInit


class Small(BaseModule):
    ignored_weights = ('classifier.',)

    def __init__(self, checkpoint: str | None = None) -> None:
        super().__init__(checkpoint and {'type': 'WeightFile', 'checkpoint': checkpoint})
        self.fc = nn.Linear(2, 3)

    def weight_layouts(self) -> list[dict[str, str]]:
        return [{f'fc.{kind}': f'{name}.{kind}' for kind in ('weight', 'bias')} for name in ('old', 'new')]


STATE = {'new.weight': torch.arange(6.0).view(3, 2), 'new.bias': torch.ones(3), 'classifier.weight': torch.ones(9)}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
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
    WeightFileInit('w.pth', ignore=['fc.'])(layers)
    assert layers[0].weight.unique().tolist() == [7]
    torch.save({'0.weight': state['0.weight']}, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'missing: 0\.bias'):
        load_weights(layers, 'w.pth')
