from __future__ import annotations

import importlib

import pytest

from mlkd.errors import ConfigError
from mlkd.export import packages


@pytest.mark.parametrize('function', [packages.onnx_package, packages.onnxruntime_package])
@pytest.mark.parametrize('error', [ModuleNotFoundError('No module named x'), ImportError('libx.so: too old\nmore')])
def test_what_is_missing_or_does_not_load(function, error: ImportError, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, 'import_module', fail)
    with pytest.raises(ConfigError, match=r"pip install 'mlkd\[export\]'") as found:
        function()
    assert found.value.found == str(error).splitlines()[0]
    assert found.value.what.startswith(function.__name__.removesuffix('_package'))


def test_each_is_the_package_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib, 'import_module', lambda name: name)
    assert (packages.onnx_package(), packages.onnxruntime_package()) == packages.PACKAGES
