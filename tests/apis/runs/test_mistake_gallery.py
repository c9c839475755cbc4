from __future__ import annotations

import cv2
import numpy as np
import pytest
from scored_toy import scored

from mlkd.apis.runs import mistake_gallery
from mlkd.apis.runs.mistake_gallery import MistakeGallery


def test_overall_and_of_each_label_with_score_truth_and_threshold() -> None:
    cards = MistakeGallery(scored(), 'after').cards()
    wrong, missed, cat, dog, _ = cards
    assert wrong.title == 'Most confident wrong, all labels'
    # The open label of image 3 is no mistake.
    assert [photo.lines for photo in wrong.photos] == [
        ('✗ wrong: cat 0.80, above 0.50', 'truth: none of the labels', '2.png')
    ]
    # The lowest score first; image 4 cannot be read.
    assert [photo.lines[0] for photo in missed.photos] == [
        '○ missed: dog 0.20, not above 0.50',
        '○ missed: dog 0.30, not above 0.50',
    ]
    assert missed.photos[0].lines[1] == 'truth: cat, dog'
    assert (cat.title, dog.title) == (
        'cat: 1 wrong, 0 missed, threshold 0.500',
        'dog: 0 wrong, 2 missed, threshold 0.500',
    )
    assert [photo.alt for photo in cat.photos] == ['Photo with none of the labels; cat is wrong, score 0.80']
    shown = cv2.imdecode(np.frombuffer(cat.photos[0].data, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (30, 40, 3)
    assert np.abs(shown.astype(int) - 100).max() <= 2


def test_a_label_whose_photos_cannot_be_read_has_a_head() -> None:
    (emu,) = [card for card in MistakeGallery(scored(), 'after').cards() if card.title.startswith('emu')]
    assert emu.title == 'emu: 0 wrong, 1 missed, threshold 0.500'
    assert emu.photos == []


def test_thresholds_count() -> None:
    gallery = MistakeGallery(scored(thresholds=(0.85, 0.25, 0.2)), 'after')
    assert [card.title for card in gallery.cards()[1:]] == [
        'cat: 0 wrong, 1 missed, threshold 0.850',
        'dog: 0 wrong, 1 missed, threshold 0.250',
    ]


def test_numbers_of_the_table() -> None:
    table = MistakeGallery(scored(), 'before').table()
    assert table.columns == ('label', 'threshold', 'images', 'said', 'wrong', 'missed')
    assert table.rows == (
        ('cat', '0.500', '2', '2', '1', '1'),
        ('dog', '0.500', '2', '3', '1', '0'),
        ('emu', '0.500', '1', '0', '0', '1'),
    )


def test_of_very_many_labels_those_with_most_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistake_gallery, '_ALL', 4)
    gallery = MistakeGallery(scored(), 'after')
    assert gallery.shown_labels() == [0, 1]
    assert 'Not shown: 1 labels' in gallery.note()
    # One of each kind, so that the page does not grow with the labels.
    assert [len(card.photos) for card in gallery.cards()[2:]] == [1, 1]
