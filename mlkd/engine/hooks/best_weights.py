"""The weights of the best validation, in the folder of a training that is to leave them."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from mlkd.engine.checkpoints.network import save_network
from mlkd.errors import CheckpointError
from mlkd.fileio import checksum
from mlkd.models.utils.weights import read_weights

from .validation_record import EMA, ValidationRecord

BEST_NETWORK = 'best.pth'


def best_file(name: str = '') -> str:
    """The file for the best weights of a network in a group; without a name of the only one."""
    return f'{Path(BEST_NETWORK).stem}-{name}.pth' if name else BEST_NETWORK


def members(model: nn.Module) -> dict[str, nn.Module]:
    """The networks of a group by name; of anything else itself, by the name ``''``."""
    networks = getattr(model, 'networks', None)
    return dict(networks.items()) if isinstance(networks, nn.ModuleDict) else {'': model}


def keep_best(record: ValidationRecord, live: nn.Module, averaged: nn.Module, folder: Path) -> None:
    """Write the weights of which the last validation was the best, and note their checksums in the record.

    Args:
        record: What was measured.
        live: The network, or a group of them.
        averaged: Its average.
        folder: Of the training.
    """
    sums = {}
    for name, network in members(live).items():
        best = record.of(name).improved()
        if best is not None:
            weights = members(averaged)[name] if best == EMA else network
            file = folder / best_file(name)
            save_network({key: x.detach().cpu() for key, x in weights.state_dict().items()}, file)
            sums[name] = checksum(file)
    if '' in sums:
        record.note(network_sha256=sums[''])
    elif sums:
        record.note(networks=sums)


def read_best(record: ValidationRecord, name: str, folder: Path) -> dict[str, Tensor]:
    """The weights of the best validation.

    Args:
        record: What was measured.
        name: Which network of a group; ``''``: the only one.
        folder: Of the training.

    Raises:
        CheckpointError: If they are not those that were measured.
    """
    file, best = folder / best_file(name), record.of(name).best() or {}
    found = checksum(file) if file.is_file() else 'no such file'
    if found != best.get('network_sha256'):
        raise CheckpointError(
            'The weights of the best validation are not those that were measured.',
            where=file,
            found=found,
            expected=f'SHA-256 {best.get("network_sha256")}, of epoch {best.get("epoch")}',
            fix="train this stage anew with --overwrite --stage, or with leave='ema'",
        )
    return read_weights(file)
