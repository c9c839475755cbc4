"""Data loading against decoding and resizing the same files and nothing else, in turns in one run.

python benchmarks/data_loading.py [FOLDER_OF_JPEGS] [--workers 2] [--size 672] [--images 512] [--rounds 5]

Without a folder, photo-like JPEGs are generated.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from interleaved import interleaved
from mmengine.dataset import pseudo_collate
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset

from mlkd.datasets import MultiLabelDataset
from mlkd.datasets.collate import frame_collate

CLASSES = tuple(f'class {k}' for k in range(80))


class FolderOfPhotos(MultiLabelDataset):
    """The JPEGs of a folder, with labels that mean nothing."""

    METAINFO = {'classes': CLASSES}

    def load_data_list(self) -> list[dict]:
        """An entry per file."""
        label = np.arange(len(CLASSES)) % 20 == 0
        return [
            {'img_path': str(path), 'img_key': path.name, 'img_id': path.stem, 'gt_label': label.astype(np.int8)}
            for path in sorted(Path(self.data_root).rglob('*.jpg'))
        ]


class DecodeAndResize(Dataset):
    """What cannot be avoided: a file decoded and resized."""

    def __init__(self, paths: list[str], size: int) -> None:
        self.paths, self.size = paths, size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> int:
        return len(cv2.resize(cv2.imread(self.paths[index]), (self.size, self.size)))


def main() -> None:
    """Time both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', nargs='?')
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--size', type=int, default=672)
    parser.add_argument('--images', type=int, default=512)
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    cv2.setNumThreads(0)
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or make_photos(Path(made), args.images)
        pipeline = [
            {'type': 'LoadImage'},
            {'type': 'MirrorFlip', 'prob': 0.5},
            {'type': 'Warp', 'size': args.size},
            {'type': 'PackMultiLabel'},
        ]
        ours = FolderOfPhotos(data_root=str(folder), pipeline=pipeline, indices=args.images)
        paths = [ours.get_data_info(index)['img_path'] for index in range(len(ours))]
        loaders = {
            'decode and resize': loader(DecodeAndResize(paths, args.size), args.workers),
            'data set, pipeline, batches': loader(ours, args.workers, frame_collate),
        }
        ways = {name: partial(exhaust, batches) for name, batches in loaders.items()}
        # The first turn starts processes and fills the cache of the disk.
        seconds = interleaved(ways, args.rounds, warm_up=1)
    show(seconds, len(paths), args)


def loader(dataset: Dataset, workers: int, collate: Callable[[list], Any] = pseudo_collate) -> DataLoader:
    """A loader as training has it; processes stay, so that their start is not measured again."""
    return DataLoader(dataset, batch_size=32, num_workers=workers, collate_fn=collate, persistent_workers=workers > 0)


def exhaust(batches: Iterable) -> None:
    """One pass."""
    for _ in batches:
        pass


def make_photos(folder: Path, images: int) -> Path:
    """JPEGs of COCO's usual size, smooth with some grain, as photos are."""
    rng = np.random.default_rng(0)
    for index in range(images):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        smooth = cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
        grain = rng.normal(0, 6, smooth.shape)
        photo = np.clip(smooth + grain, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f'{index:05d}.jpg'), photo, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return folder


def show(seconds: dict[str, list[float]], images: int, args: argparse.Namespace) -> None:
    """Print images per second and the ratio of the medians."""
    pure, *_ = medians = [statistics.median(times) for times in seconds.values()]
    table = Table(title=f'{images} images to {args.size} px, {args.workers} workers, median of {args.rounds}')
    for column in ('', 'images/s', 'speed against the first'):
        table.add_column(column, justify='left' if not column else 'right')
    for name, median in zip(seconds, medians, strict=True):
        table.add_row(name, f'{images / median:.0f}', f'{pure / median:.3f}')
    Console().print(table)


if __name__ == '__main__':
    main()
