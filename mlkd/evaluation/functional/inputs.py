"""What all metrics check before they count: scores and labels that fit each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from mlkd.errors import MLKDError

Array = np.ndarray | Tensor | Sequence[Sequence[float]]


def as_scores_and_labels(
    scores: Array, labels: Array, images: Sequence[object] | None = None
) -> tuple[NDArray[np.floating], NDArray[np.int8]]:
    """Scores and labels as NumPy arrays, checked.

    Args:
        scores: (N, K), one score per image and class, finite; higher is more certain. Any real or integer type.
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        images: (N,) names of the images for the error messages; row numbers where None.

    Returns:
        Scores, float32 if they were that, else float64, and labels as int8; both (N, K).

    Raises:
        MLKDError: If the shapes differ or are not (N, K), a score is not finite (names the images), or a label is
            something else than -1, 0 and 1.
    """
    score, label = _array(scores), _array(labels)
    if score.ndim != 2 or score.shape != label.shape:
        raise MLKDError(
            'Scores and labels do not fit each other.',
            found=f'scores {score.shape}, labels {label.shape}',
            expected='both (images, classes), the same',
            fix='check that the number of classes of the network is that of the data set',
        )
    if score.dtype != np.float32:
        score = score.astype(np.float64)
    finite = np.isfinite(score)
    if not finite.all():
        rows = np.flatnonzero(~finite.all(axis=1))
        raise MLKDError(
            f'The scores of {len(rows)} of {len(score)} images are not finite.',
            where=', '.join(str(row if images is None else images[row]) for row in rows[:8]),
            found=score[~finite][:4].tolist(),
            expected='finite numbers',
            fix='the network has diverged: lower its learning rate or check its weights',
        )
    if not ((label == 1) | (label == 0) | (label == -1)).all():
        raise MLKDError(
            'Labels hold other values than -1, 0 and 1.',
            found=np.unique(label)[:8].tolist(),
            expected='1 present, 0 absent, -1 ignore',
        )
    return score, label.astype(np.int8, copy=False)


def _array(values: Array) -> np.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu()
        return (values.float() if values.is_floating_point() and values.element_size() < 4 else values).numpy()
    return np.asarray(values)
