from __future__ import annotations

import copy

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.optim import OptimWrapper
from mmengine.structures import InstanceData

from mlkd.errors import ConfigError, DataError, ProposalError, TrainingError
from mlkd.models.utils import samples_to_rois
from mlkd.registry import MODELS


@pytest.fixture
def batch(make_sample, random_boxes) -> dict:
    """Images with many, no and one proposal."""
    samples = [
        make_sample(label, random_boxes(n), torch.rand(n) * 0.1, img_path=f'{n}.jpg')
        for label, n in (([1, 0, -1], 12), ([0, 1, 0], 0), ([0, 0, 1], 1))
    ]
    return {'inputs': torch.randint(256, (3, 3, 64, 64), dtype=torch.uint8), 'data_samples': samples}


def view(model: torch.nn.Module, batch: dict) -> tuple[torch.Tensor, list]:
    return tuple(model.data_preprocessor(batch).values())


def test_parameter_count_of_the_published_network() -> None:
    with torch.device('meta'):
        model = MODELS.build(
            {
                'type': 'WSDDN',
                'backbone': {'type': 'VGG16'},
                'roi_extractor': {'type': 'FastRCNNRoIPool'},
                'roi_head': {'type': 'FC67'},
                'bbox_head': {'type': 'WSDDNHead', 'num_classes': 80, 'in_channels': 4096},
            }
        )
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_916_064


def test_one_pass_of_the_backbone_and_one_product_serve_the_batch(wsddn, batch) -> None:
    model, calls = wsddn().train(), []
    parts = ('backbone', 'roi_head.fc6', 'roi_head.fc7', 'bbox_head.fc_cls', 'bbox_head.fc_det')
    for name in parts:
        layer = model.get_submodule(name)
        layer.register_forward_hook(lambda m, args, out, name=name: calls.append((name, len(args[0]))))
    model.loss(*view(model, batch))
    assert calls == list(zip(parts, (3, 13, 13, 13, 13), strict=True))


@pytest.mark.parametrize('extractor', ['RoIAlign', 'FastRCNNRoIPool'])
@pytest.mark.parametrize('chunk', [1, 4, 1000])
def test_chunks_change_neither_loss_nor_gradients(wsddn, batch, extractor: str, chunk: int) -> None:
    """With dropout, with equal proposals, and with images that have none and one."""
    sample = batch['data_samples'][0]
    sample.proposals.bboxes[3:6] = sample.proposals.bboxes[8]
    layer = {'type': extractor, 'output_size': 3, 'spatial_scale': 1 / 16}
    plain = wsddn(roi_extractor=layer).train()
    chunked = wsddn(roi_extractor=layer, roi_chunk=chunk).train()
    chunked.load_state_dict(plain.state_dict())
    results = []
    for model in (plain, chunked):
        torch.manual_seed(3)
        loss = model.loss(*view(model, batch))['loss_det']
        loss.backward()
        results.append({'loss': loss, **{name: x.grad for name, x in model.named_parameters()}})
    for name, wanted in results[0].items():
        # Batch norm and float32: what counts is the size of the gradient as a whole (0 of the detection bias).
        assert (results[1][name] - wanted).abs().max() <= 1e-4 * wanted.abs().max() + 1e-6, name


