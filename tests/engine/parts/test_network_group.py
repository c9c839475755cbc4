from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import mlkd.models  # noqa: F401
from mlkd.engine.parts import GroupOptimWrapperConstructor, NetworkGroup
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample


def network(labels: int, frozen: int = 2, seed: int | None = None, **changes: Any) -> dict:
    """MobileNet v1 whose first blocks are frozen, from the same weights for all if there is a seed."""
    backbone = {'type': 'MobileNetV1', 'width': 0.25, 'out_indices': (3,), 'frozen_stages': frozen}
    if seed is not None:
        backbone['init_cfg'] = {'type': 'Kaiming', 'layer': 'Conv2d', 'mode': 'fan_in'}
    head = {'type': 'MultiLabelHead', 'num_classes': labels, 'in_channels': 64}
    view = {'type': 'ViewPreprocessor', 'size': 32, 'mean': [128.0] * 3, 'std': [64.0] * 3}
    return {'type': 'MultiLabelClassifier', 'backbone': backbone, 'head': head, 'data_preprocessor': view, **changes}


def group(models: dict[str, tuple[dict, list[int]]]) -> NetworkGroup:
    torch.manual_seed(0)
    built = NetworkGroup({name: {'model': model, 'labels': labels} for name, (model, labels) in models.items()})
    built.init_weights()
    first = next(iter(built.networks.values()))
    for other in built.networks.values():
        # As weights of a file would do.
        other.backbone.load_state_dict(first.backbone.state_dict())
    return built


@pytest.fixture
def data() -> dict:
    rng = np.random.default_rng(0)
    images = [torch.from_numpy(rng.integers(0, 255, (3, 40, 40), np.uint8)) for _ in range(4)]
    samples = [
        MultiLabelDataSample(metainfo={'img_shape': (40, 40), 'img_path': f'{i}.png'}).set_gt_label([1, 0, i % 2, -1])
        for i in range(4)
    ]
    return {'inputs': images, 'data_samples': samples}


def count_calls(layer: nn.Module) -> list[int]:
    calls: list[int] = []
    original = layer.forward
    layer.forward = lambda *args: (calls.append(1), original(*args))[1]  # type: ignore[method-assign, assignment]
    return calls


def optimisers(model: NetworkGroup, **changes: Any) -> Any:
    each = {'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}, **changes}
    return GroupOptimWrapperConstructor({'each': each})(model)


@pytest.mark.parametrize('cached', [False, True])
def test_frozen_layers_run_once_for_all(data: dict, tmp_path: Any, cached: bool) -> None:
    cache = {'feature_cache': str(tmp_path)} if cached else {}
    model = group(
        {'a': (network(2, **cache), [0, 1]), 'b': (network(1, **cache), [3]), 'c': (network(4, **cache), [0, 1, 2, 3])}
    )
    model.train()
    frozen = [count_calls(one.backbone.stem) for one in model.networks.values()]
    rest = [count_calls(one.backbone.blocks[3]) for one in model.networks.values()]
    wrappers = optimisers(model)
    torch.manual_seed(1)
    logs = model.train_step(data, wrappers)
    assert list(map(len, frozen)) == [4 if cached else 1, 0, 0]
    assert list(map(len, rest)) == [1, 1, 1]
    assert set(logs) == {'a.loss_cls', 'b.loss_cls', 'c.loss_cls', 'loss'}
    assert float(logs['loss']) == pytest.approx(sum(float(logs[f'{name}.loss_cls']) for name in 'abc'))
    # b knows label 3 alone, which is ignored everywhere.
    assert logs['b.loss_cls'] == 0
    model.eval()
    predicted = model.val_step(data)
    assert [sample.predictions['a'].pred_score.shape for sample in predicted] == [(2,)] * 4
    assert predicted[1].predictions['c'].gt_label.tolist() == [1, 0, 1, -1]
    assert predicted[1].gt_label.tolist() == [1, 0, 1, -1]
    assert sum(map(len, frozen)) == (4 if cached else 2)


def test_frozen_layers_that_differ_run_for_each(data: dict) -> None:
    model = group({'a': (network(2), [0, 1]), 'b': (network(2), [0, 1])})
    model.networks['b'].backbone.stem.conv.weight.data.mul_(1.5)  # type: ignore[union-attr, operator]
    model.eval()
    alone = [copy.deepcopy(one) for one in model.networks.values()]
    scores = [sample.predictions for sample in model.val_step(data)]
    for name, one in zip('ab', alone, strict=True):
        one.feature_cache = None
        for expected, got in zip(one.val_step(data), scores, strict=True):
            assert torch.equal(got[name].pred_score, expected.pred_score[:2])


def test_a_network_does_not_see_what_another_writes_into_the_shared_maps(data: dict) -> None:
    model = group({'a': (network(2), [0, 1]), 'b': (network(2), [0, 1])})
    model.networks['b'].head.load_state_dict(model.networks['a'].head.state_dict())  # type: ignore[union-attr]
    model.eval()
    first = model.networks['a'].backbone.blocks[2]
    original = first.forward
    first.forward = lambda x: original(x.mul_(1.0).add_(1.0).sub_(1.0))  # type: ignore[method-assign, assignment, union-attr]
    scores = [sample.predictions for sample in model.val_step(data)]
    first.forward = original  # type: ignore[method-assign, assignment]
    again = [sample.predictions for sample in model.val_step(data)]
    assert all(torch.equal(x['b'].pred_score, y['b'].pred_score) for x, y in zip(scores, again, strict=True))


def test_networks_start_from_numbers_of_their_own() -> None:
    def weights(*names: str) -> dict[str, torch.Tensor]:
        torch.manual_seed(5)
        model = NetworkGroup({name: {'model': network(3), 'labels': [0, 1, 2]} for name in names})
        torch.manual_seed(5)
        model.init_weights()
        return {name: one.head.fc.weight for name, one in model.networks.items()}  # type: ignore[union-attr]

    both, alone = weights('a', 'b'), weights('b')
    assert torch.equal(both['b'], alone['b'])
    assert not torch.equal(both['a'], both['b'])


def test_accumulated_gradients_step_at_the_end(data: dict) -> None:
    model = group({'a': (network(2), [0, 1]), 'b': (network(2), [2, 1])})
    wrappers = optimisers(model, accumulative_counts=2)
    wrappers.initialize_count_status(model, 0, 3)
    assert set(wrappers.get_lr()) <= {'base_lr', 'lr'}
    before = {name: one.head.fc.weight.clone() for name, one in model.networks.items()}  # type: ignore[union-attr]
    changed = []
    for _ in range(3):
        model.train_step(data, wrappers)
        now = {name: one.head.fc.weight for name, one in model.networks.items()}  # type: ignore[union-attr]
        changed.append([not torch.equal(before[name], now[name]) for name in before])
        before = {name: value.clone() for name, value in now.items()}
    assert changed == [[False, False], [True, True], [True, True]]


def test_it_is_registered() -> None:
    assert MODELS.get('NetworkGroup') is NetworkGroup
