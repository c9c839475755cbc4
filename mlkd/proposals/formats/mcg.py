"""Folders of MCG: a MATLAB file for each image."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry, checked_boxes, checked_scores
from mlkd.proposals.formats.convention import Convention
from mlkd.proposals.formats.mat_file import load_mat, numbers, save_mat
from mlkd.proposals.formats.names import check_distinct
from mlkd.proposals.image_catalogue import ImageRecord
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='mcg')
class MCGFolder(BoxOptions):
    """``COCO_train2014_000000000009.mat``, ...: ``boxes`` (R, 4) and ``scores`` (R, 1).

    Boxes are y1, x1, y2, x2, one-based, the last pixel inclusive, as on the site of MCG; in some copies the variables
    are called ``bboxes`` and ``bboxes_scores``. Files are read one by one. Boxes and scores are written as doubles and
    come back exactly.
    """

    CONVENTION = Convention(axes='yx', origin=1, end='inclusive')

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A folder with .mat files."""
        return path.is_dir() and any(path.glob('*.mat'))

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the files in the order of their names."""
        files = sorted(path.glob('*.mat')) if path.is_dir() else []
        if not files:
            raise ProposalError('There is no folder of .mat files.', where=path, expected='one per image')
        for file in files:
            found = load_mat(file, [], ['boxes', 'scores', 'bboxes', 'bboxes_scores'])
            prefix = 'bboxes' if 'boxes' not in found and 'bboxes' in found else 'boxes'
            names = (prefix, 'scores' if prefix == 'boxes' else 'bboxes_scores')
            missing = [name for name in names if name not in found]
            if missing:
                found_names = ', '.join(found) or 'neither boxes nor scores'
                raise ProposalError(
                    'A MATLAB file lacks a variable, or is cut short.',
                    where=file,
                    found=found_names,
                    expected=missing[0],
                )
            boxes, scores = (numbers(found[name]) for name in names)
            table = checked_boxes(boxes, str(file))
            yield FileEntry(file.stem, table, checked_scores(scores, len(table), str(file)), str(file))

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Write the files into a folder that gets its name when all are there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f'.{path.name}.', suffix='.tmp', dir=path.parent))
        seen: dict[str, ImageRecord] = {}
        try:
            for entry in entries:
                stem = entry.record.stem
                if stem in seen:
                    check_distinct([stem, stem], [seen[stem], entry.record], 'A folder of MCG')
                seen[stem] = entry.record
                boxes = self.convention.from_pixels(entry.bboxes).astype(np.float64)
                save_mat(folder / f'{stem}.mat', {'boxes': boxes, 'scores': entry.scores[:, None].astype(np.float64)})
            folder.chmod(0o755)
            os.rename(folder, path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
