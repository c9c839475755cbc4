"""What a term is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from mlkd.arguments import check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from mlkd.distillers.teacher import Teacher


class Term(nn.Module, ABC):
    """One distillation loss.

    A plug-in derives from it, asks its networks for what it needs and returns named losses. Its own parameters
    (adapters, temperatures) train with the student and stay behind when that is exported. It runs with autocast off;
    what the networks give may be in half precision, so cast it with ``float()``.

    Args:
        teacher: Name of the teacher that it listens to.
        loss_weight: What its losses are multiplied by, at least 0.
        student_taps: Module paths of the student's layers that it asks for.
        teacher_taps: Module paths of the teacher's.

    Raises:
        ConfigError: If the weight makes no sense.
    """

    #: What the gradient goes through, of ``'logits'``, ``'roi_embed'`` and ``'feats'`` (which stands for taps too), so
    #: that parts left without a gradient are found when the distiller is built; empty: found at the first batch.
    student_outputs: tuple[str, ...] = ()
    #: What to do about a student without the layers that the term asks for, where their names do not tell.
    student_fix = ''

    def __init__(
        self,
        teacher: str,
        loss_weight: float = 1.0,
        student_taps: tuple[str, ...] = (),
        teacher_taps: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        check_number('loss_weight', loss_weight, 0)
        self.teacher = teacher
        self.loss_weight = loss_weight
        self.student_taps = student_taps
        self.teacher_taps = teacher_taps

    def bind(self, teachers: Mapping[str, Teacher]) -> None:
        """Look at the teachers, once, when the distiller is built. Of use to terms that listen to several.

        Raises:
            MLKDError: If they are not what the term needs.
        """

    def set_classes(self, classes: Sequence[str]) -> None:
        """Hear what the labels of the training set are called. Of use to terms that go by name.

        Raises:
            MLKDError: If they are not what the term needs.
        """

    @abstractmethod
    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Args:
            student: What the student makes of it.
            teachers: What the teachers make of it, by name.
            batch: The frames and samples themselves.

        Returns:
            Named scalars, sums over classes or cells and means over images. Those with ``loss`` in their names are
            minimised, others only logged.
        """


def check_teacher(name: str, teachers: Collection[str], where: str) -> None:
    """Check that a teacher that a term listens to is there.

    Args:
        name: How the term calls it.
        teachers: Names of those that the distiller has.
        where: Key of the name.

    Raises:
        ConfigError: If it is not.
    """
    if name not in teachers:
        raise ConfigError(
            'A term listens to a teacher that does not exist.',
            where=where,
            found=name,
            expected=f'one of {", ".join(teachers) or "no teachers"}',
            fix=did_you_mean(name, teachers) or None,
        )
