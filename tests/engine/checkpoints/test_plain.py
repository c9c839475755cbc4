from __future__ import annotations

import enum
import io
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from mlkd.engine.checkpoints.plain import pack_message_hub, plain, unpack_message_hub, without_functions
from mlkd.errors import TrainingError


class Colour(str, enum.Enum):
    """A string that is more than a string."""

    RED = 'red'


def test_a_copy_of_plain_types_with_the_same_values() -> None:
    value = {
        'a': OrderedDict([(np.int64(1), (np.float32(0.5), [True, None, b'x']))]),
        'b': np.arange(4).reshape(2, 2),
        'c': Colour.RED,
        'd': np.bool_(True),
    }
    made = plain(value, 'state')
    assert made == {'a': {1: (0.5, [True, None, b'x'])}, 'b': [[0, 1], [2, 3]], 'c': 'red', 'd': True}
    types = type(made['a']), type(next(iter(made['a']))), type(made['a'][1][0]), type(made['c']), type(made['d'])
    assert types == (dict, int, float, str, bool)
    assert value['a'] is not made['a']


def test_tensors_lose_their_gradients_and_files_load_as_weights_only() -> None:
    made = plain({'w': torch.ones(2, requires_grad=True)}, 'state')
    assert not made['w'].requires_grad
    file = io.BytesIO()
    torch.save(made, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=True)['w'], torch.ones(2))


@pytest.mark.parametrize('odd', [{1}, print, SimpleNamespace(), 1j])
def test_what_is_not_plain_is_named_with_its_key(odd: object) -> None:
    with pytest.raises(TrainingError) as error:
        plain({'hooks': [0, {'x': odd}]}, 'meta')
    assert (error.value.where, error.value.found) == ('meta.hooks.1.x', type(odd).__name__)


def test_functions_go_wherever_they_are() -> None:
    state = {'_schedulers': [{'last': 1, 'form': print}], 'step': len, 'lr': (0.1, 0.2)}
    assert without_functions(state) == {'_schedulers': [{'last': 1}], 'lr': (0.1, 0.2)}


def test_histories_survive_and_what_belongs_to_the_process_does_not() -> None:
    history = HistoryBuffer([1.0, 2.0, 4.0], [1, 1, 2])
    state = {
        'log_scalars': OrderedDict(loss=history),
        'runtime_info': OrderedDict(epoch=3, cfg=print),
        'resumed_keys': OrderedDict(loss=True, epoch=0, cfg=True),
    }
    packed = pack_message_hub(state)
    assert packed['runtime_info'] == {'epoch': 3}
    assert packed['resumed_keys'] == {'loss': True, 'epoch': False}
    assert [part.tolist() for part in packed['log_scalars']['loss']] == [[1, 2, 4], [1, 1, 2]]
    checkpoint = {'message_hub': packed}
    unpack_message_hub(checkpoint)
    again = packed['log_scalars']['loss']
    # (1 + 2 + 2 * 4) / 4.
    assert (again.current(), again.mean()) == (history.current(), pytest.approx(history.mean()))
    unpack_message_hub(checkpoint)
    assert packed['log_scalars']['loss'] is again
