"""Whether an exported file computes what the student does, on images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlkd.errors import DataError
from mlkd.published import PublishedStudent

#: Arrays of images (B, ...) to logits and scores (B, K).
Outputs = tuple[np.ndarray, np.ndarray]
#: An image's name, and uint8 (H, W, 3), BGR.
NamedImage = tuple[str, np.ndarray]
#: What floating point may do to a score, or to a logit, of one above 1 to its share: from one library to another.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Agreement:
    """How far outputs are from those of the student in PyTorch.

    Attributes:
        images: How many were compared.
        logits: Largest difference of a logit.
        logits_share: Largest difference of a logit, as a share of those above 1 in size.
        scores: Largest difference of a score.
        mean_score: Mean difference of a score.
        worst: Name of the image with the largest difference of a logit.
        decisions: Labels of images that are said to be present by one of the two alone.
        labels: Labels of images in all.
    """

    images: int
    logits: float
    logits_share: float
    scores: float
    mean_score: float
    worst: str
    decisions: int
    labels: int

    @property
    def equal(self) -> bool:
        """Whether no difference is larger than :data:`TOLERANCE`."""
        return bool(max(self.logits_share, self.scores) <= TOLERANCE)

    def to_dict(self) -> dict[str, Any]:
        """The numbers and :attr:`equal`."""
        return {**asdict(self), 'equal': self.equal, 'tolerance': TOLERANCE}


def compare(
    student: PublishedStudent,
    images: Iterable[NamedImage],
    array: Callable[[np.ndarray], np.ndarray],
    run: Callable[[np.ndarray], Outputs],
    batch_size: int = 8,
) -> Agreement:
    """Compare an exported file with the student it was made of.

    The last batch may be smaller, and images whose arrays differ in size make batches of their own, so that the file is
    seen to take batches of any size.

    Args:
        student: The original, with its own pipeline.
        images: Names and photos.
        array: What the file takes of a photo.
        run: Runs the file.
        batch_size: How many images at a time.

    Raises:
        DataError: If there is no image.
    """
    logits, shares, scores, decisions, names = [], [], [], 0, []
    thresholds = np.asarray(student.thresholds)
    for batch in _batches(images, batch_size):
        samples = student.predict([image for _, image in batch])
        arrays = [array(image) for _, image in batch]
        for sample, (mine_logits, mine_scores) in zip(samples, _in_batches(arrays, run), strict=True):
            logit, score = sample.pred_logit.numpy(), sample.pred_score.numpy()
            # A number that is none differs from everything.
            distance = np.nan_to_num(np.abs(mine_logits - logit), nan=np.inf)
            logits.append(distance.max())
            shares.append((distance / np.maximum(1.0, np.abs(logit))).max())
            scores.append(np.nan_to_num(np.abs(mine_scores - score), nan=np.inf))
            decisions += int(((mine_scores > thresholds) != (score > thresholds)).sum())
        names += [name for name, _ in batch]
    if not names:
        raise DataError('There is no image to compare with.', expected='a folder of photos (--check DIR)')
    worst = int(np.argmax(logits))
    table = np.stack(scores)
    return Agreement(
        images=len(names),
        logits=float(max(logits)),
        logits_share=float(max(shares)),
        scores=float(table.max()),
        mean_score=float(table.mean()),
        worst=names[worst],
        decisions=decisions,
        labels=table.size,
    )


def _batches(images: Iterable[NamedImage], size: int) -> Iterator[list[NamedImage]]:
    batch: list[NamedImage] = []
    for image in images:
        batch.append(image)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _in_batches(arrays: list[np.ndarray], run: Callable[[np.ndarray], Outputs]) -> list[Outputs]:
    """Outputs for each array, in their order; those of one size are run at once."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, array in enumerate(arrays):
        groups.setdefault(array.shape, []).append(index)
    found: dict[int, Outputs] = {}
    for members in groups.values():
        rows = zip(*run(np.stack([arrays[index] for index in members])), strict=True)
        found.update(zip(members, rows, strict=True))
    return [found[index] for index in range(len(arrays))]
