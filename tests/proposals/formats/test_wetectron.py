from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from toy_entries import random_entry

from mlkd.proposals.formats import Detectron2Pickle, WetectronPickle


def test_as_wetectron_reads_it(tmp_path: Path) -> None:
    entries = [random_entry(0, 3, integers=True), random_entry(1, 1, integers=True)]
    path = tmp_path / 'a.pkl'
    WetectronPickle().write(path, entries)
    content = pickle.loads(path.read_bytes())
    assert set(content) == {'indexes', 'boxes', 'scores'}
    # '000001' and '000002' of VOC, which it looks up as numbers.
    assert list(content['indexes']) == [1, 2]
    for boxes, scores, entry in zip(content['boxes'], content['scores'], entries, strict=True):
        widths = boxes[:, 2] - boxes[:, 0] + 1
        np.testing.assert_array_equal(widths, entry.bboxes[:, 2] - entry.bboxes[:, 0])
        np.testing.assert_array_equal(boxes[:, :2], entry.bboxes[:, :2])
        np.testing.assert_array_equal(np.ravel(scores), entry.scores)


def test_it_is_told_from_detectron2s(tmp_path: Path) -> None:
    entries = [random_entry(0, 3)]
    for writer in (WetectronPickle(), Detectron2Pickle()):
        path = tmp_path / f'{type(writer).__name__}.pkl'
        writer.write(path, entries)
        assert WetectronPickle.recognises(path) == isinstance(writer, WetectronPickle)
        assert Detectron2Pickle.recognises(path) != isinstance(writer, WetectronPickle)
