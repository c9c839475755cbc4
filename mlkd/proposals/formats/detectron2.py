"""detectron2's proposal pickle."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlkd.errors import ProposalError
from mlkd.plain_pickle import dump_plain, load_plain, to_array, to_list
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry, checked_boxes, checked_scores
from mlkd.proposals.formats.names import annotation_id, check_distinct
from mlkd.proposals.image_catalogue import ImageRecord
from mlkd.registry import PROPOSAL_FORMATS

#: Number of detectron2's ``BoxMode`` -> how boxes are written.
_MODES: dict[int, Literal['xyxy', 'xywh']] = {0: 'xyxy', 1: 'xywh'}
PICKLES = ('.pkl', '.pickle')


@PROPOSAL_FORMATS.register_module(name='detectron2')
class Detectron2Pickle(BoxOptions):
    """A dict of lists: ``ids``, ``boxes``, ``objectness_logits``, and ``bbox_mode`` (0 ``XYXY_ABS``, 1 ``XYWH_ABS``).

    As ``load_proposals_into_dataset`` reads it: zero-based, the second corner just past the box, ``xyxy`` where there
    is no ``bbox_mode``; lists may have the names of Detectron, as in
    :class:`~mlkd.proposals.formats.wetectron.WetectronPickle`. Files that some converters of Selective Search made have
    the last pixel inclusive: ``--end inclusive``. ``ids`` are written as those of the annotation, without one as the
    names of files. Widths and heights that float32 cannot say exactly are written as float64.
    """

    SUFFIXES = PICKLES
    IDS, SCORES = 'ids', 'objectness_logits'
    WITH_MODE = True

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A pickle with ``objectness_logits`` or ``bbox_mode``."""
        return path.suffix in PICKLES and contains(path, b'objectness_logits', b'bbox_mode')

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the lists."""
        content = load_plain(path, ProposalError)
        ids, boxes, scores = self._lists(content, path)
        if 'bbox_mode' in content and 'box_mode' not in self.chosen:
            mode = content['bbox_mode']
            if not isinstance(mode, int) or mode not in _MODES:
                raise ProposalError(
                    'Boxes are in a mode that cannot be read.',
                    where=f'{path}, bbox_mode',
                    found=mode if isinstance(mode, (int, str)) else type(mode),
                    expected='0 (XYXY_ABS) or 1 (XYWH_ABS)',
                )
            self.convention = replace(self.convention, box_mode=_MODES[mode])
        for index, image in enumerate(ids):
            if not isinstance(image, (int, str)):
                raise ProposalError('The id of an image is no number and no name.', where=path, found=type(image))
            where = f'{path}, {image}'
            table = checked_boxes(to_array(boxes[index]), where)
            yield FileEntry(image, table, checked_scores(to_array(scores[index]), len(table), where), where)

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write the lists, in the order of the images."""
        ordered = sorted(entries, key=attrgetter('position'))
        records = [entry.record for entry in ordered]
        ids = [self.name(record) for record in records]
        check_distinct(ids, records, 'The format')
        content: dict[str, Any] = {
            'boxes': [self.convention.from_pixels(entry.bboxes) for entry in ordered],
            self.SCORES: [np.array(entry.scores) for entry in ordered],
            self.IDS: ids,
        }
        if self.WITH_MODE:
            content['bbox_mode'] = next(mode for mode, name in _MODES.items() if name == self.convention.box_mode)
        dump_plain(path, content)

    def name(self, record: ImageRecord) -> int | str:
        """What the file calls an image."""
        return annotation_id(record)

    def _lists(self, content: Any, path: Path) -> list[list]:
        names = (('ids', 'indexes'), ('boxes',), ('objectness_logits', 'scores'))
        there = f'a dict of {", ".join(map(str, list(content)[:5]))}' if isinstance(content, dict) else type(content)
        found = []
        for choices in names:
            name = next((name for name in choices if isinstance(content, dict) and name in content), None)
            items = None if name is None else to_list(content[name])
            if items is None:
                raise ProposalError(
                    'A pickle is not of this format.',
                    where=path,
                    found=there,
                    expected=f'a dict with lists {self.IDS}, boxes, {self.SCORES}',
                    fix='name its format: --from mmdet, for example',
                )
            found.append(items)
        if len({len(items) for items in found}) > 1:
            raise ProposalError(
                'Lists of a pickle are not of one length.',
                where=path,
                found=', '.join(f'{choices[0]} {len(items)}' for choices, items in zip(names, found, strict=True)),
            )
        return found


def contains(path: Path, *words: bytes) -> bool:
    """Whether any of ``words`` stands in a file."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open('rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(word) >= 0 for word in words)
