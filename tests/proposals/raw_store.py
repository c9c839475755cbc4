"""A store as others may have written it: nothing in it is checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlkd.fileio import checksum, write_json
from mlkd.proposals import ProposalStore, layout

#: Boxes, scores (all 1 if None) and (height, width) of an image.
Raw = tuple[list, list | None, tuple[int, int]]


def write_raw(path: Path, images: dict[str, Raw], dataset: str = 'toy', sort: bool = True) -> ProposalStore:
    """Write a store with these images, in the order of their keys or as they are."""
    keys = sorted(images, key=layout.encode_key) if sort else list(images)
    boxes = [np.array(images[key][0], np.float32).reshape(-1, 4) for key in keys]
    scores = [np.ones(len(b)) if images[k][1] is None else images[k][1] for k, b in zip(keys, boxes, strict=True)]
    counts = np.array([len(of_image) for of_image in boxes], np.int64)
    arrays = {
        'keys': np.array([layout.encode_key(key) for key in keys], dtype='S'),
        'offsets': np.concatenate([[0], counts.cumsum()]).astype('<i8'),
        'sizes': np.array([images[key][2] for key in keys], '<i4'),
        'boxes': np.concatenate(boxes).astype('<f4'),
        'scores': np.concatenate(scores).astype('<f4'),
    }
    path.mkdir(parents=True)
    files = {}
    for name, array in arrays.items():
        np.save(layout.array_path(path, name), array)
        file = layout.array_path(path, name)
        files[name] = {'bytes': file.stat().st_size, 'sha256': checksum(file)}
    write_json(path / layout.HEADER, layout.header_of(dataset, {'type': 'ByHand'}, counts, files))
    return ProposalStore.open(path)
