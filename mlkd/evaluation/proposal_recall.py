"""Recall of a proposal store on the objects of a data set."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkd.errors import DataError, ProposalError
from mlkd.evaluation.functional.box_recall import AREAS, IOU_THRESHOLDS, box_overlaps, covering_ranks, size_members
from mlkd.proposals.store import ProposalStore

#: Images that a process is given at a time.
_CHUNK = 100
#: With fewer images than this, starting processes takes as long as they save.
_WORTH_PROCESSES = 10000


@dataclass(frozen=True)
class ImageObjects:
    """The objects of one image that count.

    Attributes:
        key: Of the image.
        size: (height, width) in pixels; None where the annotation does not say.
        boxes: float64 (G, 4), xyxy.
        classes: int (G,).
        areas: float64 (G,), square pixels.
    """

    key: str
    size: tuple[int, int] | None
    boxes: np.ndarray
    classes: np.ndarray
    areas: np.ndarray


@dataclass(frozen=True)
class Ranks:
    """Which box covers each object; see :func:`mlkd.evaluation.functional.covering_ranks`.

    Attributes:
        together: int32 (T, G), all objects of an image matched together.
        by_class: int32 (T, G), those of each class as if there were no others.
        by_size: int32 (3, T, G), those of each size of :data:`AREAS` likewise; meaningless elsewhere.
        classes: int (G,), of each object.
        areas: float64 (G,), of each object, square pixels.
    """

    together: np.ndarray
    by_class: np.ndarray
    by_size: np.ndarray
    classes: np.ndarray
    areas: np.ndarray


def counted_objects(entries: Iterable[dict[str, Any]]) -> tuple[list[ImageObjects], int]:
    """The objects of a data set that recall is measured on, and how many are left out.

    Left out are those marked to be ignored: difficult in VOC, crowds in COCO. The area of an object is that of its
    annotation where that has one (COCO: of the segment), else that of its box.

    Args:
        entries: Of a data set, see :class:`mlkd.datasets.MultiLabelDataset`.

    Raises:
        DataError: If no entry has an object that counts.
    """
    images, ignored = [], 0
    for entry in entries:
        counted = [item for item in entry.get('instances', ()) if not item['ignore_flag']]
        ignored += len(entry.get('instances', ())) - len(counted)
        boxes = np.array([item['bbox'] for item in counted], np.float64).reshape(-1, 4)
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        told = [item.get('area') for item in counted]
        images.append(
            ImageObjects(
                key=entry['img_key'],
                size=(entry['height'], entry['width']) if 'height' in entry and 'width' in entry else None,
                boxes=boxes,
                classes=np.array([item['bbox_label'] for item in counted], np.int64),
                areas=np.array([own if area is None else area for own, area in zip(areas, told, strict=True)], float),
            )
        )
    if not any(len(image.boxes) for image in images):
        raise DataError(
            'The annotation has no object that recall could be measured on.',
            found=f'{len(images)} images, {ignored} objects to be ignored',
            expected='a data set with boxes: VOC, COCO, Shapes',
        )
    return images, ignored


def rank_objects(
    store: ProposalStore,
    images: Sequence[ImageObjects],
    most: int,
    processes: int = 1,
    advance: Callable[[int], None] = lambda images: None,
) -> Ranks:
    """Match the proposals of a store with the objects of a data set.

    The boxes of an image compete in the order of their scores, equal ones in the order of the store. Boxes that are
    stored for another size of the image are scaled to that of the annotation. Memory grows with the number of objects,
    not with that of boxes.

    Args:
        store: Has an entry for each image.
        images: Of :func:`counted_objects`.
        most: At most so many boxes per image.
        processes: How many work at it; used where there are thousands of images.
        advance: Called with a number of images that are done.

    Raises:
        ProposalError: If an image has no entry, or a process dies.
    """
    store.check_dataset([image.key for image in images])
    chunks = [images[start : start + _CHUNK] for start in range(0, len(images), _CHUNK)]
    parts: list[Ranks] = []
    for chunk, part in zip(chunks, _parts(store, chunks, most, processes), strict=True):
        parts.append(part)
        advance(len(chunk))
    return _joined(parts)


def _parts(
    store: ProposalStore, chunks: Sequence[Sequence[ImageObjects]], most: int, processes: int
) -> Iterator[Ranks]:
    if processes <= 1 or sum(map(len, chunks)) < _WORTH_PROCESSES:
        yield from (_ranked(store, chunk, most) for chunk in chunks)
        return
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['__main__', __name__])
    executor = ProcessPoolExecutor(processes, mp_context=context)
    try:
        yield from executor.map(_ranked, [store] * len(chunks), chunks, [most] * len(chunks))
    except BrokenProcessPool as error:
        raise ProposalError(
            'A process that measured recall was ended from outside, or crashed.',
            found='out of memory?',
            fix='run again with fewer processes',
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _ranked(store: ProposalStore, images: Sequence[ImageObjects], most: int) -> Ranks:
    return _joined([_of_image(store, image, most) for image in images])


def _of_image(store: ProposalStore, image: ImageObjects, most: int) -> Ranks:
    if not len(image.boxes):
        return _nothing()
    proposals = store[image.key]
    boxes = proposals.bboxes[np.argsort(-proposals.scores, kind='stable')[:most]].astype(np.float64)
    if image.size is not None and image.size != proposals.size:
        boxes *= np.tile(np.divide(image.size, proposals.size)[::-1], 2)
    iou = box_overlaps(boxes, image.boxes)
    together = covering_ranks(iou)
    by_size = np.repeat(together[None], len(AREAS), axis=0)
    for rows, members in zip(by_size, size_members(image.areas).values(), strict=True):
        if not members.all():
            rows[:, members] = covering_ranks(iou[:, members])
    by_class = together if len(set(image.classes.tolist())) == 1 else covering_ranks(iou, image.classes)
    return Ranks(together, by_class, by_size, image.classes, image.areas)


def _joined(parts: Sequence[Ranks]) -> Ranks:
    parts = [_nothing(), *parts]
    return Ranks(*(np.concatenate([getattr(p, name) for p in parts], axis=-1) for name in Ranks.__dataclass_fields__))


def _nothing() -> Ranks:
    ranks = np.zeros((len(IOU_THRESHOLDS), 0), np.int32)
    return Ranks(ranks, ranks, np.zeros((len(AREAS), *ranks.shape), np.int32), np.zeros(0, np.int64), np.zeros(0))
