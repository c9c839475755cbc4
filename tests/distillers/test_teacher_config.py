"""Configs of teachers: labels, parts, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.distillers import TeacherBank
from mlkd.distillers.part_outputs import PartOutputs
from mlkd.errors import CheckpointError, ConfigError, MLKDError, PartitionError
from tests.distillers.part_toy import CGP, model, toy_batch, write_parts


def build(**config: Any) -> TeacherBank:
    return TeacherBank.from_config({'x': {'model': model(), **config}})


def test_parts_are_networks_with_their_labels(tmp_path: Path) -> None:
    teacher = build(parts=write_parts(tmp_path, CGP))['x']
    assert teacher.labels == tuple(name for part in CGP for name in part)
    assert [network.head.num_classes for network in teacher.networks] == [3, 2, 1]  # type: ignore[union-attr]
    batch = toy_batch()
    with teacher.outputs(batch) as outputs:
        assert isinstance(outputs, PartOutputs)
        found = outputs.logits
        with pytest.raises(ConfigError, match='nothing else in common'):
            outputs.feats  # noqa: B018
    expected = []
    for network in teacher.networks:
        view: Any = network.data_preprocessor({'inputs': batch.inputs, 'data_samples': None})  # type: ignore[operator]
        expected.append(network(view['inputs']))
    torch.testing.assert_close(found, torch.cat(expected, 1))
    assert not found.requires_grad


def test_labels_are_told_by_the_result_beside_the_checkpoint(tmp_path: Path) -> None:
    entry = write_parts(tmp_path, CGP)[0]
    config: dict[str, Any] = {'model': model(3), 'checkpoint': entry['checkpoint']}
    assert build(**config)['x'].labels == CGP[0]
    assert build(**config, classes=list(CGP[0]))['x'].labels == CGP[0]
    with pytest.raises(PartitionError, match=r'(?s)another order.*number 0 is ship.*number 0 is boat'):
        build(**config, classes=['boat', 'ship', 'sea'])
    Path(entry['checkpoint']).with_name('result.json').unlink()
    assert build(**config)['x'].labels is None
    assert build(**config, classes=['boat', 'ship', 'sea'])['x'].labels == ('boat', 'ship', 'sea')
    with pytest.raises(PartitionError, match='3 outputs, 2 labels'):
        build(**config, classes=['boat', 'ship'])


def test_a_checkpoint_of_other_labels(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, CGP)
    swapped = [{**parts[0], 'labels': ['ship', 'boat', 'cow']}, parts[1], {**parts[2], 'labels': ['sea']}]
    with pytest.raises(PartitionError, match=r'(?s)teachers\.x\.parts\.0.*number 2 is sea.*number 2 is cow'):
        build(parts=swapped)
    for part in parts:
        Path(part['checkpoint']).with_name('result.json').write_text('[1')
    assert build(parts=swapped)['x'].labels
    with pytest.raises(CheckpointError, match=r'teachers\.x\.parts\.0'):
        build(parts=[{**parts[0], 'checkpoint': parts[1]['checkpoint']}, *parts[1:]])


@pytest.mark.parametrize(
    ('config', 'error', 'words'),
    [
        ({'parts': 'parts:cgp'}, ConfigError, "'parts:NAME'"),
        ({'parts': []}, ConfigError, 'has no parts'),
        ({'parts': [{'labels': ['boat']}]}, ConfigError, r'teachers\.x\.parts\.0'),
        ({'parts': [{'labels': 'boat', 'checkpoint': 'x'}]}, PartitionError, 'no names'),
        ({'parts': [{'labels': ['boat', 'sea'], 'checkpoint': 'x'}]}, ConfigError, '2, the number of all labels'),
        ({'parts': [], 'checkpoint': 'x'}, ConfigError, 'checkpoints and labels of their own'),
        ({'parts': [], 'classes': ['boat']}, ConfigError, 'checkpoints and labels of their own'),
        ({'classes': ['boat']}, ConfigError, 'has no checkpoint'),
        ({'part': []}, ConfigError, 'did you mean parts'),
    ],
)
def test_configs_that_are_wrong(config: dict, error: type[MLKDError], words: str) -> None:
    with pytest.raises(error, match=words):
        build(**config)


@pytest.mark.parametrize(
    ('config', 'words'),
    [
        ({'mode': 'evaluate'}, r"(?s)teachers\.x\.mode.*'eval' or 'train'"),
        ({'batched': 'yes'}, r'teachers\.x\.batched'),
    ],
)
def test_settings_that_do_not_exist(tmp_path: Path, config: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build(parts=write_parts(tmp_path, CGP), **config)


def test_nothing_is_tapped_of_parts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no layers to tap'):
        build(parts=write_parts(tmp_path, CGP)).check_taps('x', ['backbone'])


def test_a_cache_of_a_single_network_leaves_all_else_as_it_is(tmp_path: Path) -> None:
    entry, batch = write_parts(tmp_path, CGP)[0], toy_batch()
    config: dict[str, Any] = {'model': model(3), 'checkpoint': entry['checkpoint']}
    plain, cached = build(**config), build(**config, cache=str(tmp_path / 'logits'))
    cached.check_taps('x', ['backbone'])
    with plain['x'].outputs(batch, ['backbone']) as a, cached['x'].outputs(batch, ['backbone']) as b:
        assert torch.equal(a.feats[-1], b.feats[-1])
        torch.testing.assert_close(a.logits, b.logits, rtol=1e-4, atol=1e-4)
    for extra, words in (({'checkpoint': [entry['checkpoint']] * 2}, 'folds'), ({}, '')):
        if extra:
            with pytest.raises(ConfigError, match=words):
                build(**{**config, **extra}, cache=str(tmp_path / 'logits'))


def test_results_with_odd_labels_are_not_believed(tmp_path: Path) -> None:
    entry = write_parts(tmp_path, CGP)[0]
    Path(entry['checkpoint']).with_name('result.json').write_text(json.dumps({'labels': 'boat'}))
    assert build(model=model(3), checkpoint=entry['checkpoint'])['x'].labels is None
