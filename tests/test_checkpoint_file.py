from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from mmengine.logging import HistoryBuffer

from mlkd.checkpoint_file import is_safetensors, load_file
from mlkd.errors import CheckpointError


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.path),))


def test_mmengine_checkpoints_load(tmp_path: Path) -> None:
    """What MMEngine and MMDetection publish holds NumPy values and histories beside tensors."""
    content = {
        'state_dict': {'w': torch.ones(2)},
        'message_hub': {'loss': HistoryBuffer([1.0, 2.0], [1, 1]), 'a': np.arange(3), 'b': np.float64(0.5)},
    }
    torch.save(content, tmp_path / 'a.pth')
    loaded = load_file(tmp_path / 'a.pth')
    assert loaded['message_hub']['loss'].mean() == 1.5
    assert loaded['message_hub']['a'].tolist() == [0, 1, 2]


def test_code_is_never_executed(tmp_path: Path) -> None:
    torch.save({'state_dict': {}, 'x': Evil(tmp_path / 'ran')}, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=r'execute(.|\n)*mkdir'):
        load_file(tmp_path / 'a.pth')
    assert not (tmp_path / 'ran').exists()


def test_getattr_serves_histories_only(tmp_path: Path) -> None:
    class Sly:
        def __reduce__(self) -> tuple:
            return (getattr, (np.ndarray, 'tofile'))

    torch.save({'x': Sly()}, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match='execute'):
        load_file(tmp_path / 'a.pth')


def test_a_changed_byte_anywhere_is_never_taken_for_another_value(tmp_path: Path) -> None:
    path, weight = tmp_path / 'a.pth', torch.randn(500)
    torch.save({'state_dict': {'w': weight}}, path)
    whole, refused = path.read_bytes(), 0
    for place in range(0, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            assert torch.equal(load_file(path)['state_dict']['w'], weight)
        except CheckpointError:
            refused += 1
    assert refused > len(whole) // 37 / 2


@pytest.mark.parametrize('content', [[1], {'state_dict': 3}, {0: torch.ones(1)}, {'state_dict': {0: torch.ones(1)}}])
def test_no_state_dict(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match='holds no state dict'):
        load_file(tmp_path / 'a.pth')


@pytest.mark.parametrize('keep', [0, 1, 3, 100, -300, -20, -1])
def test_truncated_anywhere_is_one_error(tmp_path: Path, keep: int) -> None:
    torch.save({'state_dict': {'w': torch.randn(50)}}, tmp_path / 'a.pth')
    (tmp_path / 'a.pth').write_bytes((tmp_path / 'a.pth').read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r'cannot be read(.|\n)*a\.pth'):
        load_file(tmp_path / 'a.pth')


def test_what_is_no_checkpoint_is_not_advised_to_be_run(tmp_path: Path) -> None:
    (tmp_path / 'config.py').write_text('model = dict()')
    with pytest.raises(CheckpointError, match='cannot be read') as caught:
        load_file(tmp_path / 'config.py')
    assert caught.value.found == "14 bytes, beginning with b'model = '"


def test_not_a_dict(tmp_path: Path) -> None:
    torch.save(torch.ones(2), tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=r'no state dict(.|\n)*Tensor'):
        load_file(tmp_path / 'a.pth')


@pytest.mark.parametrize('new_format', [True, False])
def test_mapped_or_not_it_is_the_same(tmp_path: Path, new_format: bool) -> None:
    weight = torch.randn(50)
    torch.save({'w': weight}, tmp_path / 'a.pth', _use_new_zipfile_serialization=new_format)
    assert all(torch.equal(load_file(tmp_path / 'a.pth', mmap=mmap)['w'], weight) for mmap in (True, False))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r'(?s)no such checkpoint.*a\.pth'):
        load_file(tmp_path / 'a.pth')


def test_safetensors_load_as_any_checkpoint(tmp_path: Path) -> None:
    state = {'a.weight': torch.arange(6.0).reshape(2, 3), 'b': torch.tensor(2)}
    for name in ('s.safetensors', 'renamed.pth'):
        safetensors.torch.save_file(state, tmp_path / name)
        loaded = load_file(tmp_path / name)
        assert loaded.keys() == state.keys()
        assert all(torch.equal(loaded[key], state[key]) for key in state)
    whole = (tmp_path / 's.safetensors').read_bytes()
    for content in (b'', whole[:20], whole[:-1]):
        (tmp_path / 's.safetensors').write_bytes(content)
        with pytest.raises(CheckpointError, match='cannot be read'):
            load_file(tmp_path / 's.safetensors')
    torch.save(state, tmp_path / 'plain.pth')
    assert not is_safetensors(tmp_path / 'plain.pth')
