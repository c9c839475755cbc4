from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from mlkd.proposals import layout

FILES = {name: {'bytes': 1, 'sha256': letter * 64} for name, letter in zip(layout.ARRAYS, 'abcde', strict=True)}


@pytest.mark.parametrize('name', [b'a/b.jpg', 'ü.jpg'.encode(), b'caf\xe9.jpg'])
def test_keys_of_any_bytes_survive(name: bytes) -> None:
    key = os.fsdecode(name)
    assert layout.encode_key(key) == name
    assert layout.decode_key(layout.encode_key(key)) == key


def test_names_of_files() -> None:
    assert layout.array_path(Path('x.mlkd'), 'boxes') == Path('x.mlkd/boxes.npy')
    assert layout.partial_path('y/x.mlkd') == Path('y/x.mlkd.partial')


def test_the_checksum_is_that_of_sha256sums_lines() -> None:
    text = ''.join(f'{letter * 64}  {name}.npy\n' for name, letter in zip(layout.ARRAYS, 'abcde', strict=True))
    assert layout.checksum_of(FILES) == hashlib.sha256(text.encode()).hexdigest()
    # The order of the dict says nothing.
    assert layout.checksum_of(dict(reversed(FILES.items()))) == layout.checksum_of(FILES)
    swapped = {**FILES, 'boxes': FILES['scores'], 'scores': FILES['boxes']}
    assert layout.checksum_of(swapped) != layout.checksum_of(FILES)


def test_the_header_counts() -> None:
    header = layout.header_of('toy', {'type': 'Grid'}, np.array([3, 0, 7]), FILES)
    assert (header['images'], header['boxes']) == (3, 10)
    assert header['boxes_per_image'] == {'min': 0, 'mean': pytest.approx(10 / 3), 'max': 7}
    assert (header['format'], header['version'], header['dataset']) == ('mlkd-proposals', 1, 'toy')
    assert 'shard' not in header
    assert layout.header_of('toy', {}, np.array([1]), FILES, {'index': 0, 'of': 2})['shard'] == {'index': 0, 'of': 2}
