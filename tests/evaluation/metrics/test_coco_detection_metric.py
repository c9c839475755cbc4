"""COCO's numbers against pycocotools on the official files, and crowds worked by hand."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from box_cases import random_case
from box_samples import evaluate, make_samples
from mmengine.structures import InstanceData
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mlkd.datasets import CocoMultiLabel
from mlkd.evaluation.metrics.coco_detection_metric import NUMBERS
from mlkd.structures import MultiLabelDataSample


def official(path: Path, found: list[dict]) -> list[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(path))
        evaluation = COCOeval(coco, coco.loadRes(found), 'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(value) for value in evaluation.stats]


def test_equal_to_pycocotools_on_its_own_files(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    """Objects moved about, with doubles and false alarms, on 40 photographs with crowds and areas of masks."""
    root = real_data('coco_mini')
    content = json.loads((root / 'annotations/instances_val2017.json').read_text())
    crowded = {item['image_id'] for item in content['annotations'] if item['iscrowd']}
    content['images'] = sorted(content['images'], key=lambda image: image['id'] not in crowded)[:40]
    chosen = {image['id'] for image in content['images']}
    content['annotations'] = [item for item in content['annotations'] if item['image_id'] in chosen]
    path = tmp_path / 'some.json'
    path.write_text(json.dumps(content))
    dataset = CocoMultiLabel(
        data_root=str(root), ann_file=str(path), data_prefix={'img_path': 'val2017'}, test_mode=True
    )
    dataset.full_init()
    assert len(dataset) == 40
    categories = {category['name']: category['id'] for category in content['categories']}
    rng = np.random.default_rng(0)
    samples, found = [], []
    for index in range(len(dataset)):
        entry = dataset.get_data_info(index)
        objects = [item for item in entry['instances'] if rng.random() < 0.8] * 2
        sample = MultiLabelDataSample(metainfo={'img_path': entry['img_path'], 'instances': entry['instances']})
        boxes = np.array([item['bbox'] for item in objects]).reshape(-1, 4)
        sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        boxes = (boxes + sides * rng.uniform(-0.15, 0.15, boxes.shape)).astype(np.float32)
        labels = np.array([item['bbox_label'] for item in objects], int)
        labels = np.where(rng.random(len(labels)) < 0.1, rng.integers(0, 80, len(labels)), labels)
        scores = rng.integers(0, 50, len(labels)) / 50
        sample.pred_instances = InstanceData(
            bboxes=torch.from_numpy(boxes), scores=torch.from_numpy(scores), labels=torch.from_numpy(labels)
        )
        samples.append(sample)
        found += [
            {
                'image_id': entry['img_id'],
                'category_id': categories[dataset.classes[label]],
                'bbox': [*map(float, box[:2]), *map(float, box[2:] - box[:2])],
                'score': float(score),
            }
            for box, label, score in zip(boxes.astype(float), labels, scores, strict=True)
        ]
    numbers, metric = evaluate(samples, classes=dataset.classes, type='CocoDetectionMetric')
    expected = official(path, found)
    assert list(numbers) == [f'coco/{name}' for name in NUMBERS]
    assert list(numbers.values()) == pytest.approx([100 * value for value in expected], abs=1e-3)
    assert 20 < numbers['coco/AP'] < 90
    of_class = [row['AP'] for row in metric.last_report['classes'] if row['AP'] is not None]
    assert np.mean(of_class) == pytest.approx(numbers['coco/AP'])


def one_image(found: list[tuple[float, list[float]]], there: list[dict]) -> dict[str, float]:
    sample = MultiLabelDataSample(metainfo={'img_path': 'a.jpg', 'instances': [{'bbox_label': 0, **x} for x in there]})
    boxes = torch.tensor([box for _, box in found]).reshape(-1, 4).float()
    scores = torch.tensor([score for score, _ in found])
    sample.pred_instances = InstanceData(bboxes=boxes, scores=scores, labels=torch.zeros(len(found)).long())
    return evaluate([sample], classes='a', type='CocoDetectionMetric')[0]


OBJECT = {'bbox': [0, 0, 40, 40], 'ignore_flag': 0}
LARGE = {'bbox': [100, 100, 200, 200], 'ignore_flag': 1}
INSIDE = [(0.9, [100, 100, 140, 140]), (0.8, [150, 150, 190, 190]), (0.7, [0, 0, 40, 40])]


def test_a_crowd_takes_all_that_lies_in_it_and_a_difficult_object_what_matches_it() -> None:
    assert one_image(INSIDE, [OBJECT, {**LARGE, 'crowd': 1}])['coco/AP'] == pytest.approx(100)
    assert one_image(INSIDE, [OBJECT, LARGE])['coco/AP'] == pytest.approx(100 / 3)
    on_it = [(0.9, [100, 100, 200, 200]), (0.8, [100, 100, 200, 200]), (0.7, [0, 0, 40, 40])]
    assert one_image(on_it, [OBJECT, LARGE])['coco/AP'] == pytest.approx(50)


def test_sizes_go_by_the_area_of_the_object() -> None:
    found = [(0.9, [0, 0, 40, 40])]
    assert one_image(found, [OBJECT])['coco/APm'] == pytest.approx(100)
    numbers = one_image(found, [{**OBJECT, 'area': 900.0}])
    assert numbers['coco/APs'] == pytest.approx(100)
    assert np.isnan(numbers['coco/APm'])


def test_at_one_half_it_is_close_to_voc() -> None:
    """101 recalls in place of all, and no second object for a double: nearly the same number."""
    case = random_case(5, 60)
    case = (*case[:5], [np.zeros(len(d), bool) for d in case[5]])
    coco, voc = (evaluate(make_samples(case), type=f'{kind}DetectionMetric')[0] for kind in ('Coco', ''))
    assert coco['coco/AP50'] == pytest.approx(voc['det/mAP50'], abs=6)
