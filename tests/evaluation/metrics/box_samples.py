"""Predicted samples for the metrics of boxes."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from mlkd.registry import METRICS
from mlkd.structures import MultiLabelDataSample


def make_samples(case: tuple[list[np.ndarray], ...], classes: int = 4) -> list[MultiLabelDataSample]:
    """Samples of 25 x 30 pixels (width, height), with objects beyond them, of what ``box_cases.random_case`` makes."""
    samples = []
    for index, (boxes, labels, scores, objects, kinds, difficult) in enumerate(zip(*case, strict=True)):
        items = [
            {'bbox': box.tolist(), 'bbox_label': int(kind), 'ignore_flag': int(hard)}
            for box, kind, hard in zip(objects, kinds, difficult, strict=True)
        ]
        meta = {'img_path': f'{index}.jpg', 'img_id': index, 'ori_shape': (30, 25), 'img_shape': (30, 25)}
        sample = MultiLabelDataSample(metainfo={**meta, 'instances': items})
        order = np.argsort(-scores, kind='stable')
        sample.pred_instances = InstanceData(
            bboxes=torch.tensor(boxes[order]).float(),
            scores=torch.tensor(scores[order]).float(),
            labels=torch.tensor(labels[order]),
        )
        sample.pred_score = torch.linspace(0.1, 0.9, classes) * (index % 3 + 1) / 3
        proposals = torch.tensor([[0.0, 0, 9, 9], [5, 5, 30, 30]])
        sample.proposals = InstanceData(bboxes=proposals, scores=torch.tensor([0.1, 0.7]))
        samples.append(sample)
    return samples


def evaluate(samples: list[MultiLabelDataSample], size: int | None = None, classes: str = 'abcd', **config: object):
    """Numbers and metric of samples in batches of two."""
    evaluator = Evaluator(METRICS.build(config))
    evaluator.dataset_meta = {'classes': tuple(classes)}
    for start in range(0, len(samples), 2):
        evaluator.process(samples[start : start + 2])
    return evaluator.evaluate(len(samples) if size is None else size), evaluator.metrics[0]


def evaluate_rank(rank: int, port: int, folder: str, images: int, configs: list[dict]) -> None:
    """One of two processes: an odd number of images is padded with the first, and they are dealt out in turn."""
    import json
    import os
    from pathlib import Path

    from box_cases import random_case

    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1')
    os.environ['MASTER_PORT'] = str(port)
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo')
    samples = make_samples(random_case(2, images))
    measured = []
    for config in configs:
        numbers, metric = evaluate([*samples, samples[0]][rank::2], images, **config)
        measured.append([numbers, metric.last_report])
    Path(folder, f'{rank}.json').write_text(json.dumps(measured))
    torch.distributed.destroy_process_group()
