"""Fusion of views against a loop over views written by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import torchvision
from mmengine.dataset import pseudo_collate

from mlkd.datasets.transforms import LoadImage
from mlkd.errors import ConfigError
from mlkd.registry import MODELS, TRANSFORMS

SIZES, K = (64, 96, 80), 3
PACK = [{'type': 'PackMultiLabel'}]
RESIZES = [{'type': 'Warp', 'size': size} for size in SIZES]
MIRRORS = [{'type': 'MirrorFlip', 'prob': prob} for prob in (0.0, 1.0)]
Build = Callable[..., torch.nn.Module]


def entry(height: int, width: int, count: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, [width - 16, height - 16], (count, 2))
    high = rng.uniform(low + 12, [width, height])
    return {
        'render': rng.integers(0, 256, (height, width, 3), dtype=np.uint8).copy,
        'img_path': f'{seed}.jpg',
        'gt_label': np.array([1, 0, 1], np.int8),
        'proposals': np.concatenate([low, high], 1).astype(np.float32),
        'proposal_scores': rng.random(count, np.float32) * 0.1,
    }


#: Height, width, number of proposals, seed.
IMAGES = [(70, 90, 12, 1), (90, 60, 0, 2), (64, 64, 1, 3)]


def batch(*lists: list, images: list = IMAGES) -> dict[str, Any]:
    step = TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': list(lists)})
    return pseudo_collate([step(LoadImage()(entry(*image))) for image in images])


def fused(network: torch.nn.Module, **kwargs: Any) -> torch.nn.Module:
    return MODELS.build({'type': 'WSDDNTTAModel', 'module': network, **kwargs}).eval()


def view_by_hand(network: torch.nn.Module, image: dict, size: int, mirror: bool) -> torch.Tensor:
    """S (R, K) of one view, with nothing of mlkd but the layers of the network."""
    pixels, boxes = cv2.resize(image['render'](), (size, size)), torch.from_numpy(image['proposals'])
    height, width = image['render']().shape[:2]
    x1, y1, x2, y2 = (boxes * torch.tensor([size / width, size / height] * 2)).T
    if mirror:
        pixels, (x1, x2) = pixels[:, ::-1], (size - x2, size - x1)
    inputs = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
    rois = torch.stack([torch.zeros_like(x1), x1, y1, x2, y2], 1)
    feats = network.roi_feats(network.extract_feat(inputs)[-1], rois, torch.from_numpy(image['proposal_scores']))
    by_class, by_box = network.bag_logits(feats)
    return by_class.softmax(1) * by_box.softmax(0)


@torch.no_grad()
def test_fusion_is_the_sum_over_views_by_hand(wsddn: Build) -> None:
    network = wsddn().eval()
    results = fused(network, tta_cfg={'score_thr': 0.02, 'max_per_img': -1}).test_step(batch(RESIZES, MIRRORS, PACK))
    for result, arguments in zip(results, IMAGES, strict=True):
        image = entry(*arguments)
        total = sum(view_by_hand(network, image, *view) for view in itertools.product(SIZES, (False, True)))
        torch.testing.assert_close(result.pred_score, total.sum(0) / 6, rtol=1e-4, atol=1e-6)
        boxes, found = torch.from_numpy(image['proposals']), result.pred_instances
        for k in range(K):
            above = total[:, k] > 0.02
            keep = torchvision.ops.nms(boxes[above], total[above, k], 0.4)
            mine = found[found.labels == k]
            torch.testing.assert_close(mine.bboxes, boxes[above][keep], rtol=0, atol=1e-3)
            torch.testing.assert_close(mine.scores, total[above, k][keep], rtol=1e-4, atol=1e-6)
    assert [len(result.proposals.bboxes) for result in results] == [12, 0, 1]
    # One proposal has all of the detection softmax in each of six views.
    assert results[2].pred_instances.scores.sum().item() == pytest.approx(6, abs=1e-4)


@torch.no_grad()
def test_one_view_is_the_plain_test(wsddn: Build) -> None:
    network = wsddn(test_cfg={'score_thr': 0.01}).eval()
    views = batch([RESIZES[0]], [MIRRORS[0]], PACK)
    plain = [network.test_step({key: [value[0][i]] for key, value in views.items()})[0] for i in range(3)]
    for one, other in zip(fused(network).test_step(views), plain, strict=True):
        assert torch.equal(one.pred_score, other.pred_score)
        for key in ('bboxes', 'scores', 'labels'):
            assert torch.equal(one.pred_instances[key], other.pred_instances[key])
        assert len(one.pred_instances) == len(other.pred_instances)
    assert len(plain[0].pred_instances)


@torch.no_grad()
def test_the_order_of_the_views_does_not_matter(wsddn: Build) -> None:
    model = fused(wsddn(test_cfg={'score_thr': 0.0}))
    forward = model.test_step(batch(RESIZES, MIRRORS, PACK))
    for lists in ((RESIZES[::-1], MIRRORS, PACK), (RESIZES, MIRRORS[::-1], PACK)):
        for one, other in zip(forward, model.test_step(batch(*lists)), strict=True):
            assert torch.equal(one.pred_score, other.pred_score)
            assert torch.equal(one.pred_instances.scores, other.pred_instances.scores)
            # The boxes are those of the first view, brought back.
            torch.testing.assert_close(one.pred_instances.bboxes, other.pred_instances.bboxes, rtol=0, atol=1e-4)


@torch.no_grad()
def test_detections_are_in_the_stored_image_where_every_view_is_mirrored(wsddn: Build) -> None:
    model = fused(wsddn(test_cfg={'score_thr': 0.0}))
    (result,) = model.test_step(batch([RESIZES[1]], [MIRRORS[1]], PACK, images=[IMAGES[2]]))
    wanted = torch.from_numpy(entry(*IMAGES[2])['proposals']).expand(K, 4)
    torch.testing.assert_close(result.pred_instances.bboxes, wanted, rtol=0, atol=1e-3)


@torch.no_grad()
def test_a_batch_is_run_view_by_view(wsddn: Build) -> None:
    """Memory is that of one view, whatever the batch and the number of views."""
    network, seen = wsddn(), []
    network.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(tuple(inputs[0].shape)))
    fused(network).test_step(batch(RESIZES, MIRRORS, PACK))
    assert sorted(seen) == sorted((1, 3, size, size) for size in SIZES for _ in range(6))


@torch.no_grad()
def test_views_keep_the_size_that_the_pipeline_gives(wsddn: Build) -> None:
    view = {'type': 'ViewPreprocessor', 'size': 64}
    fixed, free = wsddn(data_preprocessor=view), wsddn()
    free.load_state_dict(fixed.state_dict())
    data = batch(RESIZES, MIRRORS, PACK)
    for one, other in zip(fused(fixed).test_step(data), fused(free).test_step(data), strict=True):
        assert torch.equal(one.pred_score, other.pred_score)


@torch.no_grad()
def test_integer_boxes_of_the_port(wsddn: Build) -> None:
    """Truncated in each view, mirrored by pixel: the same boxes still, if not to the pixel."""
    model = fused(wsddn(data_preprocessor={'type': 'ViewPreprocessor', 'box_rounding': 'floor'}))
    pixel = [{**mirror, 'pixel_boxes': True} for mirror in MIRRORS]
    results = model.test_step(batch(RESIZES, pixel, PACK))
    assert results[0].pred_score.isfinite().all()


def test_boxes_left_out_in_a_view_do_not_misalign_the_others(wsddn: Build) -> None:
    small = [{'type': 'TopProposals', 'n': 100, 'min_size': 20}]
    with pytest.raises(ConfigError, match='same proposals') as caught:
        fused(wsddn()).test_step(batch(RESIZES, small, PACK))
    assert 'before TestTimeAug' in caught.value.fix
    assert caught.value.where == '1.jpg'
    # Before the views, it may leave out what it likes.
    step = TRANSFORMS.build({'type': 'TestTimeAug', 'transforms': [RESIZES, MIRRORS, PACK]})
    chosen = TRANSFORMS.build(small[0])(LoadImage()(entry(*IMAGES[0])))
    count = len(chosen['proposals'])
    assert 0 < count < 12
    (result,) = fused(wsddn()).test_step(pseudo_collate([step(chosen)]))
    assert len(result.proposals.bboxes) == count


def test_other_boxes_in_a_view_are_noticed(wsddn: Build) -> None:
    views = batch(RESIZES, MIRRORS, PACK)
    boxes = views['data_samples'][3][0].proposals.bboxes
    boxes[[2, 5]] = boxes[[5, 2]].clone()
    with pytest.raises(ConfigError, match='same proposals') as caught:
        fused(wsddn()).test_step(views)
    assert caught.value.found == '2 of 12 proposals elsewhere'


def test_network_without_scores_of_proposals(classifier: Build) -> None:
    with pytest.raises(ConfigError, match='cannot be fused') as caught:
        fused(classifier())
    assert caught.value.found == 'MultiLabelClassifier'


def test_pipeline_without_views(wsddn: Build) -> None:
    pack = TRANSFORMS.build(PACK[0])
    with pytest.raises(ConfigError, match='no views'):
        fused(wsddn()).test_step(pseudo_collate([pack(LoadImage()(entry(*IMAGES[0])))]))


def test_data_preprocessor_takes_the_place_of_the_networks() -> None:
    config = {
        'type': 'WSDDN',
        'backbone': {'type': 'SmallConvNet', 'layers': ((8, 2),)},
        'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 0.5},
        'roi_head': {'type': 'PooledFC', 'in_channels': 8},
        'bbox_head': {'type': 'WSDDNHead', 'num_classes': 3, 'in_channels': 8},
    }
    model = MODELS.build(
        {
            'type': 'WSDDNTTAModel',
            'module': config,
            'tta_cfg': {'score_thr': 0.5},
            'data_preprocessor': {'type': 'ViewPreprocessor', 'mean': [1, 2, 3]},
        }
    )
    assert model.module.data_preprocessor.mean.flatten().tolist() == [1, 2, 3]
    assert (model.test_cfg['score_thr'], model.test_cfg['nms']['iou_threshold']) == (0.5, 0.4)
    assert 'data_preprocessor' not in config


def test_maps_of_views_are_not_kept_on_disk(wsddn: Build, tmp_path: Any) -> None:
    network = wsddn(feature_cache=str(tmp_path / 'maps'))
    network.backbone.requires_grad_(False)
    fused(network).test_step(batch([RESIZES[0]], MIRRORS, PACK))
    assert not (tmp_path / 'maps').exists()
