"""A few iterations of everything, to know beforehand that a long run goes through and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.table import Table

from mlkd.console import console
from mlkd.engine.recipe import Recipe
from mlkd.engine.samplers import resumable


def limit_batches(config: dict[str, Any], batches: int) -> None:
    """Cut a training to one epoch of ``batches`` batches, and its evaluation to as many, in place."""
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if config.get(key):
            config[key] = resumable(config[key], limit=batches)
    loop = config.get('train_cfg')
    if not loop:
        return
    if 'max_iters' in loop:
        loop['max_iters'] = batches
    else:
        loop['max_epochs'] = 1
    if config.get('val_cfg') is not None:
        loop.update(val_begin=1, val_interval=1)


def estimate_seconds(result: Mapping[str, Any], config: Mapping[str, Any]) -> float:
    """How long the whole training and its evaluations will take.

    Args:
        result: Of a dry run of it.
        config: The training's own config.
    """
    loop = config['train_cfg']
    short, full = result['batches']['train']
    iterations = loop['max_iters'] if 'max_iters' in loop else full * loop['max_epochs']
    speed, batch = result['images_per_second'], config['train_dataloader'].get('batch_size', 1) * result['processes']
    seconds = iterations * (batch / speed if speed else result['train_seconds'] / max(short, 1))
    if 'test' in result['batches']:
        short, full = result['batches']['test']
        epochs = loop.get('max_epochs', 1)
        validations = epochs // loop.get('val_interval', 1) if config.get('val_cfg') is not None else 0
        seconds += result['test_seconds'] * full / max(short, 1) * (1 + validations)
    return seconds


def estimates(
    recipe: Recipe, stages: Sequence[str], results: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Mapping[str, Any], float]]:
    """Of each training of these stages its result, and what the whole of it would take, in seconds."""
    rows = {}
    for stage in stages:
        result, config = results[stage], recipe.merged(stage)
        for part, one in result.get('parts', {'': result}).items():
            rows[f'{stage}/{part}' if part else stage] = (one, estimate_seconds(one, config))
    return rows


def print_table(rows: Mapping[str, tuple[Mapping[str, Any], float]], batches: int) -> None:
    """Print what a dry run measured.

    Args:
        rows: Result and estimated seconds of each training by name.
        batches: Iterations of each.
    """
    table = Table(title=f'Dry run: {batches} iteration(s) of each training and of its evaluation went through')
    for head in ('training', 'images/s', 'train s', 'test s', 'peak memory MiB', 'whole run, about'):
        table.add_column(head, justify='left' if head == 'training' else 'right')
    for name, (result, seconds) in rows.items():
        memory = ', '.join(f'{key} {value:.0f}' for key, value in result['peak_memory_mib'].items())
        # The first iteration, which is slow, says nothing about speed; there may be no other.
        speed = f'{result["images_per_second"]:.1f}' if result['images_per_second'] else '-'
        numbers = [f'{result[key]:.1f}' for key in ('train_seconds', 'test_seconds')]
        table.add_row(name, speed, *numbers, memory, _duration(seconds))
    table.add_row('all', '', '', '', '', _duration(sum(seconds for _, seconds in rows.values())))
    console.print(table)


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
