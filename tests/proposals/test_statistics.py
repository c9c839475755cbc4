"""Numbers of a store, against counting by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals import ProposalStore, statistics
from mlkd.proposals.statistics import store_statistics
from tests.proposals.raw_store import write_raw


def test_by_hand(tmp_path: Path) -> None:
    images = {
        # Shares of 100 x 200 pixels: 0.005, 0.2 and all of it; width to height 1, 10 and 2.
        'a': ([[0, 0, 10, 10], [0, 0, 200, 20], [0, 0, 200, 100]], [0.9, 0.5, 0.5], (100, 200)),
        # 0.04 of 50 x 50, as wide as high; and one that is not finite.
        'b': ([[0, 0, 10, 10], [np.nan, 0, 5, 5]], [0.1, np.nan], (50, 50)),
        'c': ([], [], (50, 50)),
        'd': ([[0, 0, 5, 40]], [0.7], (50, 50)),
    }
    found = store_statistics(write_raw(tmp_path / 'raw.mlkd', images))
    assert (found['images'], found['boxes'], found['dataset']) == (4, 6, 'toy')
    told = {key: value for key, value in found['boxes_per_image'].items() if key != 'fine'}
    assert told == {'min': 0, '25 %': 0.75, 'median': 1.5, '75 %': 2.25, 'max': 3, 'mean': 1.5}
    assert found['area']['edges'] == [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]
    np.testing.assert_allclose(found['area']['shares'], np.array([0, 0, 1, 0, 2, 1, 1]) / 5)
    np.testing.assert_allclose(found['aspect']['shares'], np.array([1, 0, 0, 2, 1, 1]) / 5)
    assert found['side'] == {'shortest': 5, 'longest': 200}
    score = found['score']
    np.testing.assert_allclose([score['min'], score['max'], score['mean']], [0.1, 0.9, 0.54], rtol=1e-6)
    assert (score['distinct'], score['falling']) == (True, 4)
    assert found['bytes'] == sum(path.stat().st_size for path in (tmp_path / 'raw.mlkd').glob('*.npy'))
    json.dumps(found, allow_nan=False)


def test_order_of_scores(tmp_path: Path) -> None:
    box = [[0, 0, 5, 5], [0, 0, 6, 6]]
    images = {'a': (box, [0.1, 0.2], (9, 9)), 'b': (box, [0.2, 0.2], (9, 9)), 'c': (box, [0.3, 0.2], (9, 9))}
    assert store_statistics(write_raw(tmp_path / 'raw.mlkd', images))['score']['falling'] == 2


def test_no_box_at_all(tmp_path: Path) -> None:
    found = store_statistics(write_raw(tmp_path / 'raw.mlkd', {'a': ([], [], (9, 9))}))
    assert found['score'] is found['side'] is None
    assert sum(found['area']['shares']) == 0
    json.dumps(found, allow_nan=False)


def test_curves_hold_all_boxes_however_many_are_looked_at_together(
    store: ProposalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, done = store_statistics(store), []
    for part in ('area', 'aspect', 'score', 'boxes_per_image'):
        assert sum(whole[part]['fine']['shares']) == pytest.approx(1)
        assert len(whole[part]['fine']['edges']) == len(whole[part]['fine']['shares']) + 1
    monkeypatch.setattr(statistics, '_BOXES', 10)
    again = store_statistics(store, done.append)
    assert sum(done) == 2 * len(store)
    assert again['score'].pop('mean') == pytest.approx(whole['score'].pop('mean'))
    assert again == whole
