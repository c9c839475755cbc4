from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from mlkd.engine.config_errors import translated, unwrapped
from mlkd.errors import ConfigError, DataError, MLKDError, TrainingError
from mlkd.registry import MODELS, OPTIM_WRAPPERS, OPTIMIZERS

CONFIG = {'net': {'type': 'MultiLabelHead', 'num_classes': 2, 'in_channel': 3}, 'other': [{'type': 'Nowhere'}]}


def raised(error: Exception, config: Any = CONFIG) -> None:
    with translated(config, 'model'):
        raise error


def test_a_type_that_does_not_exist_is_found_in_the_config() -> None:
    with pytest.raises(ConfigError) as error:
        raised(KeyError('Nowhere is not in the mlkd::model registry. Please check'))
    assert (error.value.where, error.value.found) == ('model.other.0.type', 'Nowhere')


def test_what_building_raises_names_the_key_and_what_is_near() -> None:
    with pytest.raises(ConfigError, match='did you mean in_channels') as error, translated(CONFIG, 'model'):
        MODELS.build(dict(CONFIG['net']))
    assert error.value.where == 'model.net.in_channel'


def test_an_argument_that_is_missing() -> None:
    text = "MultiLabelHead.__init__() missing 1 required positional argument: 'in_channels'"
    with pytest.raises(ConfigError, match="needs 'in_channels'") as error:
        raised(TypeError(text))
    assert error.value.where == 'model.net'


@pytest.mark.parametrize(
    'error',
    [
        KeyError('Other is not in the mlkd::model registry'),
        TypeError("f() got an unexpected keyword argument 'x'"),
        RuntimeError('out of memory'),
        ValueError('x'),
    ],
)
def test_what_the_config_does_not_account_for_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as found:
        raised(error)
    assert found.value is error


def test_errors_of_workers_lose_the_trace_around_them() -> None:
    text = 'Caught DataError in DataLoader worker process 0.\nOriginal Traceback:\n  File "x"\n'
    error = unwrapped(DataError(text + 'mlkd.errors.DataError: An image is cut.\n  where: a.jpg\n'))
    assert type(error) is DataError
    assert str(error) == 'An image is cut.\n  where: a.jpg'
    with pytest.raises(TrainingError, match=r'^It is wrong'):
        raised(DataError(text + 'mlkd.errors.TrainingError: It is wrong.'))


@pytest.mark.parametrize('what', ['It is wrong.', 'Caught nothing that is known'])
def test_other_errors_of_mlkd_pass(what: str) -> None:
    error = MLKDError(what)
    assert unwrapped(error) is error


@MODELS.register_module()
class ThirdOfChannels(nn.Module):
    def __init__(self, channels: float, inner: dict | None = None) -> None:
        super().__init__()
        self.third = 1 / channels
        self.inner = None if inner is None else MODELS.build(inner)

    def use(self) -> None:
        raise ValueError('a fault of the code')


@pytest.mark.parametrize(('channels', 'kind'), [('x', 'TypeError'), (0, 'ZeroDivisionError')])
def test_arguments_that_a_class_cannot_be_made_of(channels: object, kind: str) -> None:
    wrong = {'type': 'ThirdOfChannels', 'channels': channels}
    config = {'outer': {'type': 'ThirdOfChannels', 'channels': 3, 'inner': wrong}}
    for where, built in (('model.outer.inner', config['outer']), ('model.outer.inner', wrong)):
        with pytest.raises(ConfigError, match='ThirdOfChannels cannot be made') as caught, translated(config, 'model'):
            MODELS.build(built)
        assert caught.value.where == where
        assert kind in str(caught.value.found)


@pytest.mark.parametrize('inner', ['ResNet50', {'channels': 3}, 7])
def test_what_nothing_can_be_made_of(inner: object) -> None:
    config = {'outer': {'type': 'ThirdOfChannels', 'channels': 3, 'inner': inner}}
    with pytest.raises(ConfigError, match='not described') as caught, translated(config, 'model'):
        MODELS.build(config['outer'])
    assert caught.value.where == 'model.outer.inner'
    assert caught.value.found == repr(inner)


def test_arguments_that_mmengine_adds_do_not_hide_the_key() -> None:
    config = {'optimizer': {'type': 'SGD', 'lr': 'fast'}}
    parameters = list(nn.Linear(1, 1).parameters())
    with pytest.raises(ConfigError, match='SGD cannot be made') as caught, translated(config, 'optim_wrapper'):
        OPTIMIZERS.build({**config['optimizer'], 'params': parameters})
    assert caught.value.where == 'optim_wrapper.optimizer'


def test_what_a_class_asserts_of_its_arguments() -> None:
    config = {'type': 'OptimWrapper', 'accumulative_counts': 0}
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), 0.1)
    with pytest.raises(ConfigError, match='OptimWrapper cannot be made') as caught, translated(config, 'optim_wrapper'):
        OPTIM_WRAPPERS.build({**config, 'optimizer': optimizer})
    assert caught.value.where == 'optim_wrapper'


def test_what_happens_after_building_stays_what_it_is() -> None:
    config = {'type': 'ThirdOfChannels', 'channels': 3}
    with pytest.raises(ValueError, match='fault of the code'), translated(config, 'model'):
        MODELS.build(config).use()


def test_batch_norm_of_one_value_says_what_to_do() -> None:
    layer = nn.BatchNorm2d(2).train()
    layer(torch.zeros(2, 2, 1, 1))
    with pytest.raises(ConfigError, match='Batch norm') as caught, translated({}, 'model'):
        layer(torch.zeros(1, 2, 1, 1))
    assert 'drop_last=True' in caught.value.fix
    assert '[1, 2, 1, 1]' in caught.value.found
