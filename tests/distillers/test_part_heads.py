"""Networks for parts of the labels with heads that are no linear layer, and with any student of the zoo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.distillers import Distiller
from tests.distillers.part_toy import CGP, CLASSES, model, toy_batch, write_parts

TOKENS = {'type': 'LabelTokenHead', 'dims': 8, 'depth': 1, 'num_heads': 2, 'head_dims': 4, 'mlp_dims': 8}
QUERIES = {'type': 'LabelQueryHead', 'dims': 8, 'num_heads': 2, 'ffn_dims': 8, 'num_decoder_layers': 1}


@pytest.mark.parametrize('head', [TOKENS, QUERIES])
@pytest.mark.parametrize('settings', [{'batched': True}, {'batched': False}, {'cache': True}])
def test_heads_of_the_published_networks(tmp_path: Path, head: dict[str, Any], settings: dict[str, Any]) -> None:
    network = {**model(), 'neck': {'type': 'LastMap'}, 'head': {**head, 'num_classes': 6, 'in_channels': 8}}
    settings = {'cache': str(tmp_path / 'logits')} if 'cache' in settings else settings
    teachers = {'cgp': {'model': network, 'parts': write_parts(tmp_path, CGP, config=network), **settings}}
    terms = {'psd': {'type': 'PartitionKD', 'families': {'cgp': 1}, 'classes': CLASSES}}
    made, batch = Distiller(network, teachers, terms, task_weight=0.5).train(), toy_batch()
    sum(made.loss(batch.inputs, batch.samples).values()).backward()  # type: ignore[union-attr]
    with made.teachers['cgp'].outputs(batch) as outputs, torch.no_grad():
        alone = [one(outputs.inputs) for one in made.teachers['cgp'].networks]
        torch.testing.assert_close(outputs.logits, torch.cat(alone, 1), rtol=1e-4, atol=1e-4)
    assert all(x.grad is not None for x in made.student.parameters() if x.requires_grad)
