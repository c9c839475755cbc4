from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mlkd.engine.parts import part_results
from mlkd.engine.parts.label_part import LabelPart
from mlkd.engine.parts.part_results import networks_of, part_result, stage_result, state_of

CLASSES = ('a', 'b', 'c', 'd')


def test_the_state_of_one_network_alone() -> None:
    state = {'networks.x.w': torch.zeros(1), 'networks.x-2.w': torch.ones(1), 'networks.x.b.w': torch.ones(2)}
    assert {key: value.tolist() for key, value in state_of(state, 'x').items()} == {'w': [0], 'b.w': [1, 1]}


def report(names: str, values: list[float | None], left_out: tuple[str, ...] = ()) -> dict:
    rows = [{'name': name, 'AP': value, 'P': value} for name, value in zip(names, values, strict=True)]
    return {'images': 9, 'left_out': list(left_out), 'classes': rows}


def parts() -> dict:
    return {
        'ca': {'labels': ['a', 'c'], 'per_class': report('ac', [10, 30])},
        'bd': {'labels': ['b', 'd'], 'per_class': report('bd', [50, None], ('d',))},
        'all': {'labels': list(CLASSES), 'per_class': report('abcd', [0, 0, 60, None], ('d',))},
    }


@pytest.fixture(autouse=True)
def _no_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_results, 'cost_of', lambda found: {'seconds': len(found)})


def test_the_networks_of_a_partition_are_measured_as_one() -> None:
    made = stage_result(parts(), {'cgp': ['bd', 'ca']}, CLASSES)
    # (10 + 50 + 30) / 3, without d.
    assert made['metrics'] == {'mAP': 30, 'CP': 30, 'cgp/mAP': 30, 'cgp/CP': 30}
    assert [row['name'] for row in made['per_class']['classes']] == list(CLASSES)
    assert (made['per_class']['left_out'], made['per_class']['images']) == (['d'], 9)
    assert (made['partitions'], made['seconds']) == ({'cgp': ['bd', 'ca']}, 3)


def test_without_a_partition_before_them_numbers_are_means_over_partitions() -> None:
    made = stage_result(parts(), {'cgp': ['ca', 'bd'], 'whole': ['all']}, CLASSES)
    assert made['metrics']['whole/mAP'] == 20
    assert made['metrics']['mAP'] == (30 + 20) / 2
    assert made['per_class'] is None


def test_networks_that_were_not_measured() -> None:
    made = stage_result({'x': {'labels': ['a'], 'per_class': None}}, {'p': ['x']}, CLASSES)
    assert (made['metrics'], made['per_class']) == ({}, None)


def test_what_a_distiller_is_told_keeps_the_order_of_the_partition() -> None:
    result = {'parts': parts(), 'partitions': {'cgp': ['bd', 'ca']}}
    assert networks_of(result, Path('run/stage')) == {
        'cgp': [
            {'labels': ['b', 'd'], 'checkpoint': str(Path('run/stage/bd/network.pth'))},
            {'labels': ['a', 'c'], 'checkpoint': str(Path('run/stage/ca/network.pth'))},
        ]
    }


def test_time_is_shared_out_and_speed_is_not_lost() -> None:
    part = LabelPart(('a', 'c'), (0, 2))
    facts = {'seconds': 10.0, 'train_seconds': 8.0, 'test_seconds': 1.0, 'images_per_second': 5.0, 'seed': 3}
    metrics = {f'{part.name}/mAP': 50.0, 'other-2-0/mAP': 1.0}
    trained = SimpleNamespace(metrics=metrics, evaluator=None, facts=facts, weights=lambda name: None)
    made = part_result(trained, part, 4)  # type: ignore[arg-type]
    assert made == {
        'seconds': 2.5,
        'train_seconds': 2.0,
        'test_seconds': 0.25,
        'images_per_second': 20.0,
        'seed': 3,
        'metrics': {'mAP': 50.0},
        'per_class': None,
        'labels': ['a', 'c'],
        'together': 4,
    }
