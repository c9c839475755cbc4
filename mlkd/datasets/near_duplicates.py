"""Photos that show the same: copies in another size, format or quality, mirrored or turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

#: Bits of a hash of the 64 in which copies may differ; other photos differ in about half of them.
MAX_BITS = 16
#: Correlation of what thumbnails of copies have beyond coarse light and dark, which seas and fields share.
MIN_CORRELATION = 0.8
#: Pixels of a thumbnail's side.
SIDE = 16
#: Side of the window whose mean is the coarse light and dark.
_WINDOW = 7
#: Standard deviation, in grey levels, of what is hardly more than noise in a thumbnail.
_NOISE = 2.0
#: Rows of the matrix of distances at a time.
_BLOCK = 512


@dataclass(frozen=True)
class Look:
    """What a photo looks like, in little.

    Attributes:
        hashes: uint8 (8, 8): the 64 bits of the perceptual hash of the photo in each of the eight positions that
            mirroring and quarter turns give, the first as it is.
        thumbnail: uint8 (16, 16), grey.
    """

    hashes: np.ndarray
    thumbnail: np.ndarray


def look_of(image: np.ndarray) -> Look:
    """Hashes and thumbnail of an image.

    The hash is OpenCV's ``PHash``: signs of the lowest frequencies of a cosine transform (Zauner, Implementation and
    Benchmarking of Perceptual Image Hash Functions, 2010, 3.2.1).

    Args:
        image: uint8 (H, W, 3), BGR.
    """
    small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
    hashes = np.concatenate([cv2.img_hash.pHash(np.ascontiguousarray(one)) for one in positions(small)])
    grey = cv2.cvtColor(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return Look(hashes, grey)


def positions(image: np.ndarray) -> list[np.ndarray]:
    """A square image as it is, turned by quarters, and all of these mirrored."""
    return [np.rot90(one, turns) for one in (image, image[:, ::-1]) for turns in range(4)]


def near_duplicates(looks: Sequence[Look]) -> np.ndarray:
    """The group of each photo: those that show the same, directly or by way of others, are in one.

    Two photos show the same where their hashes differ in :data:`MAX_BITS` bits at most in some position, and their
    thumbnails in that position correlate with :data:`MIN_CORRELATION` at least.

    Args:
        looks: Of N photos.

    Returns:
        int (N,), numbers of groups.
    """
    if not looks:
        return np.zeros(0, np.int64)
    # As signs: their product says how many bits are equal, less how many are not.
    signs = np.stack([np.unpackbits(look.hashes, axis=1) for look in looks]).astype(np.float32) * 2 - 1
    vectors = np.stack([[_vector(one) for one in positions(look.thumbnail)] for look in looks])
    means = np.array([look.thumbnail.mean() for look in looks])
    bits = signs.shape[2]
    pairs: list[np.ndarray] = []
    for start in range(0, len(looks), _BLOCK):
        block = slice(start, start + _BLOCK)
        for position in range(signs.shape[1]):
            near = signs[block, position] @ signs[:, 0].T >= bits - 2 * MAX_BITS
            one, other = np.nonzero(near)
            turned, upright = vectors[block][one, position], vectors[other, 0]
            same = np.einsum('nd,nd->n', turned, upright) >= MIN_CORRELATION
            # Of empty ones nothing is left that could correlate.
            same |= (turned == upright).all(1) & (means[block][one] == means[other])
            pairs.append(np.stack([one[same] + start, other[same]]))
    rows, columns = np.concatenate(pairs, axis=1)
    graph = coo_matrix((np.ones(len(rows), bool), (rows, columns)), shape=(len(looks),) * 2)
    return connected_components(graph, directed=False)[1]


def _vector(thumbnail: np.ndarray) -> np.ndarray:
    """A thumbnail's details as a vector whose products are correlations; shorter where they are little but noise."""
    grey = thumbnail.astype(np.float32)
    details = np.asarray(grey - cv2.blur(grey, (_WINDOW, _WINDOW))).ravel()
    details = details - details.mean()
    return details / np.hypot(np.linalg.norm(details), _NOISE * np.sqrt(details.size))
