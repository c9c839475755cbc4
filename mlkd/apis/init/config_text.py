"""The config that ``mlkd init`` writes."""

from __future__ import annotations

import argparse
import os
import pprint
from pathlib import Path
from typing import Any

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.apis.init.training_plan import TrainingPlan

#: Learning rates for batches of 32, from ImageNet weights and from scratch.
_RATE, _RATE_FROM_SCRATCH = 1e-3, 1e-2
#: Times that a network is validated, and kept, in its training.
_TIMES = 5

_HEAD = """\
# Written by mlkd init. {count} photos: {splits}; {labels} labels.
_base_ = [
    'mlkd::_base_/default_runtime.py',
    'mlkd::_base_/datasets/folder_320_proposals.py',
    'mlkd::_base_/models/{models}.py',
    'mlkd::_base_/recipes/kd_mobilenetv1.py',
]
work_dir = "{{{{ fileDirname }}}}/run"
_classes = {classes}
_photos = {{
    'data_root': {folder},
    'ann_file': {ann_file},
    'split_file': "{{{{ fileDirname }}}}/splits.json",
    'metainfo': {{'classes': _classes}},{options}
}}
train_dataloader = {{'batch_size': {batch}, 'num_workers': {workers}, 'dataset': _photos}}
val_dataloader = {{'num_workers': {workers}, 'dataset': _photos}}
test_dataloader = {{'num_workers': {workers}, 'dataset': {{**_photos, 'split': '{test}'}}}}
models = {{
    'teacher': {{'bbox_head': {{'num_classes': len(_classes)}}{teacher_weights}}},
    'student': {{'head': {{'num_classes': len(_classes)}}{student_weights}}},
}}


def _epochs(count: int) -> dict:
    return {{
        'optim_wrapper': {{'optimizer': {{'lr': {rate}}}}},
        'train_cfg': {{'max_epochs': count, 'val_interval': max(1, count // {times})}},
        'param_scheduler': [{{'type': 'CosineAnnealingLR', 'T_max': count, 'convert_to_iter_based': True}}],
    }}


# Both students train for {student} epochs in all.
teacher = {{**_epochs({teacher}), 'folds': {folds}}}
feature, student, baseline = _epochs({first}), _epochs({second}), _epochs({student})
default_hooks = {{'checkpoint': {{'interval': {interval}}}}}
"""


def config_text(
    args: argparse.Namespace,
    labels: Path,
    folder: Path,
    photos: CheckedPhotos,
    division: Division,
    plan: TrainingPlan,
) -> str:
    """The text of the config.

    Args:
        args: Of the command line.
        labels: The file of labels, absolute.
        folder: The photos, absolute.
        photos: What was found.
        division: The splits.
        plan: How to train.
    """
    members = division.members()
    first = max(1, plan.student_epochs // 3)
    options: dict[str, Any] = {}
    if args.unlabelled != 'error':
        options['unlabelled'] = args.unlabelled
    if args.label_separator is not None:
        options['label_separator'] = args.label_separator
    near = os.path.relpath(labels, folder)
    rate = (_RATE if plan.weights else _RATE_FROM_SCRATCH) * plan.batch_size / 32
    text = _HEAD.format(
        count=len(photos.keys),
        splits=', '.join(f'{len(keys)} {name}' for name, keys in members.items()),
        labels=len(photos.classes),
        models='wsddn_mobilenetv1' if plan.weights else 'wsddn_mobilenetv1_from_scratch',
        classes=pprint.pformat(list(photos.classes), indent=4, width=116, compact=True),
        folder=repr(str(folder)),
        # Beside the photos or among them it moves with them (--data-root).
        ann_file=repr(str(labels) if near.startswith(os.path.join('..', '..')) else near),
        options=''.join(f'\n    {key!r}: {value!r},' for key, value in options.items()),
        batch=plan.batch_size,
        workers=plan.workers,
        test='test' if 'test' in members else 'val',
        teacher_weights=_weights(plan, 'teacher'),
        student_weights=_weights(plan, 'student'),
        rate=f'{rate:.3g}',
        times=_TIMES,
        teacher=plan.teacher_epochs,
        folds={'n': plan.folds, 'full': True} if plan.folds else None,
        first=first,
        second=max(1, plan.student_epochs - first),
        student=plan.student_epochs,
        interval=max(1, first // _TIMES),
    )
    return text + ("amp = 'auto'\n" if plan.gpu else '')


def _weights(plan: TrainingPlan, network: str) -> str:
    if network not in plan.weights:
        return ''
    checkpoint = repr(str(plan.weights[network]))
    return f", 'backbone': {{'init_cfg': {{'checkpoint': {checkpoint}}}}}"
