"""Recall in percent, of all objects and of parts of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlkd.evaluation.functional.box_recall import NEVER
from mlkd.evaluation.proposal_recall import Ranks
from mlkd.evaluation.recall_summary import iou_row, recall_curve, summarise_recall


def ranks() -> Ranks:
    """Two small objects of class 0 and a large one of class 2; each is covered up to some IoU."""
    together = np.full((10, 3), NEVER, np.int32)
    together[:5, 0] = 0  # up to 0.7
    together[:1, 1] = 4  # 0.5 alone
    together[:, 2] = 150
    by_class = together.copy()
    by_class[:, 1] = 9
    return Ranks(
        together, by_class, np.repeat(together[None], 3, 0), np.array([0, 0, 2]), np.array([50.0, 99.0, 9999.0])
    )


def test_by_hand() -> None:
    found = summarise_recall(ranks(), ('cat', 'dog', 'cow'), [1, 100, 200])
    everything = found['all']
    assert everything['objects'] == 3
    assert (everything['R50'], everything['R70']) == pytest.approx((100, 200 / 3))
    assert everything['AR@1'] == pytest.approx(100 * 5 / 30)
    assert everything['AR@100'] == pytest.approx(100 * 6 / 30)
    assert everything['AR@200'] == pytest.approx(100 * 16 / 30)
    assert everything['R@100'] == pytest.approx([200 / 3] + [100 / 3] * 4 + [0] * 5)
    assert found['sizes']['small']['AR@200'] == pytest.approx(30)
    assert found['sizes']['medium'] == {'objects': 0}
    assert found['sizes']['large']['AR@200'] == 100
    assert found['sizes']['large']['AR@100'] == 0
    # A class is matched as if alone, and one without objects has no recall.
    assert list(found['classes']) == ['cat', 'cow']
    assert found['classes']['cat']['AR@100'] == pytest.approx(75)
    assert found['ious'] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    json.dumps(found, allow_nan=False)


def test_curve_is_recall_at_each_number() -> None:
    numbers, recall = recall_curve(ranks().together, 0.5, 160)
    assert (numbers[0], numbers[-1]) == (1, 160)
    assert recall[[0, 3, 4, 149, 150, 159]] == pytest.approx(np.array([1, 1, 2, 2, 3, 3]) * 100 / 3)
    summary = summarise_recall(ranks(), ('a', 'b', 'c'), [1, 5, 160])
    for n in (1, 5, 160):
        assert recall[n - 1] == pytest.approx(summary['all'][f'R@{n}'][iou_row(0.5)])
