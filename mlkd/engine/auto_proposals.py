"""Makes the proposals that a recipe asks for with ``proposal_file='auto'``."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import barrier, get_world_size, is_main_process

from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.hashing import config_hash
from mlkd.errors import ConfigError
from mlkd.registry import DATASETS

AUTO = 'auto'
#: Where stores stand that runs share.
SHARED = Path('work_dirs') / 'proposals'
#: Arguments of a data set that do not change which images it has.
_NOT_IDENTITY = (
    'pipeline',
    'proposal_file',
    'empty_proposals',
    'seed',
    'test_mode',
    'filter_cfg',
    'lazy_init',
)


class AutoProposals:
    """The stores of a recipe's data sets.

    Args:
        config: The recipe's ``proposals``: ``dict(generator=dict(type=...), file=None)``; with ``file``, the one store
            for all data sets.
        folder: Where stores are made; a dry run has its own.
        batches: For a dry run, of how many batches the images get proposals; 0 for all.
    """

    def __init__(self, config: Mapping[str, Any] | None, folder: Path = SHARED, batches: int = 0) -> None:
        self.config, self.folder, self.batches = dict(config or {}), folder, batches
        self._made: dict[str, tuple[str, int]] = {}

    def fill(self, stage: dict[str, Any]) -> None:
        """Put the path of a store in place of each ``'auto'`` in a stage's config; make those that are missing.

        In a dry run the data sets are cut to the images that have proposals.

        Raises:
            ConfigError: If no generator is named.
            ProposalError: If proposals cannot be made.
        """
        for loader, dataset in _auto_datasets(stage):
            images = self.batches * loader.get('batch_size', 1) * get_world_size()
            dataset['proposal_file'], length = self._ensure(dataset, images)
            if images:
                dataset['indices'] = min(images, length)
                full = math.ceil(length / loader.get('batch_size', 1) / get_world_size())
                sampler = loader.get('batch_sampler')
                if sampler is not None and 'limit' in sampler:
                    sampler['full_length'] = full

    def are_missing(self, dataset: Mapping[str, Any]) -> bool:
        """Whether a data set asks for a store of its own that is not there: some of its images may then do with less.

        Args:
            dataset: Its config; one that wraps others is not looked into.
        """
        if dataset.get('proposal_file') != AUTO or self.config.get('file'):
            return False
        key = _key(_plain(dataset, 0), self.config.get('generator') or {}, 0)
        return not self._path(self.folder, _name(dataset), key).is_dir()

    def _ensure(self, dataset: Mapping[str, Any], images: int) -> tuple[str, int]:
        generator = self.config.get('generator')
        if not generator:
            raise ConfigError(
                "A data set asks for proposals to be made (proposal_file='auto'), but nothing says how.",
                where='proposals.generator',
                found=generator,
                expected="dict(type='SelectiveSearch')",
                fix='set proposals = dict(generator=dict(type=...)), or proposal_file to a store',
            )
        plain = _plain(dataset, images)
        key = _key(plain, generator, images)
        if key not in self._made:
            self._made[key] = self._make(plain, generator, key, images)
        return self._made[key]

    def _make(self, config: dict[str, Any], generator: Mapping[str, Any], key: str, images: int) -> tuple[str, int]:
        from mlkd.proposals import ensure_proposals

        with translated({'dataset': config}, 'dataset'):
            dataset = DATASETS.build(copy.deepcopy(config))
            dataset.full_init()
        name = _name(config)
        length = len(dataset)
        path = self._path(SHARED if images else self.folder, name, _key(_plain(config, 0), generator, 0))
        # A dry run takes what earlier runs made, and leaves none of its own where they would look.
        if not (images and path.is_dir()):
            path = (self.folder / f'{name}-{key}.mlkd').resolve() if images else path
            if is_main_process():
                ensure_proposals(dataset, dict(generator), path, indices=range(min(images, length)) if images else None)
        barrier()
        return str(path), length

    def _path(self, folder: Path, name: str, key: str) -> Path:
        file = self.config.get('file')
        return (Path(file) if file else folder / f'{name}-{key}.mlkd').resolve()


def _plain(dataset: Mapping[str, Any], images: int) -> dict[str, Any]:
    """What says which images a data set has.

    A store of all images serves every fold. Where only the first ones are taken (``indices``, a dry run), they are
    those of the fold.
    """
    plain = {key: value for key, value in dataset.items() if key not in _NOT_IDENTITY}
    folds = plain.pop('folds', None) or {}
    limited = images or dataset.get('indices') is not None
    return {**plain, 'folds': folds} if limited and folds.get('held_out') is not None else plain


def _name(dataset: Mapping[str, Any]) -> str:
    return '-'.join(str(part) for part in (dataset['type'], dataset.get('split')) if part)


def _key(dataset: Mapping[str, Any], generator: Mapping[str, Any], images: int) -> str:
    # As text, since paths do not count in hashes of configs, and sorted, as a config that was written and read is.
    data = json.dumps(dataset, sort_keys=True, default=repr)
    return config_hash({'data': data, 'generator': generator, 'images': images})


def asks_for_proposals(stage: Mapping[str, Any]) -> bool:
    """Whether a data set of a stage's config has ``proposal_file='auto'``."""
    return next(_auto_datasets(stage), None) is not None


def _auto_datasets(stage: Mapping[str, Any]) -> Iterator[tuple[dict, dict]]:
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        for dataset in dataset_configs(stage.get(key)):
            if dataset.get('proposal_file') == AUTO:
                yield stage[key], dataset
