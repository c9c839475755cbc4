"""Time of the metrics of boxes on synthetic detections, against MMDetection and pycocotools, in turns in one run.

python benchmarks/detection_metric.py [--images 5000] [--classes 20] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from mmdet.evaluation.functional import eval_map
from rich.console import Console
from rich.table import Table

from mlkd.evaluation import CocoDetectionMetric
from mlkd.evaluation.functional import Detections, Objects, corloc, detection_metrics
from mlkd.evaluation.metrics.sample_boxes import ImageBoxes


def main() -> None:
    """Time each way and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=5000)
    parser.add_argument('--classes', type=int, default=20)
    parser.add_argument('--rounds', type=int, default=3)
    args = parser.parse_args()
    images = synthetic(args.images, args.classes)
    ways: dict[str, Callable[[], float]] = {
        'mlkd, VOC AP': lambda: 100 * float(np.nanmean(measured(images, args.classes).average_precision)),
        'mlkd, VOC AP, 11 points': lambda: 100 * float(np.nanmean(measured(images, args.classes).eleven_point)),
        'mlkd, CorLoc': lambda: 100 * float(np.nanmean(corloc(*tables(images), args.classes).share)),
        'MMDetection, VOC AP, 1 process': lambda: 100 * mmdetection(images, args.classes, 1),
        'MMDetection, VOC AP, 4 processes': lambda: 100 * mmdetection(images, args.classes, 4),
        'pycocotools, AP50 of its twelve': lambda: pycocotools(images, args.classes),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    values = {}
    for _ in range(args.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            values[name] = way()
            seconds[name].append(time.perf_counter() - start)
    best = {name: min(times) for name, times in seconds.items()}
    found = sum(len(image.labels) for image in images)
    title = f'{args.images:,} images x {args.classes} classes, {found:,} detections, best of {args.rounds}'
    table = Table(title=title)
    for column in ('', 'value', 'seconds', 'times the first'):
        table.add_column(column, justify='left' if not column else 'right')
    first = next(iter(best.values()))
    for name, time_ in best.items():
        table.add_row(name, f'{values[name]:.4f}', f'{time_:.3f}', f'{time_ / first:.1f}')
    Console().print(table)


def synthetic(count: int, classes: int) -> list[ImageBoxes]:
    """Images with 1 to 6 objects and 100 detections each, most of them near an object, as of a detector after NMS."""
    rng = np.random.default_rng(0)
    images = []
    for number in range(count):
        n = int(rng.integers(1, 7))
        corners = rng.uniform(0, 300, (n, 2))
        objects = np.concatenate([corners, corners + rng.uniform(30, 200, (n, 2))], axis=1)
        kinds, hard = rng.integers(0, classes, n), rng.random(n) < 0.1
        near = rng.integers(0, n, 100)
        spread = rng.uniform(0, 60, (100, 1))
        boxes = np.sort((objects[near] + rng.normal(0, spread, (100, 4))).reshape(100, 2, 2), axis=1).reshape(100, 4)
        labels = np.where(rng.random(100) < 0.6, kinds[near], rng.integers(0, classes, 100))
        scores = rng.random(100) * np.exp(-spread[:, 0] / 60)
        areas = (objects[:, 2:] - objects[:, :2]).prod(axis=1)
        found = boxes.astype(np.float32).astype(np.float64), labels, scores.astype(np.float32).astype(np.float64)
        images.append(ImageBoxes(str(number), *found, objects, kinds, hard, np.zeros(n, bool), areas))
    return images


def tables(images: list[ImageBoxes]) -> tuple[Detections, Objects]:
    """Flat arrays of all images; making them is part of what is timed."""
    found = ([getattr(image, key) for image in images] for key in ('bboxes', 'labels', 'scores'))
    there = ([getattr(image, key) for image in images] for key in ('objects', 'object_labels', 'ignored'))
    return Detections.of(*found), Objects.of(*there)


def measured(images: list[ImageBoxes], classes: int) -> Any:
    """Both kinds of VOC AP."""
    return detection_metrics(*tables(images), classes)


def mmdetection(images: list[ImageBoxes], classes: int, processes: int) -> float:
    """mAP of ``eval_map``, with the change to its layout that MMDetection's metric makes."""
    found = [
        [np.column_stack([i.bboxes[i.labels == k], i.scores[i.labels == k]]).reshape(-1, 5) for k in range(classes)]
        for i in images
    ]
    there = [
        {
            'bboxes': i.objects[~i.ignored],
            'labels': i.object_labels[~i.ignored],
            'bboxes_ignore': i.objects[i.ignored],
            'labels_ignore': i.object_labels[i.ignored],
        }
        for i in images
    ]
    return float(eval_map(found, there, iou_thr=0.5, nproc=processes, logger='silent')[0])


def pycocotools(images: list[ImageBoxes], classes: int) -> float:
    """AP50 of COCO's evaluation."""
    metric = CocoDetectionMetric()
    metric.dataset_meta = {'classes': tuple(map(str, range(classes)))}
    return metric.compute_metrics(images)['AP50']


if __name__ == '__main__':
    main()
