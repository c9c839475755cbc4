"""Checkpoints of groups: of other networks than those that are now trained together."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch

from mlkd.checkpoint_file import load_file
from mlkd.engine.hooks.best_weights import best_file
from mlkd.engine.hooks.validation_record import RECORD
from mlkd.fileio import atomic_write

#: The networks of a group in the names of its tensors, those of a moving average included.
_TENSOR = re.compile(r'(?:module\.)?networks\.([^.]+)\.')


def members(checkpoint: Mapping[str, Any]) -> set[str]:
    """Names of the networks in a group's checkpoint; none in that of anything else."""
    matches = (_TENSOR.match(name) for name in checkpoint.get('state_dict', {}))
    return {match[1] for match in matches if match}


def only(checkpoint: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A checkpoint as it would be of some of the networks alone.

    Args:
        checkpoint: Of a group: MMEngine's, with ``state_dict`` (and maybe ``ema_state_dict``), and by network
            ``optimizer`` and ``param_schedulers``.
        names: Of the networks to keep.
    """
    others = members(checkpoint) - set(names)
    kept = dict(checkpoint)
    for key, value in checkpoint.items():
        if isinstance(value, Mapping):
            kept[key] = {name: item for name, item in value.items() if not _of(str(name), others)}
    hub = kept.get('message_hub')
    if hub:
        scalars = {key: value for key, value in hub['log_scalars'].items() if not _logged_of(key, others)}
        kept['message_hub'] = {**hub, 'log_scalars': scalars}
    return kept


def take_over(source: str | Path, names: Collection[str], folder: Path) -> str:
    """Write what ``source`` holds of some networks into ``folder``, under the same name.

    With it goes what earlier validations measured, and their best weights where those are to be left.

    Returns:
        The new file.
    """
    before = Path(source).parent
    for name in (RECORD, *map(best_file, names)):
        if (before / name).is_file():
            with atomic_write(folder / name, 'wb') as copy:
                copy.write((before / name).read_bytes())
    target = folder / Path(source).name
    with atomic_write(target, 'wb') as file:
        torch.save(only(load_file(source), names), file)
    return str(target)


def _of(name: str, networks: Collection[str]) -> bool:
    match = _TENSOR.match(name)
    return (match[1] if match else name) in networks


def _logged_of(key: str, networks: Collection[str]) -> bool:
    """Whether a scalar of the log, ``train/NETWORK.loss`` or ``val/NETWORK/mAP``, is of one of the networks."""
    return re.split(r'[./]', key.partition('/')[2])[0] in networks
