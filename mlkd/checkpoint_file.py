"""Reading checkpoint files without executing code that they may hold."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mlkd.errors import CheckpointError, near_file


def _statistic(owner: Any, name: str) -> Any:
    """Stands for ``getattr`` in a pickled history of MMEngine, which names its methods; does nothing else."""
    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise pickle.UnpicklingError(f'GLOBAL getattr({owner}, {name!r}) is not allowed')
    return getattr(owner, name)


_multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray
#: Types that checkpoints of MMEngine and MMDetection hold beside tensors; none of them runs code of the file's.
PLAIN_TYPES: list[Any] = [
    _multiarray._reconstruct,
    _multiarray.scalar,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(name)) for name in ('bool', 'int8', 'uint8', 'int32', 'uint32', 'int64', 'float32', 'float64')),
    HistoryBuffer,
    (_statistic, 'builtins.getattr'),
]


def load_file(path: str | os.PathLike, map_location: Any = 'cpu', *, mmap: bool = False) -> dict:
    """Read a checkpoint without executing code that it may hold.

    Args:
        path: File of ``torch.save``, or of safetensors.
        map_location: As of :func:`torch.load`.
        mmap: Read from disk what is used of a tensor, when it is used, where the file's format allows it; its checksums
            are not compared then.

    Returns:
        Its content: a flat state dict, or MMEngine's dict with ``'state_dict'``.

    Raises:
        CheckpointError: If the file is missing, damaged, holds code, or is no dict.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError('There is no such checkpoint.', where=path, fix=near_file(path))
    if is_safetensors(path):
        return read_safetensors(path, map_location)
    try:
        with torch.serialization.safe_globals(PLAIN_TYPES):
            mmap = mmap and zipfile.is_zipfile(path)
            content = torch.load(path, map_location=map_location, weights_only=True, mmap=mmap)
        if not mmap and zipfile.is_zipfile(path):
            _check_sums(path)
    except MemoryError:
        raise
    except Exception as error:
        # What a damaged file raises depends on where it is damaged: pickle, zip and I/O errors, KeyError, RuntimeError.
        refused = isinstance(error, pickle.UnpicklingError) and 'GLOBAL' in str(error)
        what = 'The checkpoint holds objects that loading would have to execute.' if refused else None
        raise CheckpointError(
            what or 'The checkpoint cannot be read; it is damaged or no file of torch.save.',
            where=path,
            found=_reason(error) if refused else _damage(path, error),
            expected='tensors and plain values',
            fix='save its state_dict alone with torch.save' if refused else 'copy, download or train it again',
        ) from error
    state = content.get('state_dict', content) if isinstance(content, dict) else content
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        found = (
            f'names such as {next(name for name in state if not isinstance(name, str))!r}'
            if isinstance(state, dict)
            else type(state).__name__
        )
        expected = 'a dict of tensors by name'
        raise CheckpointError('The checkpoint holds no state dict.', where=path, found=found, expected=expected)
    return content


def _check_sums(path: Path) -> None:
    """Raise if a part of the file is not what was written; PyTorch does not compare the checksums that it writes."""
    with zipfile.ZipFile(path) as file:
        damaged = file.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f'{damaged} does not fit its checksum')


def _damage(path: Path, error: Exception) -> str:
    """What is wrong with a file. Of what is no file of torch.save, PyTorch says how to let code run that is in it."""
    with open(path, 'rb') as file:
        found = f'{path.stat().st_size} bytes, beginning with {file.read(8)!r}'
    reason = _reason(error)
    return found if 'weights_only' in reason else f'{found}: {reason}'


def is_safetensors(path: str | os.PathLike) -> bool:
    """Whether a file that is there is, by its name or its beginning, one of safetensors."""
    with open(path, 'rb') as file:
        begin = file.read(9)
    # The length of the header, 8 bytes, and the header, JSON.
    return Path(path).suffix == '.safetensors' or (begin[8:] == b'{' and begin[6:8] == bytes(2))


def read_safetensors(path: str | os.PathLike, map_location: Any = 'cpu') -> dict[str, Tensor]:
    """Tensors of a file of safetensors, by name.

    Raises:
        CheckpointError: If the file is missing, cut short, or none of safetensors.
    """
    with _opened(path) as file:
        device = 'cpu' if map_location is None else map_location
        return {name: file.get_tensor(name).to(device) for name in file.keys()}  # noqa: SIM118 - it is no dict


def safetensors_metadata(path: str | os.PathLike) -> dict[str, str]:
    """What the header of a file of safetensors says beside its tensors, which are not read.

    Raises:
        CheckpointError: See :func:`read_safetensors`.
    """
    with _opened(path) as file:
        return file.metadata() or {}


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[Any]:
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError('There is no such checkpoint.', where=path, fix=near_file(path))
    try:
        with safe_open(path, framework='pt') as file:
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            'The file cannot be read; it is cut short, damaged or no safetensors file.',
            where=path,
            found=f'{path.stat().st_size} bytes: {str(error)[:200]}',
            expected='a whole file, such as student.safetensors of a run',
            fix='copy or download it again, or publish the network again (mlkd publish WORK_DIR)',
        ) from error


def _reason(error: Exception) -> str:
    """The line of PyTorch's advice that says what is wrong."""
    lines = str(error).strip().split('\n')
    line = next((line for line in lines if 'GLOBAL' in line), lines[0])
    return line.partition(' Please use')[0].strip()[:200] or type(error).__name__
