from __future__ import annotations

import copy

import pytest
import torch
from mmengine.optim import OptimWrapper

from mlkd.errors import DataError, TrainingError
from mlkd.registry import MODELS

HEAD = {'type': 'MultiLabelHead', 'num_classes': 3}


@pytest.fixture
def batch(make_sample) -> dict:
    samples = [make_sample(label, img_path=f'{i}.jpg') for i, label in enumerate(([1, 0, -1], [0, 1, 1]))]
    return {'inputs': torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8), 'data_samples': samples}


def view(model: torch.nn.Module, batch: dict) -> tuple[torch.Tensor, list]:
    return tuple(model.data_preprocessor(batch).values())


def test_parameter_count_of_the_published_network() -> None:
    with torch.device('meta'):
        model = MODELS.build(
            {
                'type': 'MultiLabelClassifier',
                'backbone': {'type': 'VGG16'},
                'neck': {'type': 'VGGNeck'},
                'head': {'type': 'MultiLabelHead', 'num_classes': 80, 'in_channels': 4096},
            }
        )
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_588_304
    assert model(torch.empty(2, 3, 224, 224, device='meta')).shape == (2, 80)


def test_modes_agree(classifier, batch) -> None:
    model = classifier().eval()
    inputs, samples = view(model, batch)
    logits = model(inputs)
    assert torch.equal(logits, model.image_logits(model.extract_feat(inputs)))
    predicted = model(inputs, samples, mode='predict')
    assert torch.equal(torch.stack([s.pred_score for s in predicted]), logits.sigmoid())
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.flatten()[[0, 1, 3, 4, 5]], torch.tensor([1.0, 0, 0, 1, 1]), reduction='sum'
    )
    torch.testing.assert_close(model(inputs, samples, mode='loss')['loss_cls'], wanted / 2)
    with pytest.raises(ValueError, match='nonsense'):
        model(inputs, samples, mode='nonsense')


def test_prediction_without_samples(classifier) -> None:
    assert classifier().eval()(torch.rand(2, 3, 64, 64), mode='predict')[1].pred_score.shape == (3,)


def test_roi_embedding_is_the_necks(classifier) -> None:
    pooled = torch.randn(5, 256, 3, 3)
    torch.testing.assert_close(classifier().roi_embed(pooled), pooled.mean((2, 3)))


def test_every_parameter_gets_a_gradient(classifier, batch) -> None:
    model = classifier().train()
    sum(model.loss(model(view(model, batch)[0]), batch['data_samples']).values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_training_lowers_the_loss(classifier, batch) -> None:
    model = classifier().train()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.05))
    losses = [model.train_step(copy.deepcopy(batch), wrapper)['loss'].item() for _ in range(15)]
    assert losses[-1] < 0.5 * losses[0]


def test_loss_is_float32_under_autocast(classifier, batch) -> None:
    model = classifier().eval()
    plain = model(*view(model, batch), mode='loss')['loss_cls']
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = model(*view(model, batch), mode='loss')['loss_cls']
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, plain, rtol=0.1, atol=0)


def test_channels_last_gives_the_same(classifier, batch) -> None:
    plain = classifier().eval()
    last = classifier(data_preprocessor={'type': 'ViewPreprocessor', 'channels_last': True}).eval()
    last.load_state_dict(plain.state_dict())
    for a, b in zip(plain.val_step(batch), last.val_step(batch), strict=True):
        torch.testing.assert_close(a.pred_score, b.pred_score)


def test_wrong_number_of_labels(classifier, batch) -> None:
    batch['data_samples'][1].set_gt_label([1, 0])
    with pytest.raises(DataError, match=r'1\.jpg'):
        classifier()(*view(classifier(), batch), mode='loss')


def test_loss_that_is_not_finite(classifier, batch) -> None:
    model = classifier()
    torch.nn.init.constant_(model.head.fc.bias, float('inf'))
    with pytest.raises(TrainingError, match=r'loss_cls'):
        model.train_step(batch, OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01)))


@pytest.mark.parametrize(
    ('backbone', 'channels'),
    [({'type': 'ResNet', 'depth': 18}, 512), ({'type': 'SqueezeNet'}, 512), ({'type': 'VGG16'}, 512)],
)
def test_backbones(batch, backbone: dict, channels: int) -> None:
    model = MODELS.build(
        {'type': 'MultiLabelClassifier', 'backbone': backbone, 'head': {**HEAD, 'in_channels': channels}}
    )
    model.init_weights()
    assert model(*view(model, batch), mode='loss')['loss_cls'].isfinite()


def test_same_seed_same_weights_and_outputs(classifier, batch) -> None:
    outputs = []
    for _ in range(2):
        torch.manual_seed(5)
        model = classifier().train()
        wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.01))
        for _ in range(2):
            model.train_step(copy.deepcopy(batch), wrapper)
        outputs.append(model.state_dict())
    assert all(torch.equal(outputs[0][key], outputs[1][key]) for key in outputs[0])
