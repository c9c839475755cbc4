"""Warp and ResizeLongSide: pixels against PyTorch's resampling, boxes against painted pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from mlkd.datasets.transforms import LoadImage, ResizeLongSide, ResizeShortSide, Warp
from mlkd.errors import ConfigError


def sample(height: int, width: int, boxes: list[list[float]]) -> dict:
    """A black image with its first box painted white; the boxes are proposals and ground truth."""
    image = np.zeros((height, width, 3), np.uint8)
    x1, y1, x2, y2 = map(int, boxes[0])
    image[y1:y2, x1:x2] = 255
    array = np.array(boxes, np.float32)
    return LoadImage()({'render': image.copy, 'proposals': array, 'gt_bboxes': array.copy()})


def test_warp_is_bilinear_with_half_pixel_centres() -> None:
    image = np.random.default_rng(0).integers(0, 256, (23, 31, 3), dtype=np.uint8)
    ours = Warp((40, 57))(LoadImage()({'render': image.copy}))['img']
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].double()
    theirs = torch.nn.functional.interpolate(tensor, size=(40, 57), mode='bilinear', align_corners=False)
    # OpenCV computes in fixed point: one grey level.
    assert np.abs(ours.astype(int) - theirs[0].permute(1, 2, 0).numpy()).max() <= 1


@pytest.mark.parametrize(('height', 'width'), [(48, 96), (100, 30), (64, 64), (7, 300)])
def test_boxes_stay_on_the_pixels_they_marked(height: int, width: int) -> None:
    box = [width // 6, height // 7, width // 2, height - 1]
    results = Warp(672)(sample(height, width, [box]))
    assert results['img'].shape == (672, 672, 3)
    rows, columns = np.nonzero(results['img'][..., 0] > 127)
    painted = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(results['proposals'][0], painted, atol=1)
    np.testing.assert_array_equal(results['proposals'], results['gt_bboxes'])


def test_scale_factor_and_shapes_add_up() -> None:
    results = Warp(50)(Warp((20, 30))(sample(40, 10, [[1, 1, 5, 20]])))
    assert results['img_shape'] == (50, 50)
    assert results['ori_shape'] == (40, 10)
    assert results['scale_factor'] == (5.0, 1.25)
    np.testing.assert_allclose(results['gt_bboxes'], [[5, 1.25, 25, 25]])


def test_whole_pixels_of_the_frame_stay_whole() -> None:
    """Boxes given in the 672 frame, out into an image of any size and back, are not truncated to the pixel before."""
    rng = np.random.default_rng(1)
    corners = np.sort(rng.integers(0, 672, (2000, 2, 2)), axis=1).reshape(-1, 4)
    for height, width in ((375, 500), (333, 499), (1, 1), (1023, 767)):
        image = np.zeros((height, width, 3), np.uint8)
        entry = {'render': image.copy, 'proposals': corners.astype(np.float32), 'proposal_size': (672, 672)}
        boxes = Warp(672)(LoadImage()(entry))['proposals']
        np.testing.assert_array_equal(boxes.astype(np.float32), corners)


def test_long_side() -> None:
    results = ResizeLongSide(480)(sample(375, 500, [[10, 10, 100, 300]]))
    assert results['img_shape'] == (360, 480)
    np.testing.assert_allclose(results['proposals'][0], [9.6, 9.6, 96, 288], rtol=1e-6)
    assert ResizeLongSide([300])(sample(1000, 3, [[0, 0, 2, 900]]))['img_shape'] == (300, 1)


def test_one_of_several_sizes_is_drawn() -> None:
    np.random.seed(0)  # noqa: NPY002 - the generator that transforms draw from
    resize = ResizeLongSide([20, 30, 40])
    drawn = {resize(sample(10, 10, [[0, 0, 5, 5]]))['img_shape'] for _ in range(50)}
    assert drawn == {(20, 20), (30, 30), (40, 40)}


@pytest.mark.parametrize(
    'build',
    [
        lambda: Warp(0),
        lambda: ResizeLongSide([]),
        lambda: ResizeLongSide([0, 3]),
        lambda: ResizeShortSide(0),
        lambda: ResizeShortSide(300, max_long=0),
    ],
)
def test_wrong_sizes(build) -> None:
    with pytest.raises(ConfigError):
        build()


def test_short_side() -> None:
    results = ResizeShortSide(480)(sample(375, 500, [[10, 10, 100, 300]]))
    assert results['img_shape'] == (480, 640)
    np.testing.assert_allclose(results['proposals'][0], [12.8, 12.8, 128, 384], rtol=1e-6)
    assert ResizeShortSide([300], max_long=500)(sample(1000, 250, [[0, 0, 2, 900]]))['img_shape'] == (500, 125)


def test_antialiased_as_torchvision_resizes() -> None:
    """Its default for images, which the recipes of ASL and CPSD train with."""
    img = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    boxes = np.array([[8, 6, 32, 24]], np.float32)
    results = {'img': img, 'img_shape': (48, 64), 'ori_shape': (48, 64), 'proposals': boxes}
    out = Warp((20, 30), antialias=True)(dict(results))
    wanted = torchvision.transforms.Resize((20, 30))(Image.fromarray(img))
    assert np.array_equal(out['img'], np.asarray(wanted))
    assert not np.array_equal(out['img'], Warp((20, 30))(dict(results))['img'])
    assert out['proposals'].tolist() == [[3.75, 2.5, 15, 10]]
    assert out['img'].flags.writeable
