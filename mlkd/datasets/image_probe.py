"""Reading every image of a data set in processes of their own, to see that it can be read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from torch.utils.data import DataLoader, Dataset

from mlkd.datasets.transforms.load_image import LoadImage
from mlkd.errors import DataError
from mlkd.fileio import checksum


@dataclass(frozen=True)
class ImageFinding:
    """What reading one image has shown.

    Attributes:
        index: Position of its entry.
        problem: What is wrong; None if nothing is.
        checksum: SHA-256 of the file, or of the pixels of an image that is drawn; ``''`` if it cannot be read.
        look: What was asked for of its pixels.
    """

    index: int
    problem: str | None
    checksum: str
    look: Any = None


def probe_images(
    entries: Sequence[dict],
    processes: int,
    advance: Callable[[int], None] = lambda images: None,
    look: Callable[[np.ndarray], Any] | None = None,
) -> list[ImageFinding]:
    """Read and decode all images.

    Beside what :class:`~mlkd.datasets.transforms.LoadImage` refuses, this finds images of another size than their
    annotation says.

    Args:
        entries: Of a data set.
        processes: How many work at it, at least 1.
        advance: Called with the number of images that are done anew.
        look: Called with the pixels of each image, uint8 (H, W, 3) BGR; what it returns is kept.
    """
    loader = DataLoader(
        _Probe(entries, look),  # type: ignore[arg-type]
        batch_size=16,
        num_workers=max(1, processes),
        collate_fn=list,
        worker_init_fn=_set_up,
    )
    found: list[ImageFinding] = []
    for batch in loader:
        found.extend(batch)
        advance(len(batch))
    return found


class _Probe(Dataset):
    def __init__(self, entries: Sequence[dict], look: Callable[[np.ndarray], Any] | None) -> None:
        self.entries, self.look = entries, look

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> ImageFinding:
        entry = self.entries[index]
        try:
            img = LoadImage().transform(dict(entry))['img']
        except DataError as error:
            return ImageFinding(index, f'{error.what} ({error.found})', '')
        content = checksum(entry['img_path']) if 'render' not in entry else hashlib.sha256(img).hexdigest()
        height, width = img.shape[:2]
        told = (entry.get('height', height), entry.get('width', width))
        if told != (height, width):
            problem = f'The image is {width} x {height}, its annotation says {told[1]} x {told[0]}.'
            return ImageFinding(index, problem, content)
        return ImageFinding(index, None, content, self.look(img) if self.look else None)


def _set_up(worker: int) -> None:
    # Decoders' remarks would run into the progress bar; those that matter are in the findings.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    cv2.setNumThreads(0)
