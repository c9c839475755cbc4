"""Names of labels against those shipped with the label graphs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mlkd.datasets import class_names


def test_against_the_label_graphs(real_data: Callable[[str], Path]) -> None:
    folder = real_data('label_graph')
    for name, ours in (('voc07', class_names.VOC), ('coco', class_names.COCO), ('nuswide', class_names.NUS_WIDE)):
        theirs = [str(one) for one in np.load(folder / f'{name}.npz')['classes']]
        # That file abbreviates one concept.
        assert sorted(ours) == [one.replace('earthq', 'earthquake') for one in theirs]


def test_order_of_coco(real_data: Callable[[str], Path]) -> None:
    graph = np.load(real_data('label_graph') / 'coco.npz')
    by_id = [str(name) for _, name in sorted(zip(graph['coco_category_id'], graph['classes'], strict=True))]
    assert list(class_names.COCO) == by_id
