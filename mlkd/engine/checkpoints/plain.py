"""Makes the content of a checkpoint plain: tensors and Python's own values, which load without executing code."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

from mlkd.errors import TrainingError


def plain(value: Any, where: str) -> Any:
    """A copy of ``value`` made of dicts, lists, tuples, tensors, numbers, strings, bytes and None.

    Args:
        value: Anything; NumPy's scalars become Python's, its arrays become lists.
        where: Key of ``value`` in the checkpoint, for the message.

    Raises:
        TrainingError: If a part is of another type.
    """
    if value is None or type(value) in (bool, int, float, str, bytes):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {plain(key, where): plain(item, f'{where}.{key}') for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [plain(item, f'{where}.{index}') for index, item in enumerate(value)]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, str):
        # str() of an enumeration's member would be its name.
        return str.__str__(value)
    for base in (int, float):
        if isinstance(value, base):
            return base(value)
    raise TrainingError(
        'A checkpoint would hold what cannot be loaded again without executing code.',
        where=where,
        found=type(value).__name__,
        expected='tensors, numbers, strings, lists, tuples, dicts',
        fix='have the hook or scheduler that put it there store plain values',
    )


def without_functions(value: Any) -> Any:
    """A copy of nested dicts and lists without the functions among the values of dicts.

    Schedulers of MMEngine keep the form of their curve as a function, which a new one has already.
    """
    if isinstance(value, dict):
        return {key: without_functions(item) for key, item in value.items() if not callable(item)}
    return [without_functions(item) for item in value] if isinstance(value, list) else value


def pack_message_hub(state: dict) -> dict:
    """The state of MMEngine's message hub with histories as pairs of tensors.

    Runtime information that is not plain belongs to this process and is left out.
    """
    info = {}
    for key, value in state['runtime_info'].items():
        try:
            info[key] = plain(value, key)
        except TrainingError:
            continue
    scalars = {
        key: tuple(torch.from_numpy(np.asarray(part, dtype=np.float64)) for part in buffer.data)
        for key, buffer in state['log_scalars'].items()
    }
    kept = {key: bool(value) for key, value in state['resumed_keys'].items() if key in scalars or key in info}
    return {'log_scalars': scalars, 'runtime_info': info, 'resumed_keys': kept}


def unpack_message_hub(checkpoint: dict) -> None:
    """Put histories back in place in ``checkpoint['message_hub']``; those that are ``HistoryBuffer`` already stay."""
    scalars = checkpoint['message_hub']['log_scalars']
    for key, pair in scalars.items():
        if isinstance(pair, tuple):
            values, counts = (part.cpu().numpy() for part in pair)
            scalars[key] = HistoryBuffer(values, counts)
