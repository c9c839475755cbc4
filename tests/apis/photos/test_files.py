"""Photos of no data set: keys, proposals from a store or made in memory, photos without any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from detector_toy import CONFIG, FEW, write_detector
from PIL import Image

from mlkd.apis.inferencer import MultiLabelInferencer
from mlkd.apis.photos.files import find_photos, photo_pixels
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.proposals import ProposalGenerator, ProposalWriter
from mlkd.published import PhotoPipeline, Proposer
from mlkd.registry import GENERATORS

IMAGE = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@GENERATORS.register_module()
class ToyGenerator(ProposalGenerator):
    """Gives the boxes that it is told, or fails."""

    def __init__(self, boxes: Any = ((1, 2, 30, 35), (10, 10, 60, 40)), error: str | None = None) -> None:
        self.boxes, self.error = boxes, error

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.error:
            raise ValueError(self.error)
        boxes = np.array(self.boxes, np.float32).reshape(-1, 4)
        return boxes, np.linspace(1, 0.5, len(boxes), dtype=np.float32)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_detector(tmp_path_factory.mktemp('detector'))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    assert cv2.imwrite(str(tmp_path / 'a.png'), IMAGE)
    return tmp_path / 'a.png'


def network(checkpoint: Path, tta: bool = False, **options: Any) -> StageNetwork:
    return StageNetwork.load(setup_config(CONFIG, {**FEW, **options}), checkpoint, tta=tta)


def pipeline_of(net: StageNetwork, store: Path | None = None) -> PhotoPipeline:
    return net.photo_network(store).pipeline


def with_generator(**settings: Any) -> dict[str, Any]:
    return {'proposals.generator': {'_delete_': True, 'type': 'ToyGenerator', **settings}}


def test_keys_of_photos(tmp_path: Path) -> None:
    for name in ('b.jpg', 'more/a.JPG', 'more/notes.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    photos = find_photos([tmp_path, tmp_path / 'b.jpg'])
    assert photos == {tmp_path / 'b.jpg': 'b.jpg', tmp_path / 'more' / 'a.JPG': 'more/a.JPG'}
    assert find_photos([tmp_path / 'more' / 'a.JPG']) == {tmp_path / 'more' / 'a.JPG': 'a.JPG'}


def test_patterns(tmp_path: Path) -> None:
    for name in ('trip [1]/b.jpg', 'trip [1]/c.PNG', 'trip [1]/notes.txt', 'trip2/deep/d.jpg'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def names(*patterns: str) -> list[str]:
        return [path.relative_to(tmp_path).as_posix() for path in find_photos(tmp_path / p for p in patterns)]

    assert names('trip [1]/b.jpg') == ['trip [1]/b.jpg']
    assert names('trip2/**/*.jpg') == names('trip2/*/?.jpg') == ['trip2/deep/d.jpg']
    assert names('trip*') == ['trip [1]/b.jpg', 'trip [1]/c.PNG', 'trip2/deep/d.jpg']
    assert names('trip2/**', 'trip2') == ['trip2/deep/d.jpg']
    assert names('*/*') == ['trip [1]/b.jpg', 'trip [1]/c.PNG', 'trip2/deep/d.jpg']
    for pattern in ('*.jpg', 'trip*/*.txt'):
        with pytest.raises(DataError, match='matches no photo'):
            names(pattern)


def test_pixels_of_arrays() -> None:
    grey = IMAGE[..., 0]
    for array, wanted in (
        (IMAGE, IMAGE),
        (grey, np.repeat(grey[..., None], 3, 2)),
        (grey[..., None], np.repeat(grey[..., None], 3, 2)),
        (np.concatenate([IMAGE, IMAGE[..., :1]], 2), IMAGE),
    ):
        pixels = photo_pixels(array)
        np.testing.assert_array_equal(pixels, wanted)
        assert pixels.flags.c_contiguous
    for wrong in (IMAGE / 255, IMAGE[..., :2], np.zeros((0, 3, 3), np.uint8), IMAGE[None]):
        with pytest.raises(DataError, match='no image'):
            photo_pixels(wrong)


def test_proposals_are_made_by_the_generator_of_the_config(checkpoint: Path, photo: Path) -> None:
    packed = pipeline_of(network(checkpoint, **with_generator()))(photo_pixels(photo), 'a.png')
    proposals = packed['data_samples'].proposals
    assert proposals.bboxes.tolist() == [[1, 2, 30, 35], [10, 10, 60, 40]]
    assert proposals.scores.tolist() == [1, 0.5]


def test_a_photo_is_scored_as_the_same_image_of_the_data_set(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for tta in (False, True):
        net = network(checkpoint, tta=tta)
        dataset = net.test_set()
        pipeline = pipeline_of(net)
        for index in range(2):
            assert cv2.imwrite('one.png', dataset.get_data_info(index)['render']())
            mine = net.predict(pipeline(photo_pixels('one.png'), 'one.png'))
            theirs = net.predict(dataset[index])
            assert torch.equal(mine.pred_score, theirs.pred_score)
            assert torch.equal(mine.pred_instances.bboxes, theirs.pred_instances.bboxes)
            assert torch.equal(mine.pred_instances.scores, theirs.pred_instances.scores)
            assert len(mine.pred_instances) > 1


def test_a_store_goes_before_the_generator(checkpoint: Path, photo: Path, tmp_path: Path) -> None:
    """Its boxes are those of an image of twice the size."""
    with ProposalWriter(tmp_path / 's.mlkd', 'photos', {'type': 'Other'}) as writer:
        writer.add('a.png', np.array([[0, 0, 120, 40]]), np.array([0.25]), (80, 120))
        writer.finish()
    pipeline = pipeline_of(network(checkpoint, **with_generator()), tmp_path / 's.mlkd')
    proposals = pipeline(IMAGE, 'a.png')['data_samples'].proposals
    assert (proposals.bboxes.tolist(), proposals.scores.tolist()) == ([[0, 0, 60, 20]], [0.25])
    assert len(pipeline(IMAGE, 'b.png')['data_samples'].proposals.bboxes) == 2
    alone = pipeline_of(network(checkpoint, proposals=None), tmp_path / 's.mlkd')
    assert len(alone(IMAGE, 'a.png')['data_samples'].proposals.bboxes) == 1
    with pytest.raises(ProposalError, match='no generator') as caught:
        alone(IMAGE, 'b.png')
    assert caught.value.found == 'no b.png'


def test_whole_image_where_there_is_no_box(checkpoint: Path, photo: Path) -> None:
    for tta in (False, True):
        net = network(checkpoint, tta=tta, **with_generator(boxes=()))
        result = net.predict(pipeline_of(net)(photo_pixels(photo), 'a.png'))
        # One proposal has all of the detection softmax.
        assert result.pred_score.sum().item() == pytest.approx(1, abs=1e-5)
        assert result.pred_instances.bboxes[0].tolist() == pytest.approx([0, 0, 60, 40], abs=1e-4)


def test_an_image_without_boxes_may_be_kept(checkpoint: Path, photo: Path) -> None:
    options = {**with_generator(boxes=()), 'test_dataloader.dataset.empty_proposals': 'keep'}
    net = network(checkpoint, **options)
    result = net.predict(pipeline_of(net)(photo_pixels(photo), 'a.png'))
    assert result.pred_score.tolist() == [0] * 24
    assert len(result.pred_instances) == 0


def test_no_generator_is_an_error_that_says_what_to_do(checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match='how to make them') as caught:
        pipeline_of(network(checkpoint, proposals=None))
    assert 'proposals = dict(generator' in caught.value.fix
    with pytest.raises(ConfigError, match='no such generator'):
        Proposer({'type': 'SelectivSearch'})


@pytest.mark.parametrize(
    ('settings', 'message'),
    [({'error': 'oh no'}, 'ToyGenerator.* failed'), ({'boxes': ((0, 0, 99, 9),)}, 'leaves its image')],
)
def test_a_generator_that_fails(settings: dict, message: str) -> None:
    with pytest.raises(ProposalError, match=message) as caught:
        Proposer({'type': 'ToyGenerator', **settings})('a.png', IMAGE)
    assert 'a.png' in caught.value.where


def test_empty_pipeline(checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match='no pipeline'):
        pipeline_of(network(checkpoint, **{'test_dataloader.dataset.pipeline': []}))


def test_photos_are_turned_upright_but_for_those_of_a_store(checkpoint: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(IMAGE).save(tmp_path / 'a.jpg', exif=exif)
    with ProposalWriter(tmp_path / 's.mlkd', 'photos', {'type': 'x'}) as writer:
        writer.add('a.jpg', np.array([[0, 0, 60, 40]], np.float32), np.ones(1, np.float32), IMAGE.shape[:2])
        writer.finish()
    net = network(checkpoint, **with_generator(boxes=[[0, 0, 40, 60]]))
    for store, shape, box in ((None, (60, 40, 3), [0, 0, 40, 60]), (tmp_path / 's.mlkd', IMAGE.shape, [0, 0, 60, 40])):
        inferencer = MultiLabelInferencer(net.photo_network(store), proposals=store)
        image = photo_pixels(tmp_path / 'a.jpg', inferencer.upright)
        packed = inferencer.network.pipeline(image, 'a.jpg')
        assert image.shape == shape
        assert packed['data_samples'].proposals.bboxes.tolist() == [box]
