"""The sheet of pictures of a run: its teacher and its student on some test images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure

from mlkd.apis.run_summaries import SUMMARY, read_run
from mlkd.apis.setup_config import setup_config
from mlkd.apis.stage_network import StageNetwork
from mlkd.engine.records import read_json
from mlkd.errors import MLKDError
from mlkd.visualization import SheetItem, best_boxes, picture_sheet

TEACHER_STAGE = 'teacher'


def run_sheet(work_dir: str | Path, images: int = 6) -> Figure | str:
    """Test images with the boxes of a run's teacher and the labels of its student.

    Args:
        work_dir: The run's folder, with ``student.pth`` and the teacher's ``network.pth``.
        images: How many; see :func:`chosen_images`.

    Returns:
        The figure, or, where the run has no teacher or its data or networks are gone, why there is none.
    """
    folder = Path(work_dir)
    student_file = folder / 'student.pth'
    teacher_run = _teacher_run(folder)
    teacher_file = next(iter(sorted(teacher_run.glob(f'{TEACHER_STAGE}/**/network.pth'), key=_full_first)), None)
    if teacher_file is None or not student_file.is_file():
        missing = student_file if teacher_file else f'{teacher_run / TEACHER_STAGE}/network.pth'
        return f'{missing} is not there'
    try:
        config_file = folder / str(read_run(folder)[0].summary.get('config') or 'config.py')
        config = setup_config(config_file)
        teacher = StageNetwork.load(config, teacher_file, TEACHER_STAGE)
        student = StageNetwork.load(config, student_file)
        teacher_set, student_set = teacher.test_set(), student.test_set()
        chosen = chosen_images(student_set, images)
        items = [
            sheet_item(teacher_set[index], teacher.predict(teacher_set[index]), student.predict(student_set[index]))
            for index in chosen
        ]
        return picture_sheet(items, student_set.metainfo['classes'])
    except MLKDError as error:
        return str(error)


def _teacher_run(folder: Path) -> Path:
    """The run that trained the teacher: this one, or the one that it was taken over from."""
    summary = read_json(folder / SUMMARY) or {}
    return Path((summary.get('reused') or {}).get(TEACHER_STAGE, folder))


def chosen_images(dataset: Any, images: int) -> list[int]:
    """Indices of images at equal distances in the data set, among those with several labels where there are enough."""
    count = len(dataset)
    several = [i for i in range(count) if (np.asarray(dataset.get_data_info(i)['gt_label']) == 1).sum() > 1]
    pool = several if len(several) >= images else list(range(count))
    places = np.linspace(0, len(pool) - 1, min(images, len(pool)))
    return [pool[int(place)] for place in places]


def sheet_item(packed: Mapping[str, Any], teacher: Any, student: Any) -> SheetItem:
    """One image of the sheet.

    Args:
        packed: The teacher's packed sample; its frame is what is shown, in the shape that the image was stored in.
        teacher: The teacher's prediction: ``pred_score`` and, in pixels of the stored image, ``pred_instances``.
        student: The student's prediction.
    """
    boxes, classes, scores = (teacher.pred_instances[key].numpy() for key in ('bboxes', 'labels', 'scores'))
    chosen: Sequence[int] = best_boxes(boxes, classes, scores, teacher.pred_score.numpy())
    return SheetItem(
        image=stored_image(packed, teacher),
        boxes=boxes[chosen].reshape(-1, 4),
        box_classes=[int(k) for k in classes[chosen]],
        box_scores=[float(score) for score in scores[chosen]],
        scores=student.pred_score.numpy(),
        present=frozenset(np.flatnonzero(student.gt_label.numpy() == 1).tolist()),
    )


def stored_image(packed: Mapping[str, Any], sample: Any) -> np.ndarray:
    """The frame of a packed sample, uint8 (H, W, 3) BGR, in the shape that the image was stored in."""
    height, width = sample.ori_shape[:2]
    frame = np.ascontiguousarray(packed['inputs'].permute(1, 2, 0).numpy())
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)


def _full_first(path: Path) -> tuple[int, str]:
    """The network that was trained on all images before those of folds."""
    return (0 if path.parent.name in (TEACHER_STAGE, 'full') else 1, str(path))
