"""Student, teachers and terms as one model that MMEngine's Runner trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mlkd.models.utils import check_finite
from mlkd.models.utils.build import build_model
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

from .distiller_config import TASK, check_distiller, with_num_classes
from .outputs import NetworkOutputs
from .self_teacher import self_teachers
from .taps import check_taps
from .teachers import TeacherBank
from .training_parts import check_all_reached, check_terms_reach, freeze_all_but, hold_frozen_batch_norm
from .views import FrameBatch, make_view

Config = dict[str, Any]


@MODELS.register_module()
class Distiller(BaseModel):
    """Trains a student with what terms compare it to in its teachers.

    Its state dict has the student under ``student.`` and the terms' own parameters under ``terms.``; prediction is the
    student's alone.

    Args:
        student: Config of a network.
        teachers: By name, configs as :meth:`.teachers.TeacherBank.from_config` takes them, or with ``average`` as
            :func:`.self_teacher.self_teachers` does.
        terms: By name, configs of terms; see :class:`.terms.Term`. A term that takes ``num_classes`` and is given none
            gets that of the student's head.
        task_weight: Weight of the student's own losses, at least 0; at 0 they are not computed.
        train_only: Beginnings of the names of the student's parameters that train; None: all.
        data_preprocessor: Config of what uploads the frames.
        init_cfg: MMEngine's.
    """

    def __init__(
        self,
        student: Config,
        teachers: Mapping[str, Config],
        terms: Mapping[str, Config],
        task_weight: float = 1.0,
        train_only: Sequence[str] | None = None,
        data_preprocessor: Config | None = None,
        init_cfg: Config | None = None,
    ) -> None:
        super().__init__(build_model(data_preprocessor or {'type': 'FramePreprocessor'}), init_cfg)
        check_distiller(terms, teachers, task_weight, train_only)
        self.student = build_model(student)
        self.terms = nn.ModuleDict({name: _build_term(term, self.student) for name, term in terms.items()})
        self.task_weight = task_weight
        self.train_only = None if train_only is None else tuple(train_only)
        own = self_teachers(teachers, self.student)
        others = TeacherBank.from_config({name: config for name, config in teachers.items() if name not in own})
        self.teachers = TeacherBank({**others, **own})
        for term in self._terms:
            term.bind(self.teachers)
        if self.train_only is not None:
            freeze_all_but(self.student, self.train_only)
        check_terms_reach(self.student, [term.student_outputs for term in self._terms], self.task_weight)
        self._teacher_taps = {
            name: tuple(tap for term in self._terms if term.teacher == name for tap in term.teacher_taps)
            for name in self.teachers
        }
        self._student_taps = tuple(tap for term in self._terms for tap in term.student_taps)
        for term in self._terms:
            check_taps(self.student, term.student_taps, 'student', term.student_fix)
        for name, taps in self._teacher_taps.items():
            self.teachers.check_taps(name, taps)
        self._reach_checked = False

    def forward(
        self,
        inputs: Tensor | list[Tensor],
        data_samples: list[MultiLabelDataSample] | None = None,
        mode: str = 'tensor',
    ) -> Any:
        """Run the distiller.

        Args:
            inputs: Frames, uint8 (B, 3, H, W) or a list of (3, H, W).
            data_samples: B samples.
            mode: ``'loss'``: losses of student and terms; ``'predict'`` and ``'tensor'``: the student's own.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples or [])
        samples = data_samples
        if samples is None:
            samples = [MultiLabelDataSample(metainfo={'img_shape': tuple(frame.shape[-2:])}) for frame in inputs]
        view = make_view(self.student, FrameBatch(inputs, samples))
        return self.student(view.inputs, view.samples, mode=mode)

    def loss(self, inputs: Tensor | list[Tensor], data_samples: list[MultiLabelDataSample]) -> dict[str, Tensor]:
        """All losses, known to be finite.

        Args:
            inputs: Frames, uint8 (B, 3, H, W) or a list of (3, H, W).
            data_samples: B samples with labels, and proposals where a network needs them.

        Returns:
            ``task.NAME``: the student's own, weighted; ``TERM.NAME``: those of the terms. What has ``loss`` in its name
            is minimised, the rest is logged.

        Raises:
            TrainingError: If a loss is not finite; names it and the images.
            ConfigError: At the first batch, if a parameter that trains is reached by no loss.
        """
        batch = FrameBatch(inputs, data_samples)
        losses: dict[str, Tensor] = {}
        with ExitStack() as stack:
            student: NetworkOutputs = stack.enter_context(self._student_outputs(batch))
            teachers = {
                name: stack.enter_context(teacher.outputs(batch, self._teacher_taps[name]))
                for name, teacher in self.teachers.items()
            }
            if self.task_weight:
                # First, so that taps listen to this pass where it is a network's only one.
                own = student.task_losses.items()
                losses |= {f'{TASK}.{key}': self.task_weight * x if 'loss' in key else x for key, x in own}
            with torch.autocast(batch.device.type, enabled=False):
                for name, term in self.terms.items():
                    values = term(student, teachers, batch)
                    losses |= {f'{name}.{key}': value for key, value in values.items()}
        check_finite(losses, data_samples)
        if not self._reach_checked and torch.is_grad_enabled():
            minimised = [loss for name, loss in losses.items() if 'loss' in name]
            check_all_reached(minimised, self.named_parameters(), self.task_weight)
            self._reach_checked = True
        return losses

    def set_classes(self, classes: Sequence[str]) -> None:
        """Tell the terms what the labels of the training set are called.

        Raises:
            MLKDError: If a term's teachers do not know them.
        """
        for term in self._terms:
            term.set_classes(classes)

    def train(self, mode: bool = True) -> Distiller:
        """Set training mode; batch norm of frozen parts stays at its running statistics, teachers stay in eval mode."""
        super().train(mode)
        if mode and self.train_only is not None:
            hold_frozen_batch_norm(self.student, self.train_only)
        return self

    @property
    def _terms(self) -> list[Any]:
        return list(self.terms.values())

    def _student_outputs(self, batch: FrameBatch) -> NetworkOutputs:
        view = partial(make_view, self.student, batch, self.training)
        return NetworkOutputs(self.student, view, self._student_taps, device=batch.device)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Distiller:
        """Move or cast the teachers along."""
        self.teachers.move(fn, recurse)
        return super()._apply(fn, recurse)

    def _set_device(self, device: torch.device) -> None:
        self.teachers.set_device(device)
        super()._set_device(device)


def _build_term(config: Config, student: nn.Module) -> nn.Module:
    return build_model(with_num_classes(config, getattr(getattr(student, 'head', None), 'num_classes', None)))
