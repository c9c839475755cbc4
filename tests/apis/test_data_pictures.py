"""``data show CONFIG``: a picture of a data set."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from mlkd.apis import data
from mlkd.apis.data_pictures import annotated
from mlkd.errors import ConfigError

CONFIG = Path(__file__).parents[2] / 'configs' / 'kd' / 'wsddn_shapes.py'


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    return data.run(parser.parse_args(['show', *map(str, words)]))


def few(split: str) -> list[str]:
    return ['--cfg-options', f'{split}_dataloader.dataset.num_images=5']


def test_a_picture_of_each_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split, key in (('train', 'train'), ('test', 'val')):
        out = tmp_path / f'{split}.png'
        assert run(CONFIG, '--split', split, '--images', 4, '--out', out, *few(key)) == 0
        assert out.read_bytes().startswith(b'\x89PNG')
        assert str(out) in capsys.readouterr().out.replace('\n', '')
    assert (tmp_path / 'train.png').read_bytes() != (tmp_path / 'test.png').read_bytes()


def test_a_class_that_is_difficult_alone_is_named() -> None:
    instances = [{'bbox': [0, 0, 2, 2], 'bbox_label': 1, 'ignore_flag': 1}]
    item = annotated(np.zeros((4, 4, 3), np.uint8), {'gt_label': np.array([1, -1, 0]), 'instances': instances})
    assert (item.labels, item.box_classes, item.difficult) == ([0, 1], [1], [True])


def test_no_images_at_all() -> None:
    with pytest.raises(ConfigError, match='--images'):
        run(CONFIG, '--images', 0, *few('train'))