def test_chunks_at_test_time(wsddn, batch) -> None:
    plain, chunked = wsddn().eval(), wsddn(roi_chunk=2).eval()
    chunked.load_state_dict(plain.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(
            chunked(*view(chunked, batch), mode='tensor'), plain(*view(plain, batch), mode='tensor')
        )


def test_no_room_for_a_roi(wsddn) -> None:
    with pytest.raises(ConfigError, match=r'WSDDN\.roi_chunk'):
        wsddn(roi_chunk=0)
    with pytest.raises(ConfigError, match=r'WSDDN\.score_scale'):
        wsddn(score_scale='ten')


def test_a_frozen_backbone_keeps_nothing_for_the_backward_pass(wsddn, batch) -> None:
    backbone = {'type': 'MobileNetV1', 'width': 0.25, 'out_indices': (10,), 'frozen_stages': 11}
    model, largest = wsddn(backbone=backbone).train(), []
    inputs, samples = view(model, batch)
    with torch.autograd.graph.saved_tensors_hooks(lambda x: largest.append(x.numel()) or x, lambda x: x):
        feat = model.extract_feat(inputs)[-1]
        assert not largest
        model.loss(inputs, samples)
    assert not feat.requires_grad
    assert max(largest) <= max(13 * 128 * 9, model.roi_head.fc6.weight.numel())


def test_every_parameter_gets_a_gradient(wsddn, batch) -> None:
    model = wsddn().train()
    sum(model.loss(*view(model, batch)).values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_gradients_exist_without_any_proposal(wsddn, batch) -> None:
    """A rank whose images all have none must not hang the others."""
    model = wsddn().train()
    for sample in batch['data_samples']:
        sample.proposals = InstanceData(bboxes=torch.zeros(0, 4), scores=torch.zeros(0))
    sum(model.loss(*view(model, batch)).values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_prediction(wsddn, batch) -> None:
    model = wsddn(test_cfg={'score_thr': 0.0}).eval()
    samples = model.val_step(batch)
    p, scores = model(*view(model, batch), mode='tensor')
    for sample, wanted in zip(samples, p, strict=True):
        assert torch.equal(sample.pred_score, wanted)
        assert ((wanted >= 0) & (wanted <= 1)).all()
    torch.testing.assert_close(p[0], scores[:12].sum(0))
    assert samples[1].pred_score.tolist() == [0, 0, 0]
    assert len(samples[1].pred_instances) == 0
    assert len(samples[2].pred_instances) == 3
    # One proposal has all of the detection softmax.
    assert p[2].sum().item() == pytest.approx(1, abs=1e-6)


def test_an_image_is_scored_as_it_would_be_alone(wsddn, batch) -> None:
    model = wsddn().eval()
    together = model.val_step(copy.deepcopy(batch))
    for i in (0, 1, 2):
        one = {'inputs': batch['inputs'][i : i + 1], 'data_samples': batch['data_samples'][i : i + 1]}
        torch.testing.assert_close(model.val_step(copy.deepcopy(one))[0].pred_score, together[i].pred_score)


def test_detections_are_in_the_original_image(wsddn, make_sample) -> None:
    model = wsddn(data_preprocessor={'type': 'ViewPreprocessor', 'size': 32}, test_cfg={'score_thr': 0.0}).eval()
    sample = make_sample([1, 0, 0], [[8, 8, 40, 48]], [0.1], size=(64, 64), scale_factor=(2.0, 0.5))
    (result,) = model.val_step({'inputs': torch.zeros(1, 3, 64, 64, dtype=torch.uint8), 'data_samples': [sample]})
    torch.testing.assert_close(result.pred_instances.bboxes[0], torch.tensor([4.0, 16, 20, 96]))


def test_roi_features_are_weighted_by_score(wsddn, batch) -> None:
    plain, weighted = wsddn(score_scale=0.0, score_bias=1.0), wsddn()
    weighted.load_state_dict(plain.state_dict())
    inputs, samples = view(plain, batch)
    rois, scores = samples_to_rois(samples)
    feat = plain.eval().extract_feat(inputs)[-1]
    pooled = plain.roi_pool(feat, rois, scores)
    wanted = (10 * scores + 1)[:, None, None, None] * pooled
    torch.testing.assert_close(weighted.roi_pool(feat, rois, scores), wanted)
    assert torch.equal(weighted.eval().roi_feats(feat, rois, scores), weighted.roi_embed(wanted))
    assert [tuple(m.shape) for m in weighted.bag_logits(weighted.roi_embed(wanted))] == [(13, 3), (13, 3)]


def test_training_lowers_the_loss(wsddn, batch) -> None:
    model = wsddn().train()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
    del batch['data_samples'][1], batch['data_samples'][1]
    batch['inputs'] = batch['inputs'][:1].repeat(2, 1, 1, 1)
    batch['data_samples'] = batch['data_samples'] * 2
    losses = [model.train_step(copy.deepcopy(batch), wrapper)['loss'].item() for _ in range(15)]
    assert losses[-1] < 0.8 * losses[0]


def test_losses_are_float32_under_autocast(wsddn, batch) -> None:
    model = wsddn(bbox_head={'type': 'WSDDNHead', 'num_classes': 3, 'in_channels': 16, 'spatial_weight': 1e-4}).eval()
    plain = model.loss(*view(model, batch))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = model.loss(*view(model, batch))
    for name, loss in mixed.items():
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss, plain[name], rtol=0.1, atol=1e-3)


def test_training_step_under_autocast(wsddn, batch) -> None:
    model = wsddn().train()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = model.loss(*view(model, batch))['loss_det']
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_wrong_number_of_labels(wsddn, batch) -> None:
    model = wsddn()
    batch['data_samples'][1].set_gt_label([1, 0])
    with pytest.raises(DataError, match=r'0\.jpg'):
        model.loss(*view(model, batch))


def test_no_proposals_at_all_is_an_error(wsddn, make_sample) -> None:
    with pytest.raises(ProposalError):
        wsddn()(torch.zeros(1, 3, 64, 64), [make_sample([1, 0, 0])], mode='predict')


def test_loss_that_is_not_finite_stops_before_the_optimiser(wsddn, batch) -> None:
    model = wsddn().train()
    with torch.no_grad():
        model.bbox_head.fc_cls.bias[0] = float('nan')
    before = copy.deepcopy(model.state_dict())
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
    with pytest.raises(TrainingError, match=r'loss_det') as caught:
        model.train_step(batch, wrapper)
    assert '12.jpg' in str(caught.value)
    assert torch.equal(model.backbone.stem.conv.weight, before['backbone.stem.conv.weight'])


def test_backbone_and_neck_of_mmdetection(batch) -> None:
    cfg = ConfigDict(
        type='WSDDN',
        backbone={'type': 'ResNet', 'depth': 18, 'out_indices': (2, 3)},
        neck={'type': 'FPN', 'in_channels': [256, 512], 'out_channels': 16, 'num_outs': 2},
        roi_extractor={'type': 'FastRCNNRoIPool', 'output_size': 2, 'spatial_scale': 1 / 32},
        roi_head={'type': 'PooledFC', 'in_channels': 16, 'hidden_channels': 8},
        bbox_head={'type': 'WSDDNHead', 'num_classes': 3, 'in_channels': 8},
        data_preprocessor={'type': 'DetDataPreprocessor', 'mean': [0, 0, 0], 'std': [255, 255, 255]},
    )
    model = MODELS.build(cfg)
    model.init_weights()
    batch['inputs'] = list(batch['inputs'])
    out = model.data_preprocessor(batch, True)
    losses = model(**out, mode='loss')
    assert losses['loss_det'].isfinite()
