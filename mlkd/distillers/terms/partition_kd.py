"""Complementary parallel self-distillation (Xu et al., IJCAI 2022): teachers of parts of the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mlkd.arguments import check_choice, check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.errors import ConfigError, PartitionError
from mlkd.models.utils import at_least_float32
from mlkd.partition.label_names import canonical, checked_names
from mlkd.registry import MODELS

from .base import Term, check_teacher
from .label_families import families_of, label_index

if TYPE_CHECKING:
    from mlkd.distillers.teacher import Teacher

Metric = Literal['mse', 'kl']


def logit_distance(logits: Tensor, target: Tensor, metric: Metric = 'mse', temperature: float = 4.0) -> Tensor:
    r"""How far logits are from a teacher's, summed over batch and labels.

    ``'mse'``: \|z - t\|_2^2. ``'kl'``: T^2 KL(softmax(t / T) || softmax(z / T)), softmax over the labels
    (``model/KL_loss.py`` of the CPSD repository, T = 4).

    Args:
        logits: z (N, C).
        target: t (N, C).
        metric: Which of the two.
        temperature: T.

    Returns:
        Scalar.
    """
    if metric == 'mse':
        return (logits - target).square().sum()
    soft, own = (x.div(temperature).log_softmax(1) for x in (target, logits))
    return temperature**2 * F.kl_div(own, soft, reduction='sum', log_target=True)


@MODELS.register_module()
class PartitionKD(Term):
    r"""The student's logits shall be those of teachers that know a part of the labels each.

    w \sum_f \alpha_f d(z, t^f), where t^f puts the logits of the teachers of family f where their labels stand among
    the student's, by name, and d is :func:`logit_distance`. With w = 1/2, the families CGP and DGP, and the student's
    own loss weighted 1/2 (``task_weight`` of the distiller) that is the loss of CPSD. Labels that the annotation leaves
    open (-1) count as all others: what teachers say of them does not come from it.

    Args:
        families: By name, ``dict(alpha=..., teachers=[...])`` or alpha alone, see
            :func:`~.label_families.families_of`; the teachers say which labels they know.
        classes: Names of the labels of the student's outputs, in their order; None: those of the training set, which
            :class:`~mlkd.engine.hooks.ClassNamesHook` hands over.
        metric: ``'mse'``, or ``'kl'``.
        temperature: T of ``'kl'``.
        reduction: ``'sum'`` over batch and labels, ``'images'``: that divided by the number of images, or ``'cells'``:
            by that of logits. What the student's own loss is divided by should be the same.
        loss_weight: w.

    Raises:
        ConfigError: If a value is none of those named, or alphas do not sum to 1.
    """

    student_outputs = ('logits',)

    def __init__(
        self,
        families: Mapping[str, Any],
        classes: Sequence[str] | None = None,
        metric: Metric = 'mse',
        temperature: float = 4.0,
        reduction: Literal['sum', 'images', 'cells'] = 'sum',
        loss_weight: float = 0.5,
    ) -> None:
        self_families = families_of(families)
        super().__init__(self_families[0].teachers[0], loss_weight)
        check_choice('metric', metric, ('mse', 'kl'))
        check_choice('reduction', reduction, ('sum', 'images', 'cells'))
        check_number('temperature', temperature, 0, above=True)
        self.families = self_families
        self.metric, self.temperature, self.reduction = metric, temperature, reduction
        self.classes = None if classes is None else checked_names(tuple(classes), 'classes of a term')
        self._labels: dict[str, Sequence[str] | None] = {}
        self._index: dict[str, Tensor] = {}

    def bind(self, teachers: Mapping[str, Teacher]) -> None:
        """Look up the teachers' labels.

        Raises:
            ConfigError: If a teacher does not exist or does not say which labels it knows.
            PartitionError: If the teachers of a family do not divide the labels.
        """
        for family in self.families:
            for name in family.teachers:
                check_teacher(name, teachers, f'families.{family.name}.teachers')
        self._labels = {name: teacher.labels for name, teacher in teachers.items()}
        if self.classes is not None:
            self._find_labels(self.classes)

    def set_classes(self, classes: Sequence[str]) -> None:
        """Take the names of the labels of the training set, in the order of its label vectors.

        Raises:
            PartitionError: If the term was given others, or the teachers of a family do not divide them.
        """
        classes = checked_names(tuple(classes), 'classes of the training set')
        if self.classes is not None and list(map(canonical, self.classes)) != list(map(canonical, classes)):
            pairs = enumerate(zip(self.classes, classes, strict=False))
            position = next((i for i, pair in pairs if pair[0] != pair[1]), 0)
            raise PartitionError(
                'The labels of the training set are not those that a term was given, or not in that order.',
                where='classes of a term',
                found=f'{len(self.classes)} labels, number {position} is {self.classes[position]}',
                expected=f'{len(classes)} labels, number {position} is {classes[position]}',
                fix='leave classes out of the term',
            )
        self._find_labels(classes)
        self.classes = classes

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss_FAMILY`` of each family whose alpha is not 0."""
        logits = at_least_float32(student.logits)
        scale = self.loss_weight / {'sum': 1, 'images': len(logits), 'cells': logits.numel()}[self.reduction]
        losses = {}
        for family in self.families:
            if family.alpha:
                target = self.target(family.name, teachers)
                if target.shape != logits.shape:
                    raise ConfigError(
                        'The student has another number of labels than its teachers.',
                        where='num_classes of the student',
                        found=logits.shape[1],
                        expected=f'{target.shape[1]}, which the teachers of {family.name} know between them',
                    )
                distance = logit_distance(logits, target, self.metric, self.temperature)
                losses[f'loss_{family.name}'] = scale * family.alpha * distance
        return losses

    @torch.no_grad()
    def target(self, family: str, teachers: Mapping[str, NetworkOutputs]) -> Tensor:
        """What the teachers of a family say of all labels.

        Args:
            family: Its name.
            teachers: Outputs of the teachers.

        Returns:
            t, float32 (N, C), in the order of the student's outputs.

        Raises:
            ConfigError: If nobody has said what the student's outputs are called.
        """
        if family not in self._index:
            raise ConfigError(
                'Nobody has told a term what the labels are called, so that it cannot find those of its teachers.',
                where='classes of PartitionKD',
                fix="give it classes=[...], or have {'type': 'ClassNamesHook'} among the hooks",
            )
        names = next(one.teachers for one in self.families if one.name == family)
        logits = torch.cat([at_least_float32(teachers[name].logits) for name in names], 1)
        return logits[:, self._index[family].to(logits.device)]

    def _find_labels(self, classes: Sequence[str]) -> None:
        self._index = {
            family.name: torch.tensor(label_index(family, self._labels, classes, f'families.{family.name}'))
            for family in self.families
        }
