"""Stages that another run has trained already, and that a recipe takes over (its key ``reuse``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlkd.engine.records import NETWORK, RESULT, STARTED, check_started, read_json
from mlkd.errors import CheckpointError, ConfigError
from mlkd.fileio import checksum


def reused_result(
    folder: Path,
    identities: Mapping[str, Mapping[str, Any]],
    made_from: Mapping[str, Any],
    seed: int,
    dry_run: int = 0,
    some: bool = False,
) -> dict[str, Any]:
    """The result of a stage of another run, known to be what this run would train.

    Args:
        folder: Where the other run left the stage.
        identities: Config of each part of the stage by its folder, ``''`` where the stage is one training.
        made_from: Checksums of the networks of the stages that it needs.
        seed: Of this run.
        dry_run: Where not 0, this is a dry run, and may take over what another one left.
        some: Whether the stage may have more parts there.

    Raises:
        ConfigError: If the stage is not done there, or has another config, seed, folds or earlier stages.
        CheckpointError: If a network is missing or not the one that was measured.
    """
    where = f'reuse: {folder}'
    result = read_json(folder / RESULT)
    if result is None:
        there = sorted(path.parent.name for path in folder.parent.glob(f'*/{RESULT}'))
        raise ConfigError(
            'The stage that is to be taken over is not done there.',
            where=where,
            found=f'stages that are done: {", ".join(there)}' if there else 'no stage that is done',
            expected=RESULT,
            fix='name the work folder of a run in which this stage has finished',
        )
    parts = result.get('parts', {'': result})
    if identities.keys() - parts.keys() or (parts.keys() - identities.keys() and not some):
        found, expected = (', '.join(names) or 'one training' for names in (parts, identities))
        what = f'The stage that is to be taken over has other {"parts" if some else "folds"}.'
        raise ConfigError(what, where=where, found=found, expected=expected)
    parts = {name: parts[name] for name in identities}
    if not dry_run and any(part.get('dry_run') for part in parts.values()):
        raise ConfigError(
            'The stage that is to be taken over was left by a dry run.', where=where, fix='train it first'
        )
    fix = 'take config and seed of that run, or leave the stage out of reuse, to train it here'
    for part, identity in identities.items():
        if not (folder / part / STARTED).is_file():
            raise ConfigError(
                'What the stage was made from is not known.', where=folder / part, expected=STARTED, fix=fix
            )
        check_started(folder / part, identity, made_from, seed, 'What is to be taken over', fix)
        network, expected = folder / part / NETWORK, parts[part]['network_sha256']
        found = checksum(network) if network.is_file() else 'no such file'
        if found != expected:
            raise CheckpointError(
                'The network that is to be taken over is not the one that was measured.',
                where=network,
                found=found,
                expected=f'SHA-256 {expected}, as {RESULT} has it',
                fix='train that stage again, or leave it out of reuse',
            )
    return result
