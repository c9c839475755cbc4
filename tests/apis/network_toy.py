"""A recipe of a tiny teacher and student on images that are made up, as a run would have left it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch.utils.data import Dataset

from mlkd.fileio import write_json
from mlkd.registry import DATASETS, MODELS
from mlkd.structures import MultiLabelDataSample

CLASSES = ('red', 'green', 'blue')
WIDTH, HEIGHT, FRAME = 80, 48, 64

CONFIG = """
stages = ['teacher', 'student']
models = dict(
    teacher=dict(
        type='WSDDN',
        data_preprocessor=dict(type='ViewPreprocessor', size=64),
        backbone=dict(type='MobileNetV1', width=0.25, out_indices=(10,)),
        roi_extractor=dict(type='RoIMean', spatial_scale=1 / 16),
        roi_head=dict(type='PooledFC', in_channels=128),
        bbox_head=dict(type='WSDDNHead', num_classes=3, in_channels=128),
    ),
    student=dict(
        type='MultiLabelClassifier',
        data_preprocessor=dict(type='ViewPreprocessor', size=64),
        backbone=dict(type='MobileNetV1', width=0.25),
        head=dict(type='MultiLabelHead', num_classes=3, in_channels=256),
    ),
)
teacher = dict(model='model:teacher')
student = dict(model='model:student')
test_dataloader = dict(batch_size=1, dataset=DATASET, sampler=dict(type='DefaultSampler', shuffle=False))
test_evaluator = dict(type='MultiLabelMetric')
test_cfg = dict()
"""


@DATASETS.register_module()
class ColouredPatches(Dataset):
    """Patches of colour; every third image has two of them."""

    METAINFO = {'classes': CLASSES}

    def __init__(self, n: int = 9, pipeline: tuple = ()) -> None:
        self.n, self.metainfo = n, self.METAINFO

    def __len__(self) -> int:
        return self.n

    def get_data_info(self, index: int) -> dict:
        label = np.zeros(3, np.int8)
        label[[index % 3, (index + (index % 3 == 0)) % 3]] = 1
        return {'img_key': f'{index}.png', 'gt_label': label}

    def __getitem__(self, index: int) -> dict:
        label = self.get_data_info(index)['gt_label']
        frame = np.zeros((3, FRAME, FRAME), np.uint8)
        boxes = []
        for place, k in enumerate(np.flatnonzero(label)):
            left = 4 + 30 * place
            frame[2 - k, 10:40, left : left + 26] = 255  # BGR
            boxes.append([left, 10, left + 26, 40])
        meta = {'img_path': f'{index}.png', 'img_shape': (FRAME, FRAME), 'ori_shape': (HEIGHT, WIDTH)}
        sample = MultiLabelDataSample(metainfo={**meta, 'scale_factor': (FRAME / WIDTH, FRAME / HEIGHT)})
        sample.set_gt_label(label)
        sample.proposals = InstanceData(bboxes=torch.tensor(boxes).float(), scores=torch.ones(len(boxes)))
        return {'inputs': torch.from_numpy(frame), 'data_samples': sample}


def write_toy_run(folder: Path, dataset: str = "dict(type='ColouredPatches')") -> Path:
    """Config, networks with random weights and summary of a run in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'toy.py').write_text(CONFIG.replace('DATASET', dataset))
    values: dict = {}
    exec(CONFIG.replace('DATASET', 'None'), values)
    torch.manual_seed(0)
    for stage, path in (('teacher', folder / 'teacher' / 'network.pth'), ('student', folder / 'student.pth')):
        path.parent.mkdir(exist_ok=True)
        model = MODELS.build(values['models'][stage])
        model.init_weights()
        state = model.state_dict()
        # Untrained, all classes would score alike.
        state.update({name: torch.tensor([0.5, 2.0, -1.0]) for name in state if name.endswith('head.fc.bias')})
        torch.save(state, path)
    result = {'metrics': {'mAP': 50.0}}
    stages = {'teacher': result, 'student': result}
    write_json(folder / 'summary.json', {'config': 'toy.py', 'config_hash': 'x', 'seed': 0, 'stages': stages})
    return folder
