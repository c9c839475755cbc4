"""What it costs to open a proposal store of the size of COCO 2014 and to read from it.

Run: python benchmarks/proposal_store.py [--images 82783] [--boxes 2000]

The files of boxes and scores are sparse (all zero, no space on disk), so what is timed is the store and not the disk:
index, mapping, copying. Images are read at random, twice; the second time their pages are in memory. Opening and memory
are measured in a fresh process. For comparison the boxes of one image are read from an ``.npz`` file of their own, as
many tools keep them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mlkd.fileio import write_json
from mlkd.proposals import ProposalStore, layout
from mlkd.structures import ProposalSet

READS = 2000


def build(folder: Path, images: int, boxes: int) -> Path:
    """A store of ``images`` x ``boxes`` zero boxes at ``folder``, sparse on disk."""
    folder.mkdir()
    counts = np.full(images, boxes, np.int64)
    keys = np.array([f'train2014/COCO_train2014_{index * 7:012d}.jpg'.encode() for index in range(images)])
    np.save(layout.array_path(folder, 'keys'), keys)
    np.save(layout.array_path(folder, 'offsets'), np.concatenate([[0], np.cumsum(counts)]))
    np.save(layout.array_path(folder, 'sizes'), np.full((images, 2), (480, 640), np.int32))
    total = images * boxes
    for name, shape in (('boxes', (total, 4)), ('scores', (total,))):
        with layout.array_path(folder, name).open('wb') as file:
            np.lib.format.write_array_header_1_0(file, {'descr': '<f4', 'fortran_order': False, 'shape': shape})
            file.truncate(file.tell() + 4 * int(np.prod(shape)))
    sizes = {name: layout.array_path(folder, name).stat().st_size for name in layout.ARRAYS}
    files = {name: {'bytes': size, 'sha256': '0' * 64} for name, size in sizes.items()}
    write_json(folder / layout.HEADER, layout.header_of('sparse', {'type': 'none'}, counts, files))
    return folder


def resident_mib() -> float:
    """Resident memory of this process, mapped files included."""
    status = Path('/proc/self/status').read_text()
    return int(status.split('VmRSS:')[1].split()[0]) / 1024


def measure_open(path: str) -> None:
    """Print seconds and MiB of opening, and MiB after one look-up and after the counts of all images."""
    before, start = resident_mib(), time.perf_counter()
    store = ProposalStore.open(path)
    seconds, opened = time.perf_counter() - start, resident_mib() - before
    store[store.keys()[len(store) // 2]]
    store.counts(store.keys())
    print(seconds, opened, resident_mib() - before)


def per_call(function: Callable[[int], object], calls: int) -> float:
    """Seconds per call."""
    start = time.perf_counter()
    for index in range(calls):
        function(index)
    return (time.perf_counter() - start) / calls


def reader_of_files(folder: Path, one: ProposalSet) -> Callable[[int], list[np.ndarray]]:
    """Writes boxes to files of their own in ``folder``; reads one."""
    files = [folder / f'{index}.npz' for index in range(200)]
    for file in files:
        np.savez(file, bboxes=one.bboxes, scores=one.scores)

    def read(index: int) -> list[np.ndarray]:
        with np.load(files[index % len(files)], allow_pickle=False) as archive:
            return [archive['bboxes'], archive['scores']]

    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=82783)
    parser.add_argument('--boxes', type=int, default=2000)
    parser.add_argument('--open', metavar='PATH', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.open:
        measure_open(args.open)
        return
    with tempfile.TemporaryDirectory() as name:
        path = build(Path(name) / 'sparse.mlkd', args.images, args.boxes)
        print(f'{args.images} images x {args.boxes} boxes')
        printed = subprocess.check_output([sys.executable, __file__, '--open', str(path)], text=True)
        seconds, opened, counted = map(float, printed.split()[-3:])
        print(f'open                              {seconds * 1e3:8.2f} ms   {seconds:.4f} of the 1 s allowed')
        print(f'memory, opened                    {opened:8.2f} MiB  {opened / 100:.4f} of the 100 MiB allowed')
        print(f'memory, all keys and counts asked {counted:8.2f} MiB  {counted / 100:.4f} of the 100 MiB allowed')
        store = ProposalStore.open(path)
        keys = np.random.default_rng(0).choice(store.keys(), READS).tolist()
        first, again = (per_call(lambda index: store[keys[index]], READS) for _ in range(2))
        find = per_call(lambda index: keys[index] in store, READS)
        counts = per_call(lambda index: store.counts(keys), 3)
        one_file = per_call(reader_of_files(Path(name), store[keys[0]]), READS)
        print(f'look up a key                     {find * 1e6:8.1f} us')
        print(f'read an image, first time         {first * 1e6:8.1f} us   {first / one_file:.3f} of an .npz each')
        print(f'read an image, again              {again * 1e6:8.1f} us   {again / one_file:.3f} of an .npz each')
        print(f'read an image, .npz of its own    {one_file * 1e6:8.1f} us')
        print(
            f'counts of {READS} images             {counts * 1e3:8.2f} ms   {counts / READS / again:.3f} of their reads'
        )


if __name__ == '__main__':
    main()
