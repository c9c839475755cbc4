from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.fileio import get_file_backend, put_text
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader, save_checkpoint

from mlkd.engine.checkpoints import AtomicBackend, latest_whole_checkpoint, load_file
from mlkd.engine.checkpoints.plain import pack_message_hub, plain, unpack_message_hub
from mlkd.errors import CheckpointError, TrainingError


class Evil:
    def __reduce__(self) -> tuple:
        return (os.mkdir, ('ran',))


def test_mmengine_never_executes_code_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({'state_dict': {}, 'x': Evil()}, 'a.pth')
    with pytest.raises(CheckpointError, match='execute'):
        CheckpointLoader.load_checkpoint('a.pth')
    assert not (tmp_path / 'ran').exists()


def test_latest_whole_checkpoint(tmp_path: Path) -> None:
    assert latest_whole_checkpoint(tmp_path / 'none') is None
    for epoch in (2, 9, 10, 11):
        torch.save({'meta': {'iter': epoch}}, tmp_path / f'epoch_{epoch}.pth')
    torch.save({'w': torch.ones(1)}, tmp_path / 'network.pth')
    assert latest_whole_checkpoint(tmp_path).endswith('epoch_11.pth')
    for epoch in (10, 11):
        (tmp_path / f'epoch_{epoch}.pth').write_bytes(b'half')
    assert latest_whole_checkpoint(tmp_path).endswith('epoch_9.pth')


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(get_file_backend('a.pth'), AtomicBackend)
    path = tmp_path / 'a.pth'
    save_checkpoint({'x': 1}, str(path), backend_args={'backend': 'mlkd_atomic'})
    put_text('old', tmp_path / 'a.txt')

    def no_space(handle: int) -> None:
        raise OSError('no space left')

    monkeypatch.setattr(os, 'fsync', no_space)
    with pytest.raises(OSError, match='no space'):
        save_checkpoint({'x': 2}, str(path), backend_args={'backend': 'mlkd_atomic'})
    with pytest.raises(OSError, match='no space'):
        put_text('new', tmp_path / 'a.txt')
    assert load_file(path) == {'x': 1}
    assert (tmp_path / 'a.txt').read_text() == 'old'
    assert sorted(item.name for item in tmp_path.iterdir()) == ['a.pth', 'a.txt']


def test_plain() -> None:
    class Name(str): ...

    value = {'a': (np.int64(3), [np.float32(0.5)]), Name('b'): np.arange(2), 'c': None, 'd': torch.ones(1)}
    result = plain(value, 'x')
    assert result['a'] == (3, [0.5])
    assert {type(key) for key in result} == {str}
    assert result['b'] == [0, 1]
    with pytest.raises(TrainingError, match=r'x\.f(.|\n)*function'):
        plain({'f': lambda: 0}, 'x')


def test_message_hub_round_trip() -> None:
    buffer = HistoryBuffer([0.1, 0.2, 0.7], [1, 1, 2])
    state = {
        'log_scalars': {'loss': buffer},
        'runtime_info': {'epoch': np.int64(3), 'hook': lambda: 0},
        'resumed_keys': {'loss': True, 'epoch': True, 'hook': True},
    }
    checkpoint = {'message_hub': pack_message_hub(state)}
    unpack_message_hub(checkpoint)
    hub = checkpoint['message_hub']
    assert hub['runtime_info'] == {'epoch': 3}
    assert hub['resumed_keys'] == {'loss': True, 'epoch': True}
    assert np.array_equal(hub['log_scalars']['loss'].data, buffer.data)
    assert hub['log_scalars']['loss'].mean() == buffer.mean()
