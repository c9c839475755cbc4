from __future__ import annotations

import pytest
import torch
from mmengine.registry import DefaultScope

from mlkd.engine.parts import PartMetric
from mlkd.evaluation import MultiLabelMetric
from mlkd.structures import MultiLabelDataSample


def sample(scores: list[float], labels: list[int]) -> dict:
    predicted = MultiLabelDataSample(metainfo={'img_path': 'a.png'}).set_gt_label(labels)
    predicted.pred_score = torch.tensor(scores)
    return {'predictions': {'cat-2-1': predicted}, 'gt_label': torch.ones(5)}


def metric(kind: str) -> PartMetric:
    with DefaultScope.overwrite_default_scope('mlkd'):
        made = PartMetric('cat-2-1', ['cat', 'dog'], [{'type': kind}])
    made.dataset_meta = {'classes': ('car', 'cat', 'bus', 'dog', 'cow'), 'dataset_name': 'pets'}
    return made


def test_numbers_are_those_of_the_network_alone() -> None:
    samples = [sample([0.9, 0.2], [1, 0]), sample([0.4, 0.7], [0, 1]), sample([0.6, 0.8], [1, 0])]
    ours, plain = metric('MultiLabelMetric'), MultiLabelMetric()
    plain.dataset_meta = {'classes': ('cat', 'dog')}
    ours.process(None, samples)
    plain.process(None, [one['predictions']['cat-2-1'].to_dict() for one in samples])
    expected = plain.evaluate(3)
    assert ours.evaluate(3) == pytest.approx({f'cat-2-1/{name}': value for name, value in expected.items()})
    assert ours.evaluator.metrics[0].last_report == plain.last_report
    assert [row['name'] for row in plain.last_report['classes']] == ['cat', 'dog']


@pytest.mark.parametrize('kind', ['MultiLabelMetric', 'MLGCNMetric'])
def test_without_a_positive_image_nothing_is_measured(kind: str) -> None:
    """Of a small part, in a dry run or on few images."""
    ours = metric(kind)
    ours.process(None, [sample([0.9, 0.2], [0, 0])])
    assert ours.evaluate(1) == {}
    ours.process(None, [sample([0.9, 0.2], [1, 0])])
    assert ours.evaluate(1)['cat-2-1/mAP'] == 100
