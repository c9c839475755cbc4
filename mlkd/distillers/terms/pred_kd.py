"""Stage 2: predictions, softened (Liu et al., ACM MM 2018, Eqs. (6) to (10))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.arguments import check_choice, check_number
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import FrameBatch
from mlkd.errors import ConfigError
from mlkd.models.utils import at_least_float32
from mlkd.registry import MODELS

from .base import Term


def soft_prediction_loss(
    logits: Tensor, tau: Tensor, target: Tensor, kind: Literal['ce', 'l2'], keep: Tensor | None = None
) -> Tensor:
    r"""L_p' between p'^S = \sigma(\tau x) and p'^T.

    ``'ce'``: -(1/N) \sum_n \sum_k [p'^T log p'^S + (1 - p'^T) log(1 - p'^S)], of the released files.
    ``'l2'``: (1/2N) \sum_n \|p'^T - p'^S\|_2^2, Eq. (10).

    Args:
        logits: x (N, K).
        tau: (K,) or (1,).
        target: p'^T (N, K), in 0..1.
        kind: Which of the two.
        keep: bool (N,), images that count; all of them make up N.

    Returns:
        Scalar.
    """
    x = tau * at_least_float32(logits)
    if kind == 'ce':
        rows = F.binary_cross_entropy_with_logits(x, target, reduction='none').sum(1)
    else:
        rows = (target - x.sigmoid()).square().sum(1) / 2
    return (rows if keep is None else rows * keep).mean()


@MODELS.register_module()
class PredKD(Term):
    """The student's softened predictions shall be those of the teacher.

    Every class counts for every image, those that the annotation leaves open (label -1) too: what the teacher says of
    them is knowledge that the labels lack. An image without proposals counts 0, as a detector says nothing of it.

    Args:
        num_classes: K.
        teacher: Name of the teacher: a WSDDN, p'^T being the sum over RoIs of the product of its tempered
            softmaxes; or a plain classifier, p'^T = sigmoid(a^c x).
        class_multiplier: a^c, one number or K; the teacher's class logits are multiplied by it.
        proposal_multiplier: a^d, one number, or one for each place in the list of proposals.
        tau: Where the student's multiplier starts.
        learn_tau: Whether it is learnt (parameter ``tau``).
        shared: One tau for all classes (Distillation, Hinton et al.) instead of one per class.
        loss: ``'ce'`` (released) or ``'l2'`` (published); see trap T2 for what that does to the gradient.
        loss_weight: lambda.

    Raises:
        ConfigError: If a value does not fit the number of classes, is none of those named, or makes no sense.
    """

    student_outputs = ('logits',)
    class_multiplier: Tensor
    proposal_multiplier: Tensor

    def __init__(
        self,
        num_classes: int,
        teacher: str = 'wsd',
        class_multiplier: float | Sequence[float] = 2.0,
        proposal_multiplier: float | Sequence[float] = 2.0,
        tau: float = 0.2,
        learn_tau: bool = True,
        shared: bool = False,
        loss: Literal['ce', 'l2'] = 'ce',
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(teacher, loss_weight)
        check_choice('loss', loss, ('ce', 'l2'))
        check_number('num_classes', num_classes, 1, whole=True)
        check_number('tau', tau, 0, above=True)
        self.num_classes = num_classes
        self.loss = loss
        for key, values in (('class_multiplier', class_multiplier), ('proposal_multiplier', proposal_multiplier)):
            for value in values if isinstance(values, Sequence) and not isinstance(values, str) else [values]:
                check_number(key, value, 0, above=True)
        by_class = torch.as_tensor(class_multiplier, dtype=torch.float32)
        if by_class.ndim and (len(by_class) != num_classes or shared):
            raise ConfigError(
                'The class multipliers do not fit.',
                where='class_multiplier',
                found=f'{len(by_class)} numbers',
                expected='one number, as shared=True' if shared else f'one number, or {num_classes}, one per class',
            )
        self.register_buffer('class_multiplier', by_class, persistent=False)
        by_place = torch.as_tensor(proposal_multiplier, dtype=torch.float32)
        self.register_buffer('proposal_multiplier', by_place, persistent=False)
        self.tau = nn.Parameter(torch.full((1 if shared else num_classes,), float(tau)), requires_grad=learn_tau)

    def forward(
        self, student: NetworkOutputs, teachers: Mapping[str, NetworkOutputs], batch: FrameBatch
    ) -> dict[str, Tensor]:
        """``loss``."""
        target, keep = self.soft_targets(teachers[self.teacher], len(batch))
        if not target.shape[1] == student.logits.shape[1] == self.num_classes:
            raise ConfigError(
                'The term, the student and the teacher do not have the same classes.',
                where='num_classes',
                found=f'{self.num_classes} in the term, {student.logits.shape[1]} in the student, '
                f'{target.shape[1]} in the teacher',
                expected='the same number in all three',
            )
        loss = soft_prediction_loss(student.logits, self.tau, target, self.loss, keep)
        return {'loss': self.loss_weight * loss}

    @torch.no_grad()
    def soft_targets(self, teacher: NetworkOutputs, num_images: int) -> tuple[Tensor, Tensor | None]:
        """p'^T.

        Args:
            teacher: The teacher's outputs.
            num_images: N.

        Returns:
            p'^T float32 (N, K), in 0..1; bool (N,), which images the teacher can say something of (None: all).
        """
        if not hasattr(teacher.network, 'bag_logits'):
            return (self.class_multiplier * at_least_float32(teacher.logits)).sigmoid(), None
        cls_logits, det_logits = teacher.bag_logits
        scores = teacher.network.bbox_head.image_scores(
            at_least_float32(cls_logits),
            at_least_float32(det_logits),
            teacher.roi_index,
            num_images,
            self.class_multiplier,
            self.proposal_multiplier,
        )
        counts = torch.bincount(teacher.roi_index, minlength=num_images)
        # A sum of softmaxes, which rounding may carry past 1.
        return scores.clamp(0, 1), counts > 0
