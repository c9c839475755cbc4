"""A small detector with random weights on Shapes, its config and its checkpoint."""

from __future__ import annotations

from pathlib import Path

import torch
from mmengine.config import Config

from mlkd.registry import MODELS

CONFIG = Path(__file__).parents[2] / 'configs' / 'wsd' / 'wsddn_shapes.py'
#: For ``--cfg-options``: few images.
FEW = {'test_dataloader.dataset.num_images': 6, 'val_dataloader.dataset.num_images': 6}


def write_detector(folder: Path) -> Path:
    """Write a checkpoint of ``configs/wsd/wsddn_shapes.py`` that tells boxes and classes apart."""
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(CONFIG).models.teacher)
    model.init_weights()
    with torch.no_grad():
        for layer in (model.bbox_head.fc_cls, model.bbox_head.fc_det):
            layer.weight.mul_(20)
    path = folder / 'network.pth'
    torch.save(model.state_dict(), path)
    return path
