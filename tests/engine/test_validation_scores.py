from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mmengine.evaluator import Evaluator

from mlkd.engine.validation_scores import VAL_SCORES, ValidationScores
from mlkd.errors import DataError
from mlkd.evaluation import MultiLabelMetric
from mlkd.registry import METRICS


@pytest.fixture
def scores() -> ValidationScores:
    rng = np.random.default_rng(0)
    labels = rng.integers(-1, 2, (6, 3)).astype(np.int8)
    return ValidationScores(('cat', 'tv/monitor', '写真'), rng.random((6, 3)).astype(np.float32), labels, True)


def same(a: ValidationScores, b: ValidationScores) -> bool:
    arrays = np.array_equal(a.scores, b.scores) and np.array_equal(a.labels, b.labels)
    return arrays and (a.classes, a.tested) == (b.classes, b.tested)


def test_there_and_back(scores: ValidationScores, tmp_path: Path) -> None:
    path = scores.write(tmp_path)
    assert path == tmp_path / VAL_SCORES
    read = ValidationScores.read(tmp_path)
    assert read is not None
    assert same(read, scores)
    assert (read.scores.dtype, read.labels.dtype) == (np.float32, np.int8)
    assert ValidationScores.read(tmp_path / 'elsewhere') is None


def test_damaged_files(scores: ValidationScores, tmp_path: Path) -> None:
    whole = scores.write(tmp_path).read_bytes()
    for content in (b'', whole[:100], whole[: len(whole) // 2], b'text'):
        (tmp_path / VAL_SCORES).write_bytes(content)
        with pytest.raises(DataError, match='cannot be read') as caught:
            ValidationScores.read(tmp_path)
        assert caught.value.where == tmp_path / VAL_SCORES
    for arrays in (
        {'scores': scores.scores},
        {**vars(scores), 'classes': np.array(['a'])},
        {**vars(scores), 'classes': np.array(scores.classes), 'labels': scores.labels[:2]},
        {**vars(scores), 'classes': np.array(scores.classes, object)},
    ):
        np.savez(tmp_path / VAL_SCORES, **arrays)
        with pytest.raises(DataError):
            ValidationScores.read(tmp_path)


@pytest.mark.parametrize('kind', ['MultiLabelMetric', 'MLGCNMetric'])
def test_what_a_metric_saw_as_probabilities(kind: str) -> None:
    rng = np.random.default_rng(1)
    scores, labels = rng.random((5, 3)).astype(np.float32), rng.integers(-1, 2, (5, 3))
    metric = METRICS.build({'type': kind})
    metric.dataset_meta = {'classes': ('a', 'b', 'c')}
    assert ValidationScores.of(Evaluator([metric]), tested=False) is None
    evaluator = Evaluator([METRICS.build({'type': 'DetectionMetric'}), metric])
    metric.process(None, [{'pred_score': s, 'gt_label': l} for s, l in zip(scores, labels, strict=True)])
    metric.evaluate(5)
    found = ValidationScores.of(evaluator, tested=False)
    assert found is not None
    assert found.classes == ('a', 'b', 'c')
    assert found.scores.dtype == np.float32
    np.testing.assert_allclose(found.scores, scores, atol=1e-6)
    np.testing.assert_array_equal(found.labels, labels)
    assert isinstance(metric, MultiLabelMetric)


def test_no_metric_of_labels() -> None:
    assert ValidationScores.of(None, tested=True) is None
    assert ValidationScores.of(Evaluator([METRICS.build({'type': 'DetectionMetric'})]), tested=True) is None
