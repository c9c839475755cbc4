"""``mlkd convert``: a published checkpoint becomes one that the config's network loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from label_toys import TOY, write_labels

from mlkd.apis.cli import main_of
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork

CONFIG = """
default_scope = 'mlkd'
model = dict(
    type='MultiLabelClassifier',
    backbone=dict(type='ResNet', depth=18, out_indices=(3,)),
    neck=dict(type='GlobalMaxPool'),
    head=dict(
        type='MLGCNHead',
        labels=dict(type='LabelTable', classes={classes!r}, counts={file!r}, vectors={file!r}, channels=4),
        in_channels=512,
        hidden_channels=5,
    ),
)
"""


def test_conversion(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write_labels(tmp_path / 'toy.npz', width=4))
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(classes=list(TOY.classes), file=file))
    from mlkd.registry import MODELS

    network = MODELS.build(setup_config(config).model.to_dict())
    network.head.labels.init_weights()
    names = {'conv1': 'features.0', 'bn1': 'features.1', **{f'layer{i}': f'features.{i + 3}' for i in (1, 2, 3, 4)}}
    state = {}
    for name, value in network.state_dict().items():
        if name.startswith('backbone.'):
            _, first, rest = name.split('.', 2)
            state[f'{names[first]}.{rest}'] = value
    state |= {'gc1.weight': network.head.gc1, 'gc2.weight': network.head.gc2, 'A': network.head.labels.adjacency}
    torch.save({'state_dict': state}, tmp_path / 'published.pth.tar')
    out = tmp_path / 'network.pth'
    assert main_of('convert', [str(config), str(tmp_path / 'published.pth.tar'), '--out', str(out)]) == 0
    assert '5 labels.' in capsys.readouterr().out
    loaded = StageNetwork.load(setup_config(config), out)
    for name, value in network.state_dict().items():
        assert loaded.model.state_dict()[name].equal(value), name


def test_a_checkpoint_of_other_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(classes=['a', 'b'], file='labels.npz'))
    torch.save({'A': torch.eye(80)}, tmp_path / 'coco.pth.tar')
    assert main_of('convert', [str(config), str(tmp_path / 'coco.pth.tar'), '--out', str(tmp_path / 'x.pth')]) == 1
    assert '80 labels' in capsys.readouterr().err
    assert not (tmp_path / 'x.pth').exists()
