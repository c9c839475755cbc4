"""Folders of drawn photos with a file of labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

#: A label and how it is drawn: on (H, W, 3) uint8, at a corner x, y.
FORMS: dict[str, Callable[[np.ndarray, int, int], object]] = {
    'disc': lambda img, x, y: cv2.circle(img, (x + 10, y + 10), 10, (40, 40, 220), -1),
    'square': lambda img, x, y: cv2.rectangle(img, (x, y), (x + 20, y + 20), (40, 200, 40), -1),
    'bar': lambda img, x, y: cv2.rectangle(img, (x, y + 7), (x + 24, y + 13), (220, 60, 40), -1),
}


def drawn(labels: Iterable[str], seed: int) -> np.ndarray:
    """A photo of 96 x 80 that shows these labels on a ground of its own."""
    rng = np.random.default_rng(seed)
    ground = rng.integers(60, 200, (5, 6, 3), dtype=np.uint8)
    img = cv2.resize(ground, (96, 80), interpolation=cv2.INTER_CUBIC)
    for label in labels:
        FORMS[label](img, int(rng.integers(0, 66)), int(rng.integers(0, 56)))
    return img


def write_photo(path: Path, image: np.ndarray) -> None:
    """Write an image, whatever letters its path has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix.lower(), image)[1].tobytes())


def make_photos(folder: Path, names: Iterable[str]) -> Path:
    """Photos of these names, each another."""
    for seed, name in enumerate(names):
        write_photo(folder / name, drawn([], seed))
    return folder


def make_labelled(root: Path, count: int, seed: int = 0) -> tuple[Path, Path]:
    """Folder and CSV of ``count`` photos of one to three forms."""
    rng = np.random.default_rng(seed)
    rows = ['file;labels']
    for number in range(count):
        labels = [name for name in FORMS if rng.random() < 0.5] or ['disc']
        write_photo(root / 'photos' / f'{number:03d}.png', drawn(labels, number))
        rows.append(f'{number:03d};{", ".join(labels)}')
    (root / 'labels.csv').write_text('\n'.join(rows))
    return root / 'photos', root / 'labels.csv'
