"""A loss that is not finite ends training before the optimiser can carry it into the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from mmdet.structures import DetDataSample
from torch import Tensor

from mlkd.errors import TrainingError


def check_finite(losses: Mapping[str, Tensor], samples: Sequence[DetDataSample] | None = None) -> None:
    """Raise if a loss is NaN or infinite.

    To be called by a network's ``loss``, which is the last place before the optimiser's step that sees losses and
    samples together, wrapped for distributed training or not.

    Args:
        losses: Named losses of one iteration.
        samples: The batch they were computed from; its image paths are named in the message.

    Raises:
        TrainingError: Naming the losses and the images.
    """
    # One transfer from the device for all losses together.
    finite = torch.stack([loss.detach().isfinite().all() for loss in losses.values()]).tolist() if losses else []
    if all(finite):
        return
    bad = [name for name, good in zip(losses, finite, strict=True) if not good]
    paths = [str(sample.get('img_path', f'image {i} of the batch')) for i, sample in enumerate(samples or [])]
    raise TrainingError(
        f'The loss is not finite: {", ".join(bad)}.',
        where=', '.join(paths) or None,
        found=', '.join(f'{name} = {losses[name].detach().float().mean().item()}' for name in bad),
        expected='finite numbers',
        fix='lower the learning rate, clip gradients (optim_wrapper.clip_grad), train in float32, or look at these '
        'images and their proposals; the last checkpoint is from before',
    )
