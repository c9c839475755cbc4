"""Reading checkpoints: without executing code, and passing over those that are not whole."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner.checkpoint import get_external_models, get_torchvision_models

from mlkd.errors import CheckpointError


def _statistic(owner: Any, name: str) -> Any:
    """Stands for ``getattr`` in a pickled history of MMEngine, which names its methods; does nothing else."""
    if owner is not HistoryBuffer or name not in ('min', 'max', 'mean', 'current'):
        raise pickle.UnpicklingError(f'GLOBAL getattr({owner}, {name!r}) is not allowed')
    return getattr(owner, name)


_multiarray = (np._core if hasattr(np, '_core') else np.core).multiarray
#: Types that checkpoints of MMEngine and MMDetection hold beside tensors; none of them runs code of the file's.
_TYPES: list[Any] = [
    _multiarray._reconstruct,
    _multiarray.scalar,
    np.ndarray,
    np.dtype,
    *(type(np.dtype(name)) for name in ('bool', 'int8', 'uint8', 'int32', 'uint32', 'int64', 'float32', 'float64')),
    HistoryBuffer,
    (_statistic, 'builtins.getattr'),
]


def load_file(path: str | os.PathLike, map_location: Any = 'cpu') -> dict:
    """Read a checkpoint without executing code that it may hold.

    Args:
        path: File of ``torch.save``.
        map_location: As of :func:`torch.load`.

    Returns:
        Its content: a flat state dict, or MMEngine's dict with ``'state_dict'``.

    Raises:
        CheckpointError: If the file is missing, damaged, holds code, or is no dict.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise CheckpointError('There is no such checkpoint.', where=path, fix='check the path')
    try:
        with torch.serialization.safe_globals(_TYPES):
            content = torch.load(path, map_location=map_location, weights_only=True)
    except MemoryError:
        raise
    except Exception as error:
        # What a damaged file raises depends on where it is damaged: pickle, zip and I/O errors, KeyError, RuntimeError.
        refused = isinstance(error, pickle.UnpicklingError) and 'GLOBAL' in str(error)
        what = 'The checkpoint holds objects that loading would have to execute.' if refused else None
        raise CheckpointError(
            what or 'The checkpoint cannot be read; it is damaged or no file of torch.save.',
            where=path,
            found=_reason(error) if refused else f'{path.stat().st_size} bytes: {_reason(error)}',
            expected='tensors and plain values',
            fix='save its state_dict alone with torch.save' if refused else 'copy or train it again',
        ) from error
    if not isinstance(content, dict):
        found = type(content).__name__
        raise CheckpointError('The checkpoint holds no state dict.', where=path, found=found, expected='a dict')
    return content


def latest_whole_checkpoint(folder: str | os.PathLike) -> str | None:
    """The newest checkpoint in ``folder`` that loads; damaged ones are passed over with a warning.

    Args:
        folder: Where ``epoch_N.pth`` or ``iter_N.pth`` stand.

    Returns:
        Its path, or None where there is none.
    """
    found = [path for path in Path(folder).glob('*.pth') if re.fullmatch(r'(epoch|iter)_\d+\.pth', path.name)]
    mixed = len({path.name.partition('_')[0] for path in found}) > 1
    age = (lambda path: path.stat().st_mtime_ns) if mixed else _number
    for path in sorted(found, key=age, reverse=True):
        try:
            meta = load_file(path).get('meta', {})
        except CheckpointError as error:
            print_log(f'{error.what} Going back to the checkpoint before it: {path}', 'current', level=30)
            continue
        if 'iter' in meta:
            return str(path)
    return None


def _number(path: Path) -> int:
    return int(path.stem.rpartition('_')[2])


def _reason(error: Exception) -> str:
    """The line of PyTorch's advice that says what is wrong."""
    lines = str(error).strip().split('\n')
    line = next((line for line in lines if 'GLOBAL' in line), lines[0])
    return line.partition(' Please use')[0].strip()[:200] or type(error).__name__


# MMEngine logs the names of its loaders from the eleventh letter on.
def load_from_disk(path: str, map_location: Any = 'cpu') -> dict:
    return load_file(path, map_location)


def load_from_web(url: str, map_location: Any = 'cpu') -> dict:
    with torch.serialization.safe_globals(_TYPES):
        return torch.hub.load_state_dict_from_url(url, map_location=map_location, weights_only=True)


def _named(catalogue: Callable[[], dict[str, str]]) -> Callable[[str, Any], dict]:
    def load_from_catalogue(name: str, map_location: Any = 'cpu') -> dict:
        known = catalogue()
        name = name.partition('://')[2]
        if name not in known:
            raise CheckpointError('There are no weights of this name.', found=name, expected='a name in the catalogue')
        return load_from_web(known[name], map_location)

    return load_from_catalogue


# MMEngine falls back to unpickling anything; these take the place of its loaders.
for _prefixes, _loader in (
    ('', load_from_disk),
    (('http://', 'https://'), load_from_web),
    (('torchvision://', 'modelzoo://'), _named(get_torchvision_models)),
    (('open-mmlab://', 'openmmlab://'), _named(get_external_models)),
):
    CheckpointLoader.register_scheme(_prefixes, _loader, force=True)
