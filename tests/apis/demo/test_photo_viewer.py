from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from demo_toys import MAPLESS, drawn_photo, load_toy, toy_viewer
from published_toy import CLASSES, DETECTOR

from mlkd.apis.demo.photo_viewer import PhotoViewer, best_boxes, class_heat
from mlkd.apis.photos.results import PhotoResult
from mlkd.errors import ConfigError

PHOTO = drawn_photo()


def test_scores_and_thresholds_are_those_of_prediction(tmp_path: Path) -> None:
    student = load_toy(tmp_path)
    scores = student.predict([PHOTO])[0].pred_score.tolist()
    thresholds = (scores[0] + 0.1, scores[1], scores[2] - 0.1)
    student = load_toy(tmp_path, thresholds=thresholds)
    seen = PhotoViewer(student).look(PHOTO)
    assert [label['score'] for label in seen['labels']] == sorted(scores, reverse=True)
    by_name = {label['name']: label for label in seen['labels']}
    for name, score, threshold in zip(CLASSES, scores, thresholds, strict=True):
        assert by_name[name]['score'] == score
        assert by_name[name]['threshold'] == threshold
    # A score that is the threshold does not pass.
    assert [by_name[name]['passed'] for name in CLASSES] == [False, False, True]
    assert (seen['photo']['width'], seen['photo']['height']) == (90, 60)
    assert seen['detector'] is None
    assert seen['no_heat'] is None
    json.dumps(seen, allow_nan=False)


@pytest.mark.parametrize('shape', [(60, 90), (200, 100), (500, 700)])
def test_heat_is_the_weighted_feature_map_spread_over_the_photo(tmp_path: Path, shape: tuple[int, int]) -> None:
    student = load_toy(tmp_path)
    photo = drawn_photo(*shape)
    packed = student.pipeline(photo)
    heat, missing = class_heat(student, packed, photo.shape)
    assert missing is None
    net = student.network
    view = net.data_preprocessor({'inputs': [packed['inputs']], 'data_samples': None}, False)['inputs']
    with torch.no_grad():
        maps = F.conv2d(net.extract_feat(view)[-1], dict(net.head.named_parameters())['fc.weight'][..., None, None])
    maps = maps.relu() / maps.relu().amax((2, 3), keepdim=True).clamp_min(1e-9)
    height, width = (round(side * min(1, 160 / max(shape))) for side in shape)
    wanted = F.interpolate(maps, size=(height, width), mode='bilinear', align_corners=False)[0]
    np.testing.assert_allclose(heat, wanted, atol=1e-3)
    assert wanted.amax() > 0.9


def test_a_label_that_is_seen_nowhere_has_no_heat(tmp_path: Path) -> None:
    student = load_toy(tmp_path)
    with torch.no_grad():
        dict(student.network.head.named_parameters())['fc.weight'][1] = -1
    labels = {label['name']: label['heat'] for label in PhotoViewer(student).look(PHOTO)['labels']}
    assert labels[CLASSES[1]] is None
    assert any(heat is not None for heat in labels.values())


def test_a_network_without_class_maps_says_so(tmp_path: Path) -> None:
    seen = toy_viewer(tmp_path, teacher=False, model=MAPLESS).look(PHOTO)
    assert 'no class maps' in seen['no_heat']
    assert [label['heat'] for label in seen['labels']] == [None] * 3


def test_a_teacher_gives_its_boxes_and_scores(tmp_path: Path) -> None:
    viewer = toy_viewer(tmp_path)
    seen = viewer.look(PHOTO)['detector']
    sample = viewer.teacher.predict([PHOTO])[0]  # type: ignore[union-attr]
    assert seen['who'] == 'teacher'
    assert list(seen['scores'].values()) == sample.pred_score.tolist()
    found = sample.pred_instances
    assert set(seen['boxes']) == {CLASSES[k] for k in found.labels.tolist()}
    for k in found.labels.unique().tolist():
        name = CLASSES[k]
        own = found.bboxes[found.labels == k]
        best = own[found.scores[found.labels == k].argmax()]
        np.testing.assert_allclose(seen['boxes'][name][0]['box'], best / torch.tensor([90, 60, 90, 60]), atol=1e-6)


def test_a_detector_shows_its_own_boxes_and_its_heat(tmp_path: Path) -> None:
    seen = toy_viewer(tmp_path, teacher=False, model=DETECTOR).look(PHOTO)
    assert seen['detector']['who'] == 'student'
    assert seen['no_heat'] is None
    assert seen['labels'][0]['heat']


def test_boxes_that_come_near_the_best() -> None:
    scores = np.array([0.8, 0.5, 0.41, 0.39, 0.02, 0.011])
    labels = np.array([0, 0, 0, 0, 1, 1])
    boxes = np.arange(24, dtype=float).reshape(6, 4)
    result = PhotoResult(Path('x'), ('a', 'b', 'c'), np.zeros(3), np.zeros(3), boxes, labels, scores)
    found = best_boxes(result, (50, 100, 3))
    assert [[box['score'] for box in found[name]] for name in ('a', 'b')] == [[0.8, 0.5, 0.41], [0.02, 0.011]]
    assert found['a'][1]['box'] == [0.04, 0.1, 0.06, 0.14]
    assert 'c' not in found


def test_what_is_no_teacher(tmp_path: Path) -> None:
    student = load_toy(tmp_path)
    with pytest.raises(ConfigError, match='finds no boxes'):
        PhotoViewer(student, student)
    other = load_toy(tmp_path, DETECTOR, classes=('x', 'y', 'z'))
    with pytest.raises(ConfigError, match='none of the labels'):
        PhotoViewer(student, other)
