"""MMDetection's proposal pickle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ProposalError
from mlkd.plain_pickle import dump_plain, load_plain, plain_fields, to_array
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry, checked_boxes, checked_scores
from mlkd.proposals.formats.detectron2 import PICKLES, Detectron2Pickle
from mlkd.proposals.formats.names import check_distinct, last_two_parts
from mlkd.proposals.formats.wetectron import WetectronPickle
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='mmdet')
class MMDetPickle(BoxOptions):
    """A dict by ``FOLDER/FILE`` (MMDetection 3), or a list in the order of the annotation (before).

    What belongs to an image is an ``InstanceData`` or a dict with ``bboxes`` (R, 4) and perhaps ``scores`` (R,) (what
    ``DumpProposals`` writes and ``BaseDetDataset`` reads), an array (R, 5) or (R, 4), or a list of such arrays, one per
    class. Boxes are x1, y1, x2, y2, zero-based, the second corner just past the box; in MMDetection 1 the last pixel
    was inclusive: ``--end inclusive``.

    Args:
        layout: What to write: ``'dict'`` or ``'list'``.
        options: Of :class:`BoxOptions`.
    """

    SUFFIXES = PICKLES

    def __init__(self, layout: str = 'dict', **options: Any) -> None:
        super().__init__(**options)
        self.layout = layout

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A pickle that is not one of the others."""
        others = (Detectron2Pickle, WetectronPickle)
        return path.suffix in PICKLES and path.is_file() and not any(other.recognises(path) for other in others)

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the dict or the list."""
        content = load_plain(path, ProposalError)
        if not isinstance(content, (dict, list, tuple)):
            raise ProposalError(
                'A pickle is not of this format.',
                where=path,
                found=type(content),
                expected='a dict or a list of images',
            )
        named = isinstance(content, dict)
        for index, item in enumerate(content.items() if isinstance(content, dict) else content):
            image, value = item if named else (None, item)
            if named and not isinstance(image, (str, int)):
                raise ProposalError('The name of an image is no string.', where=path, found=type(image))
            where = f'{path}, ' + (str(image) if named else f'item {index}')
            boxes, scores = _of_image(plain_fields(value), where)
            yield FileEntry(image, boxes, scores, where, position=None if named else index)

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write a dict of dicts, or a list of arrays (R, 5)."""
        ordered = sorted(entries, key=attrgetter('position'))
        boxes = [self.convention.from_pixels(entry.bboxes) for entry in ordered]
        if self.layout == 'list':
            scores = [entry.scores[:, None] for entry in ordered]
            dump_plain(path, [np.concatenate(both, axis=1) for both in zip(boxes, scores, strict=True)])
            return
        names = [last_two_parts(entry.record) for entry in ordered]
        check_distinct(names, [entry.record for entry in ordered], 'MMDetection')
        fields = [{'bboxes': box, 'scores': np.array(entry.scores)} for box, entry in zip(boxes, ordered, strict=True)]
        dump_plain(path, dict(zip(names, fields, strict=True)))


def _of_image(value: Any, where: str) -> tuple[np.ndarray, np.ndarray | None]:
    if isinstance(value, dict):
        boxes = checked_boxes(to_array(value.get('bboxes')), where)
        return boxes, checked_scores(to_array(value['scores']), len(boxes), where) if 'scores' in value else None
    parts = [to_array(part) for part in value] if isinstance(value, (list, tuple)) else []
    tables = [part for part in parts if part is not None and part.ndim == 2]
    array = np.concatenate(tables) if tables and len(tables) == len(parts) else to_array(value)
    table = checked_boxes(array, where, columns=(5, 4))
    return table[:, :4], table[:, 4] if table.shape[1] == 5 else None
