"""Images that are made up, with the scores of two networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlkd.apis.runs.scored_images import Photos, ScoredImages
from mlkd.errors import DataError

CLASSES = ('cat', 'dog', 'emu')
LABELS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, -1], [0, 0, 1]], np.int8)
BEFORE = np.array([[0.2, 0.9, 0.1], [0.6, 0.6, 0.1], [0.7, 0.1, 0.1], [0.1, 0.9, 0.9], [0.1, 0.1, 0.3]])
AFTER = np.array([[0.9, 0.1, 0.1], [0.6, 0.2, 0.1], [0.8, 0.1, 0.1], [0.1, 0.3, 0.9], [0.1, 0.1, 0.3]])


class DrawnSet:
    """A data set of plain images; number 4 cannot be read."""

    metainfo = {'classes': CLASSES}

    def __len__(self) -> int:
        return len(LABELS)

    def get_data_info(self, index: int) -> dict:
        def render() -> np.ndarray:
            if index == 4:
                raise DataError('There is no such image.', where='4.png')
            return np.full((30, 40, 3), 50 * index, np.uint8)

        return {'img_path': f'{index}.png', 'img_key': f'a/{index}.png', 'gt_label': LABELS[index], 'render': render}


def scored(photos: bool = True, thresholds: tuple[float, ...] = (0.5, 0.5, 0.5)) -> ScoredImages:
    return ScoredImages(
        CLASSES,
        LABELS,
        {'after': AFTER, 'before': BEFORE},
        np.array(thresholds),
        'all 5 images of the test set',
        Photos(DrawnSet(), np.arange(5)) if photos else None,
    )


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}
