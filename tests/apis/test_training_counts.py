from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from mlkd.apis.training_counts import counts_of_config
from mlkd.errors import ConfigError, DataError

TRAINING = "train_dataloader = dict(dataset=dict(type='VOCMultiLabel', split='trainval', difficult='present'))\n"


def arguments(folder: Path, text: str, data_root: Path | None = None, **options: object) -> Namespace:
    """Of a command with a config."""
    path = folder / 'config.py'
    path.write_text(f'model = dict()\n{text}')
    return Namespace(config=str(path), cfg_options=options, data_root=None if data_root is None else str(data_root))


def people(args: Namespace, difficult: str | None = None) -> int:
    counts = counts_of_config(args, difficult)
    return int(counts.images[counts.classes.index('person')])


def test_images_are_counted_where_the_options_say(tmp_path: Path, make_voc: Callable[..., Path]) -> None:
    args = arguments(tmp_path, TRAINING, make_voc())
    # One image has a person, another one that is difficult.
    assert people(args) == 2
    assert people(args, difficult='absent') == 1
    args.cfg_options = {'train_dataloader.dataset.difficult': 'absent'}
    assert people(args) == 1


def test_of_a_recipe_the_first_stage_that_trains_on_anything(tmp_path: Path, make_voc: Callable[..., Path]) -> None:
    stages = "stages = ['given', 'first', 'second']\ngiven = dict()\n"
    first = f'first = dict({TRAINING.strip()})\n'
    second = first.replace('first', 'second').replace('present', 'absent')
    assert people(arguments(tmp_path, stages + first + second, make_voc())) == 2
    swapped = second.replace('second', 'first', 1) + first.replace('first', 'second', 1)
    assert people(arguments(tmp_path, stages + swapped, make_voc())) == 1


def test_nothing_to_count(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no data set to train') as caught:
        counts_of_config(arguments(tmp_path, 'train_dataloader = None\n'))
    assert caught.value.where == str(tmp_path / 'config.py')
    with pytest.raises(DataError):
        counts_of_config(arguments(tmp_path, TRAINING, tmp_path / 'nowhere'))
