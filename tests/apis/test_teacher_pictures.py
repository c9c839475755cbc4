"""What a teacher makes of an image: boxes in the image's own pixels, weights that sum to its scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from network_toy import FRAME, HEIGHT, WIDTH, ColouredPatches, write_toy_run

from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.apis.teacher_pictures import check_teacher, proposal_weights, teacher_item
from mlkd.errors import ConfigError


@pytest.fixture
def teacher(tmp_path: Path) -> StageNetwork:
    run = write_toy_run(tmp_path / 'run')
    return StageNetwork.load(setup_config(run / 'toy.py'), run / 'teacher' / 'network.pth', 'teacher')


def test_weights_sum_to_the_scores_and_boxes_are_those_of_the_image(teacher: StageNetwork) -> None:
    packed = ColouredPatches()[0]
    given = packed['data_samples'].proposals.bboxes.clone()
    boxes, weights = proposal_weights(teacher, packed)
    sample = teacher.predict(packed)
    np.testing.assert_allclose(weights.sum(0), sample.pred_score, rtol=1e-5)
    assert weights.shape == (2, 3)
    scale = np.array([WIDTH / FRAME, HEIGHT / FRAME] * 2)
    np.testing.assert_allclose(boxes, given * scale, rtol=1e-5)
    # A detection is a proposal with its weight.
    row, label = np.unravel_index(weights.argmax(), weights.shape)
    np.testing.assert_allclose(sample.pred_instances.bboxes[0], boxes[row], rtol=1e-5)
    assert (int(sample.pred_instances.labels[0]), float(sample.pred_instances.scores[0])) == (
        label,
        pytest.approx(float(weights[row, label]), rel=1e-5),
    )


def test_present_and_likely_classes(teacher: StageNetwork) -> None:
    dataset = ColouredPatches()
    entry = {**dataset.get_data_info(0), 'instances': [{'bbox': [5, 5, 20, 30]}]}
    item = teacher_item(teacher, dataset[0], entry, detections=1, weighed=1)
    assert item.name == '0.png'
    assert item.image.shape == (HEIGHT, WIDTH, 3)
    assert item.objects.tolist() == [[5, 5, 20, 30]]
    # Red and green are there.
    assert [group.label for group in item.weighed] == [0, 1]
    assert [group.label for group in item.detected][:2] == [0, 1]
    _, weights = proposal_weights(teacher, dataset[0])
    for group in item.weighed:
        column = weights[:, group.label].numpy()
        assert group.scores.tolist() == [column.max()]
        assert group.share == pytest.approx(column.max() / column.sum())
        assert group.present
    whole = teacher_item(teacher, dataset[0], entry, detections=5, weighed=5)
    assert [len(group.boxes) for group in whole.weighed] == [2, 2]
    assert [group.share for group in whole.weighed] == pytest.approx([1, 1])


def test_a_class_that_is_not_there_but_likely(teacher: StageNetwork) -> None:
    dataset = ColouredPatches()
    entry = {**dataset.get_data_info(2), 'gt_label': np.array([0, 0, 1])}
    p = teacher.predict(dataset[2]).pred_score.numpy()
    likely = [k for k in np.argsort(-p) if p[k] >= p.max() / 2]
    assert len(likely) > 1
    item = teacher_item(teacher, dataset[2], entry, 2, 2)
    assert {group.label: group.present for group in item.detected} == {k: k == 2 for k in (2, *likely)}
    assert [group.label for group in item.weighed] == [2]
    # Where no class is known to be there, the likely ones are shown.
    nothing = teacher_item(teacher, dataset[2], {**entry, 'gt_label': np.array([0, 0, 0])}, 2, 2)
    assert [group.label for group in nothing.weighed] == likely


def test_a_student_weighs_nothing(tmp_path: Path) -> None:
    run = write_toy_run(tmp_path / 'run')
    student = StageNetwork.load(setup_config(run / 'toy.py'), run / 'student.pth', 'student')
    with pytest.raises(ConfigError, match='does not weigh') as caught:
        check_teacher(student)
    assert '--stage' in str(caught.value.fix)
