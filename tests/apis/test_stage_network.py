from __future__ import annotations

from pathlib import Path

import pytest
import torch
from network_toy import write_toy_run

from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.errors import CheckpointError, ConfigError


@pytest.fixture(scope='module')
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_run(tmp_path_factory.mktemp('run'))


def test_the_student_is_loaded_and_scores_single_images(toy: Path):
    network = StageNetwork.load(setup_config(toy / 'toy.py'), toy / 'student.pth')
    assert network.stage == 'student'
    assert not network.model.training
    weights = torch.load(toy / 'student.pth', weights_only=True)
    for name, value in network.model.state_dict().items():
        torch.testing.assert_close(value.cpu(), weights[name])
    packed = network.test_set()[3]
    sample = network.predict(packed)
    assert sample.pred_score.shape == (3,)
    assert torch.equal(sample.gt_label, packed['data_samples'].gt_label)
    assert torch.equal(network.predict(packed).pred_score, sample.pred_score)


def test_the_teacher_finds_boxes_in_the_stored_image(toy: Path):
    network = StageNetwork.load(setup_config(toy / 'toy.py'), toy / 'teacher' / 'network.pth', 'teacher')
    boxes = network.predict(network.test_set()[0]).pred_instances.bboxes
    # The first patch, 4..30 x 10..40 of a 64 x 64 frame, in an image of 80 x 48.
    expected = torch.tensor([5.0, 7.5, 37.5, 30.0])
    assert (boxes - expected).abs().amax(1).min() < 1e-3


def test_an_unknown_stage_says_what_is_near(toy: Path):
    with pytest.raises(ConfigError, match="no stage 'studnet'") as caught:
        StageNetwork.load(setup_config(toy / 'toy.py'), toy / 'student.pth', 'studnet')
    assert caught.value.fix == 'did you mean student?'


def test_the_checkpoint_of_another_network_is_an_error(toy: Path):
    with pytest.raises(CheckpointError, match='does not fit'):
        StageNetwork.load(setup_config(toy / 'toy.py'), toy / 'teacher' / 'network.pth')


def test_a_config_without_test_set_is_an_error(toy: Path):
    config = setup_config(toy / 'toy.py')
    config.test_dataloader = None
    with pytest.raises(ConfigError, match='no test set'):
        StageNetwork.load(config, toy / 'student.pth').dataset_config()
