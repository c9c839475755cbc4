"""Comparing an exported file with its student."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from export_toy import NETWORKS, photos, toy

from mlkd.errors import DataError
from mlkd.export import TOLERANCE, compare

SMALL = NETWORKS['small convnet']


def test_differences_are_found_where_they_are(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', SMALL)
    images = [(f'photo {index}', photo) for index, photo in enumerate(photos(5))]
    sizes: list[int] = []

    def run(batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        samples = student.predict(list(batch))
        logits = np.stack([sample.pred_logit.numpy() for sample in samples])
        scores = np.stack([sample.pred_score.numpy() for sample in samples])
        first = sum(sizes)
        sizes.append(len(batch))
        if first == 3:
            logits[0, 1] += 0.5
            scores[0, 2] = 1.0 if scores[0, 2] < student.thresholds[2] else 0.0
        return logits, scores

    # All of one size, so that batches are those asked for.
    images = [(name, photo[:50, :50]) for name, photo in images]
    found = compare(student, images, lambda photo: photo, run, batch_size=3)
    assert sizes == [3, 2]
    assert (found.images, found.labels, found.worst) == (5, 25, 'photo 3')
    assert found.logits == pytest.approx(0.5)
    assert found.decisions == 1
    assert not found.equal
    assert found.to_dict()['tolerance'] == TOLERANCE


def test_large_logits_may_differ_by_a_share_of_themselves(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', SMALL)
    with torch.no_grad():
        student.network.head.fc.bias.fill_(1000.0)  # type: ignore[union-attr, operator]
    sample = student.predict(photos(1))[0]
    for change, equal in ((0.05, True), (0.2, False)):
        outputs = sample.pred_logit.numpy()[None] + change, sample.pred_score.numpy()[None]
        found = compare(student, [('a', photos(1)[0])], lambda photo: photo, lambda batch, given=outputs: given)
        assert found.logits == pytest.approx(change, rel=1e-2)
        assert found.logits_share == pytest.approx(change / 1000, rel=1e-2)
        assert found.equal is equal


def test_what_is_no_number_differs(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', SMALL)
    nothing = np.full((1, 5), np.nan, np.float32)
    found = compare(student, [('a', photos(1)[0])], lambda photo: photo, lambda batch: (nothing, nothing))
    assert found.logits == np.inf
    assert not found.equal


def test_no_images(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', SMALL)
    with pytest.raises(DataError, match='no image to compare'):
        compare(student, [], lambda photo: photo, lambda batch: (batch, batch))
