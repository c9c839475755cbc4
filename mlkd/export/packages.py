"""The packages of the extra ``mlkd[export]``."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from mlkd.errors import ConfigError

PACKAGES = ('onnx', 'onnxruntime')


def onnx_package() -> Any:
    """The package ``onnx``.

    Raises:
        ConfigError: If it is not installed.
    """
    return _imported('onnx')


def onnxruntime_package() -> Any:
    """The package ``onnxruntime``.

    Raises:
        ConfigError: If it is not installed.
    """
    return _imported('onnxruntime')


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f'{name} is not installed, or does not load.',
            found=str(error).split('\n')[0],
            expected=' and '.join(PACKAGES),
            fix="pip install 'mlkd[export]'",
        ) from error
