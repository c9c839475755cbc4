"""How long to train, in which batches and how many teachers, for this many photos on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.errors import CheckpointError
from mlkd.models.utils.weight_files import WEIGHTS_VARIABLE, find_weights

#: ImageNet weights of teacher and student.
WEIGHTS = {'teacher': 'mobilenet_v1_0.75_224.pt', 'student': 'mobilenet_v1_0.25_224.pt'}
#: Batch sizes and the photos from which on they are taken.
_BATCHES = ((1000, 32), (200, 16), (0, 8))
#: Photos that a network sees in training, counted each time: the fewest, and the most.
_STUDENT_SEES = (3_000, 1_200_000)
_TEACHER_SEES = (2_000, 240_000)
#: Epochs between which they stay where neither bound is met; as on VOC 2007.
_STUDENT_EPOCHS, _TEACHER_EPOCHS = 30, 6
#: Three teachers, each of which leaves out a third, where that leaves half of the labels so many photos to learn from.
_FOLDS, _FOLD_PHOTOS = 3, 20


@dataclass(frozen=True)
class TrainingPlan:
    """What the config says of training.

    Attributes:
        batch_size: Photos per step.
        workers: Processes that read photos.
        student_epochs: Of each student, in all.
        teacher_epochs: Of the teacher.
        folds: How many teachers that have not seen a part; 0 for one that has seen all.
        weights: Files with ImageNet weights by network; empty if training is from scratch.
        gpu: Whether there is one.
        notes: What a person should know of this.
    """

    batch_size: int
    workers: int
    student_epochs: int
    teacher_epochs: int
    folds: int
    weights: dict[str, Path]
    gpu: bool
    notes: Sequence[str]


def plan_training(photos: CheckedPhotos, division: Division) -> TrainingPlan:
    """Choose for the photos to train with."""
    train = division.rows(photos, 'train')
    count, gpu, weights = len(train), torch.cuda.is_available(), imagenet_weights()
    batch = next(size for photos_from, size in _BATCHES if count >= photos_from)
    positives = np.median((train == 1).sum(0)) * (_FOLDS - 1) / _FOLDS
    folds = _FOLDS if positives >= _FOLD_PHOTOS else 0
    # Networks that know no picture yet take longer.
    patience = 1 if weights else 2
    student, teacher = (
        epochs_for(count, patience * usual, sees)
        for usual, sees in ((_STUDENT_EPOCHS, _STUDENT_SEES), (_TEACHER_EPOCHS, _TEACHER_SEES))
    )
    notes = [
        'Networks: MobileNet v1 0.75 at 320 teaches MobileNet v1 0.25 at 224; '
        f'batches of {batch}, {teacher} epochs of the teacher, {student} of each student; '
        + (f'{folds} teachers, each for the photos that it has not seen.' if folds else 'one teacher.'),
        f'ImageNet weights: {", ".join(str(path) for path in weights.values())}.'
        if weights
        else f'No ImageNet weights: both networks are trained FROM SCRATCH, which takes longer and finds far less. '
        f'Put {" and ".join(WEIGHTS.values())} into data/weights, or into a folder that {WEIGHTS_VARIABLE} names, '
        'and run mlkd init again.',
    ]
    workers = max(1, min(8 if gpu else 4, os.cpu_count() or 1))
    return TrainingPlan(batch, workers, student, teacher, folds, weights, gpu, notes)


def epochs_for(photos: int, usual: int, sees: tuple[int, int]) -> int:
    """Epochs, so that a network sees neither too few photos nor too many.

    Args:
        photos: To train with.
        usual: Epochs where neither is the case.
        sees: The fewest and the most photos to be seen, counted each time.

    >>> epochs_for(60, 30, (3_000, 1_200_000)), epochs_for(2_500, 30, (3_000, 1_200_000))
    (50, 30)
    """
    fewest, most = sees
    return max(1, round(min(max(usual, fewest / photos), most / photos)))


def imagenet_weights() -> dict[str, Path]:
    """The files of both networks, absolute; none where one is missing."""
    try:
        return {network: Path(os.path.abspath(find_weights(name))) for network, name in WEIGHTS.items()}
    except CheckpointError:
        return {}
