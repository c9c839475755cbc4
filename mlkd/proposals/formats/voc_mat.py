"""MATLAB files with the proposals of a whole split: Selective Search for VOC, EdgeBoxes of WSDDN."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry, checked_boxes, checked_scores
from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.formats.mat_file import cell, cell_items, load_mat, numbers, save_mat, text_of, variables
from mlkd.proposals.formats.names import short_names
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='selective_search_mat')
class SelectiveSearchMat(BoxOptions):
    """Selective Search for VOC: ``boxes`` (1, N) and ``images`` (N, 1), cells.

    Boxes are y1, x1, y2, x2, one-based, the last pixel inclusive (van de Sande's files, as Fast R-CNN reads them).
    There are no scores: 1 for all when read, and they are lost when written. Without ``images`` the order of the images
    says which is which. Boxes are written as doubles and come back exactly.
    """

    CONVENTION = Convention(axes='yx', origin=1, end='inclusive')
    SUFFIXES = ('.mat',)
    #: Variable with the scores.
    SCORES: str | None = None

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A .mat file without scores."""
        return path.suffix in cls.SUFFIXES and path.is_file() and EdgeBoxesMat.SCORES not in variables(path)

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the cells."""
        required = ['boxes'] if self.SCORES is None else ['boxes', self.SCORES]
        found = load_mat(path, required, ['images'])
        boxes = cell_items(found['boxes'], 'boxes', path)
        names = None if 'images' not in found else _names(found['images'], path)
        scores = None if self.SCORES is None else cell_items(found[self.SCORES], self.SCORES, path)
        for variable, items in (('images', names), (self.SCORES, scores)):
            if items is not None and len(items) != len(boxes):
                raise ProposalError(
                    'Variables of a MATLAB file are not of one length.',
                    where=path,
                    found=f'boxes {len(boxes)}, {variable} {len(items)}',
                )
        for index, item in enumerate(boxes):
            name = None if names is None else names[index]
            where = f'{path}, boxes{{{index + 1}}}' + ('' if name is None else f' ({name})')
            table = checked_boxes(numbers(item), where)
            kept = None if scores is None else checked_scores(numbers(scores[index]), len(table), where)
            yield FileEntry(name, table, kept, where, position=index if name is None else None)

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write the cells, in the order of the images."""
        ordered = sorted(entries, key=attrgetter('position'))
        names = short_names([entry.record for entry in ordered])
        content = {
            'boxes': cell([self.convention.from_pixels(entry.bboxes).astype(np.float64) for entry in ordered]),
            'images': cell(names, column=self.SCORES is None),
        }
        if self.SCORES is not None:
            content[self.SCORES] = cell([entry.scores[:, None].astype(np.float64) for entry in ordered])
        save_mat(path, content)


@PROPOSAL_FORMATS.register_module(name='edge_boxes_mat')
class EdgeBoxesMat(SelectiveSearchMat):
    """EdgeBoxes as published with WSDDN (``EdgeBoxesVOC2007trainval.mat``): as above, and ``boxScores`` (1, N).

    ``setup_voc07_eb.m`` of that release warns that boxes are y1, x1, y2, x2, and demands that none passes height and
    width; they count from 1, as all of MATLAB. ``images`` is a row.
    """

    SCORES = 'boxScores'

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A .mat file with ``boxScores``."""
        return path.suffix in cls.SUFFIXES and path.is_file() and cls.SCORES in variables(path)


def _names(value: np.ndarray, path: Path) -> list[str | int]:
    if value.dtype.kind in 'USiuf':
        return [text_of(row) for row in value.ravel()]
    return [text_of(item) for item in cell_items(value, 'images', path)]
