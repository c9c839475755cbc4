"""A map per label for networks of all kinds."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from mmengine.structures import InstanceData

from mlkd.errors import ConfigError
from mlkd.models.utils import class_maps_of
from mlkd.models.utils.class_maps_of import box_maps
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

K = 3
BACKBONE = {'type': 'SmallConvNet', 'layers': ((8, 2), (16, 2))}
LINEAR = {'type': 'MultiLabelHead', 'num_classes': K, 'in_channels': 16}
CAM = {'type': 'CAMHead', 'num_classes': K, 'in_channels': 16}
VGG = {'type': 'FC67', 'in_channels': 16, 'roi_size': 4, 'hidden_channels': 12}
VIEWS = torch.randn(2, 3, 16, 24, generator=torch.Generator().manual_seed(0))


def classifier(**parts: Any) -> Any:
    torch.manual_seed(0)
    parts = {'backbone': BACKBONE, 'head': LINEAR, **parts}
    network = MODELS.build({'type': 'MultiLabelClassifier', **parts}).eval()
    network.init_weights()
    return network


@pytest.mark.parametrize('neck', [None, {'type': 'PooledFC', 'in_channels': 16}])
def test_a_linear_head_behind_mean_pooling_is_the_mean_of_its_maps(neck: dict | None) -> None:
    network = classifier(neck=neck)
    maps = class_maps_of(network, VIEWS)
    assert maps.shape == (2, K, 4, 6)
    torch.testing.assert_close(maps.mean((2, 3)) + network.head.fc.bias, network(VIEWS))
    assert not maps.requires_grad


def test_behind_max_pooling_each_channel_is_weighed_where_it_is() -> None:
    network = classifier(neck={'type': 'GlobalMaxPool'})
    feat = network.extract_feat(VIEWS)[-1]
    expected = torch.einsum('kc,bchw->bkhw', network.head.fc.weight, feat)
    torch.testing.assert_close(class_maps_of(network, VIEWS), expected.detach())


@pytest.mark.parametrize('csi', [None, 'moments'])
def test_a_head_of_class_maps_has_them(csi: str | None) -> None:
    network = classifier(neck={'type': 'LastMap'}, head={**CAM, 'csi': csi})
    expected = network.head.cam(network.extract_feat(VIEWS)[-1])
    torch.testing.assert_close(class_maps_of(network, VIEWS), expected.detach())


def test_gradients_give_the_class_maps_of_a_linear_head_up_to_the_number_of_cells() -> None:
    maps = class_maps_of(classifier(), VIEWS)
    blind = classifier()
    blind.neck.pools_alone = False
    found = class_maps_of(blind, VIEWS, gradients=True)
    torch.testing.assert_close(found * 24, maps)
    assert all(p.grad is None for p in blind.parameters())


def test_fully_connected_layers_have_none_of_their_own_and_it_says_so() -> None:
    network = classifier(neck={**VGG, 'type': 'VGGNeck'}, head={**LINEAR, 'in_channels': 12})
    square = torch.randn(2, 3, 32, 32)
    with pytest.raises(ConfigError, match='has no class maps') as caught:
        class_maps_of(network, square)
    assert 'VGGNeck' in str(caught.value.found)
    assert '--gradients' in str(caught.value.fix)
    assert class_maps_of(network, square, gradients=True).shape == (2, K, 8, 8)
    hidden = classifier(neck={'type': 'PooledFC', 'in_channels': 16, 'hidden_channels': 16})
    with pytest.raises(ConfigError, match='has no class maps'):
        class_maps_of(hidden, VIEWS)


def test_boxes_add_up_where_they_are() -> None:
    boxes = torch.tensor([[0.0, 0, 8, 8], [4, 0, 16, 4]])
    maps = box_maps(boxes, torch.tensor([[1.0, 0.5], [0.25, 0.0]]), (8, 16), (2, 4))
    assert maps.tolist() == [
        [[1, 1.25, 0.25, 0.25], [1, 1, 0, 0]],
        [[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0]],
    ]


def detector() -> Any:
    torch.manual_seed(0)
    network = MODELS.build(
        {
            'type': 'WSDDN',
            'backbone': BACKBONE,
            'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 1 / 4},
            'roi_head': {'type': 'PooledFC', 'in_channels': 16, 'dropout': 0.0},
            'bbox_head': {'type': 'WSDDNHead', 'num_classes': K, 'in_channels': 16},
        }
    ).eval()
    network.init_weights()
    return network


def test_a_detector_sums_the_scores_of_the_boxes_around_a_place() -> None:
    samples = []
    for boxes in ([[0.0, 0, 16, 16], [8, 0, 24, 8]], [[0.0, 0, 24, 16]]):
        sample = MultiLabelDataSample(metainfo={'img_shape': (16, 24), 'ori_shape': (16, 24)})
        sample.proposals = InstanceData(bboxes=torch.tensor(boxes), scores=torch.ones(len(boxes)))
        samples.append(sample)
    network = detector()
    p, scores = network(VIEWS, samples, mode='tensor')
    maps = class_maps_of(network, VIEWS, samples)
    assert maps.shape == (2, K, 2, 3)
    torch.testing.assert_close(maps[1, :, 0, 0], p[1].detach())
    torch.testing.assert_close(maps[0, :, 0, 1], p[0].detach())
    torch.testing.assert_close(maps[0, :, 1, 0], scores[0].detach())
    assert maps[0, :, 1, 2].tolist() == [0] * K
    network.test_cfg['class_maps'] = True
    torch.testing.assert_close(network.predict(VIEWS, samples)[0].pred_maps, maps[0])


def test_classifiers_give_them_with_what_they_predict_where_they_are_asked() -> None:
    sample = MultiLabelDataSample(metainfo={'img_shape': (16, 24)})
    assert 'pred_maps' not in classifier()(VIEWS[:1], [sample.clone()], mode='predict')[0]
    network = classifier(test_cfg={'class_maps': True})
    (found,) = network(VIEWS[:1], [sample], mode='predict')
    torch.testing.assert_close(found.pred_maps, class_maps_of(network, VIEWS[:1])[0])
    with pytest.raises(ConfigError, match='no such setting') as caught:
        classifier(test_cfg={'class_map': True})
    assert 'did you mean class_maps?' in str(caught.value.fix)
