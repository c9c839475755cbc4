from __future__ import annotations

from torch import nn

from mlkd.models.necks import GlobalPool
from mlkd.models.utils.build import build_model


def test_config_is_built_and_module_kept() -> None:
    assert isinstance(build_model({'type': 'GlobalPool'}), GlobalPool)
    module = nn.Identity()
    assert build_model(module) is module
