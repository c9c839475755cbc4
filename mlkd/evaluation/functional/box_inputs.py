"""What all measures of boxes are given: the detections and the objects of many images, in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlkd.errors import MLKDError


@dataclass(frozen=True)
class Boxes:
    """Boxes of many images, image by image.

    Attributes:
        bboxes: float64 (n, 4), xyxy pixels of the image as it was stored.
        labels: int64 (n,), classes.
        images: int64 (n,), numbers of the images.
    """

    bboxes: NDArray[np.float64]
    labels: NDArray[np.int64]
    images: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def groups(self, num_classes: int) -> NDArray[np.int64]:
        """One number for each pair of image and class, int64 (n,)."""
        return self.images * num_classes + self.labels


@dataclass(frozen=True)
class Detections(Boxes):
    """What a detector found.

    Attributes:
        scores: float64 (n,), higher is more certain.
    """

    scores: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        bboxes: Sequence[ArrayLike],
        labels: Sequence[ArrayLike],
        scores: Sequence[ArrayLike],
        names: Sequence[object] | None = None,
    ) -> Detections:
        """From one array (n, 4), (n,) and (n,) for each image.

        Args:
            bboxes: Of each image.
            labels: Of each image.
            scores: Of each image.
            names: Of the images, for the error messages; their numbers where None.

        Raises:
            MLKDError: If they do not fit each other or hold a number that is not finite.
        """
        boxes, values = _flat(bboxes, labels, scores, 'scores', names)
        return cls(boxes.bboxes, boxes.labels, boxes.images, values.astype(np.float64))

    def ranked(self) -> NDArray[np.intp]:
        """Order by class and falling score; equal scores of a class keep their order (MATLAB's ``sort``)."""
        return np.lexsort((-self.scores, self.labels))


@dataclass(frozen=True)
class Objects(Boxes):
    """What the annotation says is there, the objects of an image in the annotation's order.

    Attributes:
        difficult: bool (n,); those that a detector need not find.
    """

    difficult: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        bboxes: Sequence[ArrayLike],
        labels: Sequence[ArrayLike],
        difficult: Sequence[ArrayLike],
        names: Sequence[object] | None = None,
    ) -> Objects:
        """From one array (n, 4), (n,) and (n,) for each image; see :meth:`Detections.of`."""
        boxes, values = _flat(bboxes, labels, difficult, 'difficult flags', names)
        return cls(boxes.bboxes, boxes.labels, boxes.images, values.astype(bool))


def check_labels(boxes: Boxes, num_classes: int, names: Sequence[object] | None = None) -> None:
    """Check that all boxes are of one of the classes.

    Args:
        boxes: Of many images.
        num_classes: K.
        names: Of the images, for the error message; their numbers where None.

    Raises:
        MLKDError: If not.
    """
    wrong = (boxes.labels < 0) | (boxes.labels >= num_classes)
    if wrong.any():
        raise MLKDError(
            'A box is of a class that does not exist.',
            where=_name(int(boxes.images[wrong][0]), names),
            found=int(boxes.labels[wrong][0]),
            expected=f'0 to {num_classes - 1}',
            fix='check that the number of classes of the network is that of the data set',
        )


def check_iou_threshold(iou_thr: float) -> None:
    """Check that a threshold of the overlap is one.

    Raises:
        MLKDError: If not.
    """
    if not 0 < iou_thr <= 1:
        raise MLKDError('A threshold of the overlap is out of its range.', found=iou_thr, expected='above 0, at most 1')


def _flat(
    bboxes: Sequence[ArrayLike],
    labels: Sequence[ArrayLike],
    values: Sequence[ArrayLike],
    kind: str,
    names: Sequence[object] | None,
) -> tuple[Boxes, np.ndarray]:
    """The arrays of all images in one, checked."""
    if not len(bboxes) == len(labels) == len(values):
        found = f'{len(bboxes)}, {len(labels)}, {len(values)}'
        raise MLKDError(f'Boxes, labels and {kind} are not of as many images.', found=found)
    boxes = [np.asarray(each, np.float64).reshape(-1, 4) if np.size(each) == 0 else np.asarray(each) for each in bboxes]
    flat = [[np.asarray(each).reshape(-1) for each in column] for column in (labels, values)]
    for number, (box, label, value) in enumerate(zip(boxes, *flat, strict=True)):
        if box.ndim != 2 or box.shape[1] != 4 or not len(box) == len(label) == len(value):
            raise MLKDError(
                f'Boxes, labels and {kind} of an image do not fit each other.',
                where=_name(number, names),
                found=f'boxes {box.shape}, labels {label.shape}, {kind} {value.shape}',
                expected='(n, 4), (n,) and (n,)',
            )
    images = np.repeat(np.arange(len(boxes)), [len(box) for box in boxes])
    flat_boxes = np.concatenate([np.zeros((0, 4)), *boxes]).astype(np.float64, copy=False)
    flat_labels, flat_values = (np.concatenate([np.zeros(0, dtype), *x]) for dtype, x in zip('qf', flat, strict=True))
    finite = np.isfinite(flat_boxes).all(axis=1) & np.isfinite(flat_values)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise MLKDError(
            f'{np.count_nonzero(~finite)} boxes or {kind} are not finite.',
            where=_name(int(images[row]), names),
            found=f'xyxy {flat_boxes[row].tolist()}, {kind} {flat_values[row]}',
            expected='finite numbers',
            fix='the network has diverged: lower its learning rate or check its weights',
        )
    return Boxes(flat_boxes, flat_labels.astype(np.int64), images), flat_values


def _name(number: int, names: Sequence[object] | None) -> object:
    return f'image number {number}' if names is None else names[number]
