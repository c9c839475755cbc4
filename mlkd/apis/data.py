"""Checks the data sets of a config before a long run, or draws some of their images."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from mlkd.apis.data_pictures import write_pictures
from mlkd.apis.setup_config import add_config_arguments, setup_config
from mlkd.console import console, progress_bar
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.examination import Examination, Finding, examine, examine_proposals, overlap
from mlkd.engine.config_check import check_types
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError
from mlkd.registry import DATASETS

#: Arguments of a data set that do not change what its files must be like.
_NOT_CHECKED = ('pipeline', 'proposal_file', 'empty_proposals', 'folds', 'seed', 'test_mode', 'lazy_init', 'indices')
#: Examples of each problem that the table shows.
_SHOWN = 3


@dataclass
class _Used:
    """A data set and what it is used for: roles, proposal files and whether their images may have no boxes."""

    config: dict[str, Any]
    roles: set[str] = field(default_factory=set)
    proposals: set[tuple[str, bool]] = field(default_factory=set)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    actions = parser.add_subparsers(dest='action', required=True)
    check = actions.add_parser('check', help='look for everything that would stop or spoil a run of a config')
    add_config_arguments(check)
    check.add_argument('--fast', action='store_true', help='do not read images and boxes, only lists and annotation')
    check.add_argument('--processes', type=int, default=os.cpu_count() or 1, help='default: one per core')
    show = actions.add_parser('show', help='draw images with the boxes of their annotation')
    add_config_arguments(show)
    show.add_argument('--split', choices=('train', 'test'), default='train', help='which data set (default train)')
    show.add_argument('--images', type=int, default=12, metavar='N', help='the first N images (default 12)')
    show.add_argument('--out', default='data.png', metavar='FILE', help='PNG file (default data.png)')


def run(args: argparse.Namespace) -> int:
    """Check and print a table, or draw.

    Returns:
        Exit code: 1 if a check found something wrong, else 0.

    Raises:
        MLKDError: If the config cannot be read or names no data set.
    """
    used = used_datasets(setup_config(args.config, args.cfg_options, args.data_root))
    if not used:
        raise ConfigError('The config names no data set.', where=args.config, expected='train_dataloader or others')
    if args.action == 'show':
        chosen = next((one.config for one in used if args.split in one.roles), None)
        if chosen is None:
            raise ConfigError(f'The config names no data set to {args.split}.', where=args.config)
        console.print(f'Pictures: {write_pictures(chosen, args.out, args.images)}')
        return 0
    results = _examine_all(used, args.fast, args.processes)
    for test, found in zip(used, results, strict=True):
        if 'test' in test.roles:
            for train, other in zip(used, results, strict=True):
                if 'train' in train.roles and train is not test and other.keys and found.keys:
                    found.findings.append(overlap(other, found))
            if 'train' in test.roles:
                found.findings.append(Finding('not in training too', ['all images: the data set is used for both']))
    wrong = sum(len(finding.problems) for found in results for finding in found.findings)
    console.print(check_table([_name(one) for one in used], results))
    for error in dict.fromkeys(str(found.error) for found in results if found.error):
        console.print(error)
    console.print(f'{wrong} problems' if wrong else 'Nothing is wrong.', style='red' if wrong else 'green')
    return 1 if wrong else 0


def used_datasets(config: Any) -> list[_Used]:
    """The data sets of a config and of all stages of a recipe, each once."""
    used: dict[str, _Used] = {}
    for role, dataset in _roles(config):
        plain = {key: value for key, value in dataset.items() if key not in _NOT_CHECKED}
        one = used.setdefault(repr(sorted(plain.items(), key=str)), _Used(plain))
        one.roles.add(role)
        if dataset.get('proposal_file') is not None:
            one.proposals.add((dataset['proposal_file'], dataset.get('empty_proposals', 'error') != 'error'))
    return list(used.values())


def _roles(config: Any) -> Iterator[tuple[str, dict]]:
    recipe = Recipe(config)
    for stage in recipe.stages:
        merged = recipe.merged(stage)
        loaders = {key: merged[key] for key in merged if key.endswith('_dataloader')}
        check_types(loaders, '' if recipe.single else stage)
        for split, role in (('train', 'train'), ('val', 'test'), ('test', 'test')):
            for dataset in dataset_configs(loaders.get(f'{split}_dataloader')):
                yield role, dataset


def _examine_all(used: list[_Used], fast: bool, processes: int) -> list[Examination]:
    results = []
    with progress_bar(transient=True) as bar:
        for one in used:
            task = bar.add_task(_name(one), total=None)
            with translated({'dataset': one.config}, 'dataset'):
                dataset = DATASETS.build({**one.config, 'lazy_init': True})
            if not isinstance(dataset, MultiLabelDataset):
                raise ConfigError(
                    'Only data sets of mlkd can be checked.',
                    where='dataset.type',
                    found=one.config.get('type'),
                    expected='a subclass of mlkd.datasets.MultiLabelDataset',
                )
            found = examine(
                dataset,
                fast=fast,
                processes=processes,
                start=lambda total, task=task: bar.update(task, total=total),  # type: ignore[misc]
                advance=lambda done, task=task: bar.advance(task, done),  # type: ignore[misc]
            )
            root = Path(one.config.get('data_root') or '')
            for path, allow_empty in sorted(one.proposals):
                store = path if path == 'auto' else root / path
                found.findings.append(examine_proposals(store, found.name, found.keys, allow_empty, fast))
            results.append(found)
    return results


def _name(one: _Used) -> str:
    parts = (one.config['type'], one.config.get('year'), one.config.get('split') or one.config.get('ann_file'))
    return ' '.join(str(part) for part in parts if part) + f' ({" and ".join(sorted(one.roles))})'


def check_table(names: Sequence[str], results: Sequence[Examination]) -> Table:
    """All checks of data sets, which are called ``names``."""
    table = Table(title='Data check', show_lines=False)
    for column in ('data set', 'images', 'check', 'problems', ''):
        table.add_column(column, overflow='fold', justify='right' if column in ('images', 'problems') else 'left')
    for name, found in zip(names, results, strict=True):
        cells = (name, str(len(found.keys)))
        for finding in found.findings:
            count = len(finding.problems)
            more = [f'... and {count - _SHOWN} more'] if count > _SHOWN else []
            text = '\n'.join([*finding.problems[:_SHOWN], *more]) or finding.note
            mark = Text(str(count), style='red' if count else 'green')
            table.add_row(*cells, finding.check, mark, text)
            cells = ('', '')
        table.add_section()
    return table
