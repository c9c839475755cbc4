"""From a stage's config to the runner's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlkd.engine.stage_config import runner_config

LOADER: dict[str, Any] = {'batch_size': 2, 'persistent_workers': True, 'prefetch_factor': 3}


def loader_of(**options: Any) -> dict[str, Any]:
    stage = {'train_dataloader': {**LOADER, 'dataset': {'type': 'Shapes'}, **options}, 'models': {}}
    return runner_config(stage, Path('work'), 'student', seed=3).train_dataloader


@pytest.mark.parametrize('workers', [{'num_workers': 0}, {}])
def test_without_workers_nothing_is_kept_or_fetched_early(workers: dict[str, int]) -> None:
    loader = loader_of(**workers)
    assert not {'persistent_workers', 'prefetch_factor'} & set(loader)


def test_with_workers_it_is() -> None:
    loader = loader_of(num_workers=1)
    assert (loader.persistent_workers, loader.prefetch_factor) == (True, 3)


def test_frames_of_mlkds_data_sets_have_their_own_way() -> None:
    assert loader_of(num_workers=1).collate_fn == {'type': 'mlkd.frame_collate'}
    assert 'collate_fn' not in loader_of(num_workers=1, dataset={'type': 'CocoDataset'})
    assert loader_of(collate_fn={'type': 'default_collate'}).collate_fn == {'type': 'default_collate'}


def test_the_stage_stays_as_it_is() -> None:
    stage = {'train_dataloader': {**LOADER, 'dataset': {'type': 'Shapes'}}}
    runner_config(stage, Path('work'), 'student', seed=0)
    assert stage == {'train_dataloader': {**LOADER, 'dataset': {'type': 'Shapes'}}}


def test_only_what_concerns_the_runner_is_kept() -> None:
    config = runner_config({'models': {}, 'table_row': 'x', 'work_dir': 'y'}, Path('work'), 'a/b', seed=3)
    assert 'models' not in config
    assert 'table_row' not in config
    assert config.work_dir == 'work'
    assert config.randomness.seed == 3
    assert config.experiment_name.startswith('a_b_')
