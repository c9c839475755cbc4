from __future__ import annotations

import pytest
import torch

from mlkd.engine.autocast_optim_wrapper import use_amp
from mlkd.errors import ConfigError


@pytest.mark.parametrize(
    ('gpu', 'has_bfloat16', 'wanted'),
    [
        (False, True, 'OptimWrapper'),
        (False, False, 'OptimWrapper'),
        (True, True, 'AutocastOptimWrapper'),
        (True, False, 'AmpOptimWrapper'),
    ],
)
def test_auto_takes_what_the_device_has(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, has_bfloat16: bool, wanted: str
) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: gpu)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: has_bfloat16)
    config = {'optim_wrapper': {'type': 'OptimWrapper'}}
    use_amp(config, 'auto')
    assert config['optim_wrapper']['type'] == wanted


def test_what_is_asked_for_is_used_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    config: dict = {'optim_wrapper': {}}
    use_amp(config, 'bfloat16')
    assert config['optim_wrapper']['type'] == 'AutocastOptimWrapper'
    with pytest.raises(ConfigError, match='needs a GPU'):
        use_amp(config, 'float16')
    with pytest.raises(ConfigError, match='unknown'):
        use_amp(config, 'half')
