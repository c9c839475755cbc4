from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scored_toy import AFTER, BEFORE, CLASSES, LABELS, DrawnSet

from mlkd.apis.runs import scored_images
from mlkd.apis.runs.picture_sections import PictureOptions, RunPictures
from mlkd.apis.runs.scored_images import labels_of, of_kept, of_sample
from mlkd.apis.runs.summaries import read_run
from mlkd.engine.validation_scores import ValidationScores
from mlkd.errors import DataError
from mlkd.evaluation.functional import choose_thresholds


def kept(labels: np.ndarray = LABELS, tested: bool = True) -> dict[str, ValidationScores]:
    return {
        'after': ValidationScores(CLASSES, AFTER, labels, tested),
        'before': ValidationScores(CLASSES, BEFORE, labels, tested),
    }


def test_kept_scores_are_matched_with_the_images_at_hand() -> None:
    found = of_kept(kept(), DrawnSet())
    assert list(found.scores) == ['after', 'before']
    assert found.source == 'all 5 images of the test set'
    assert of_kept(kept(tested=False), None).source == 'all 5 images of the validation set'
    np.testing.assert_array_equal(found.thresholds, choose_thresholds(AFTER, LABELS).values)
    assert found.photos is not None
    assert found.photos.entry(3)['img_key'] == 'a/3.png'
    assert (found.photos.image(2) == 100).all()
    with pytest.raises(DataError, match='no such image'):
        found.photos.image(4)


def test_images_in_another_order_or_number_are_an_error() -> None:
    with pytest.raises(DataError, match='labels differ') as caught:
        of_kept(kept(LABELS[::-1]), DrawnSet())
    assert '--data-root' in str(caught.value)
    with pytest.raises(DataError, match='labels differ'):
        of_kept(kept(LABELS[:3]), DrawnSet())


def test_scores_of_other_images_are_left_out() -> None:
    mixed = {**kept(), 'other': ValidationScores(CLASSES, BEFORE, LABELS[::-1], True)}
    assert list(of_kept(mixed, None).scores) == ['after', 'before']


def test_labels_of_some_images() -> None:
    np.testing.assert_array_equal(labels_of(DrawnSet(), [3, 1]), LABELS[[3, 1]])


def test_a_sample_is_scored_as_the_run_scored_it(shapes_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shapes_run.parent)
    pictures = RunPictures(shapes_run, read_run(shapes_run), PictureOptions(1))
    full = pictures.scored
    assert full is not None
    assert full.photos is not None
    monkeypatch.setattr(scored_images, '_SAMPLE', 7)
    monkeypatch.setattr(scored_images, '_BATCH', 3)
    sample = of_sample(pictures.networks, full.photos.dataset, seed=0)
    assert sample.source == '7 of 12 images that are tested on, drawn with seed 0'
    # The detector would need proposals.
    assert list(sample.scores) == ['S-Cls (w/)', 'S-Cls (w/o)']
    assert sample.photos is not None
    rows = sample.photos.indices
    assert len(set(rows.tolist())) == 7
    for row, scores in sample.scores.items():
        np.testing.assert_allclose(scores, full.scores[row][rows], atol=1e-5)
    np.testing.assert_array_equal(sample.labels, full.labels[rows])
    assert set(sample.thresholds) == {0.5}


def test_an_empty_set_is_an_error() -> None:
    with pytest.raises(DataError, match='no image'):
        of_sample([], [], seed=0)
