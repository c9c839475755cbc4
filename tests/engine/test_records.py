from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator

from mlkd.engine.records import aggregate, check_started, jsonable, per_class, read_json, write_started
from mlkd.errors import ConfigError, DataError
from mlkd.evaluation import CorLocMetric, DetectionMetric, MultiLabelMetric


def test_jsonable() -> None:
    value = {'a': np.float32(0.5), 'b': torch.tensor([1, 2]), 'c': float('nan'), 3: (np.array([float('inf')]), 'x')}
    assert json.loads(json.dumps(jsonable(value), allow_nan=False)) == {
        'a': 0.5,
        'b': [1, 2],
        'c': None,
        '3': [[None], 'x'],
    }


def test_started(tmp_path: Path) -> None:
    config = {'model': {'width': 3}, 'optim_wrapper': {'optimizer': {'lr': 0.1}}}
    check_started(tmp_path, config, {}, 0)
    write_started(tmp_path, config, {'teacher': {'': 'abc'}}, 0)
    check_started(tmp_path, {**config, 'work_dir': 'elsewhere'}, {'teacher': {'': 'abc'}}, 0)
    with pytest.raises(ConfigError, match=r'model\.width: then 3, now 4'):
        check_started(tmp_path, {**config, 'model': {'width': 4}}, {'teacher': {'': 'abc'}}, 0)
    with pytest.raises(ConfigError, match='then 0, now 1'):
        check_started(tmp_path, config, {'teacher': {'': 'abc'}}, 1)
    with pytest.raises(ConfigError, match=r'earlier stage(.|\n)*teacher'):
        check_started(tmp_path, config, {'teacher': {'': 'xyz'}}, 0)


def result(score: float, seconds: float, **changes: object) -> dict:
    base = {
        'stage': 'teacher',
        'metrics': {'mAP': score, 'per_class': [score]},
        'per_class': {'images': score},
        **dict.fromkeys(('seconds', 'train_seconds', 'test_seconds'), seconds),
        'images_per_second': 10 * seconds,
        'peak_memory_mib': {'rss': seconds},
        'iterations': 5,
        'data': {'test': score},
        'seed': 0,
        'config_hash': 'x',
    }
    return {**base, **changes}


def test_aggregate() -> None:
    folds = aggregate({'fold0': result(60, 1), 'fold1': result(70, 3)})
    assert folds['metrics'] == {'mAP': 65}
    assert folds['fold_metrics'][1]['mAP'] == 70
    assert (folds['seconds'], folds['images_per_second'], folds['peak_memory_mib']) == (4, 20, {'rss': 3})
    assert (folds['iterations'], folds['per_class']) == (10, None)
    full = aggregate({'fold0': result(60, 1), 'fold1': result(70, 3), 'full': result(80, 5)})
    assert full['metrics']['mAP'] == 80
    assert [metrics['mAP'] for metrics in full['fold_metrics']] == [60, 70]
    assert (full['seconds'], full['per_class']) == (9, {'images': 80})


def test_reports_of_boxes_stand_under_their_prefixes_in_that_of_labels() -> None:
    def metric(kind: type, prefix: str | None = None, **report: object) -> object:
        made = kind(prefix=prefix)
        made.last_report = report
        return made

    labels, boxes = metric(MultiLabelMetric, images=3), metric(DetectionMetric, images=np.int64(4))
    floor, silent = metric(DetectionMetric, 'det_image', images=5), metric(CorLocMetric)
    assert per_class(Evaluator([boxes, labels, floor, silent])) == {
        'images': 3,
        'det': {'images': 4},
        'det_image': {'images': 5},
    }
    assert per_class(Evaluator([labels])) == {'images': 3}
    assert per_class(Evaluator([silent])) is None


@pytest.mark.parametrize('text', ['{"networks": ', '[1]', 'null', '\x00'])
def test_a_damaged_file_of_a_run_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / 'group.json').write_text(text)
    with pytest.raises(DataError, match='remove it') as caught:
        read_json(tmp_path / 'group.json')
    assert caught.value.where == tmp_path / 'group.json'
    assert read_json(tmp_path / 'none.json') is None
    (tmp_path / 'cut.json').write_text('{"seed": 0}')
    assert read_json(tmp_path / 'cut.json', ('seed',)) == {'seed': 0}
    with pytest.raises(DataError, match='no config_hash, no made_from'):
        read_json(tmp_path / 'cut.json', ('seed', 'config_hash', 'made_from'))
