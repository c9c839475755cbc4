"""Reading a model of OpenCV's structured edge detector."""

from __future__ import annotations

import gzip
import re
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mlkd.errors import ConfigError

#: Of the file's ``options``: those that OpenCV divides by or takes as sizes.
_SIZES = (
    'stride',
    'shrinkNumber',
    'patchSize',
    'patchInnerSize',
    'numberOfGradientOrientations',
    'selfsimilarityGridSize',
    'numberOfTrees',
    'numberOfTreesToEvaluate',
)
_PER_TREE = ('childs', 'featureIds', 'thresholds')
_GZIP = b'\x1f\x8b'


def read_structured_edges(path: str | Path) -> Any:
    """The detector of Dollar and Zitnick (ICCV 2013) that a file holds.

    OpenCV does not look at what it reads, and some files crash it; so the parts of the file are looked at here before.

    Args:
        path: ``model.yml.gz`` or ``model.yml``.

    Returns:
        A ``cv2.ximgproc.StructuredEdgeDetection``.

    Raises:
        ConfigError: If the file is something else, or cut short.
    """
    try:
        file = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
        wrong = _problem(file) or _wrong_trees(_text(Path(path)), _options(file))
        if not wrong:
            detector = cv2.ximgproc.createStructuredEdgeDetection(str(path))
            detector.detectEdges(np.zeros((64, 64, 3), np.float32))
            return detector
    except (cv2.error, SystemError, OSError, EOFError, zlib.error, ValueError) as error:
        wrong = ' '.join(str(error.__cause__ or error).split())[:200]
    raise ConfigError(
        'This is no model of a structured edge detector, or it is cut short.',
        where=path,
        found=wrong,
        expected="model.yml.gz of OpenCV's ximgproc (opencv_extra, testdata/cv/ximgproc)",
        fix='get the file again, or leave it out: edges are then taken from the gradient of the image',
    )


def _problem(file: cv2.FileStorage) -> str:
    """What is missing of a model; ``''`` if nothing."""
    if not file.isOpened():
        return 'a file that cv2.FileStorage cannot read'
    options = file.getNode('options')
    for name in _SIZES:
        node = options.getNode(name) if not options.empty() else options
        if node.empty() or not node.isInt() or node.real() < 1:
            return f'no number above 0 for options.{name}'
    trees = int(options.getNode('numberOfTrees').real())
    for name in _PER_TREE:
        node = file.getNode(name)
        if node.empty() or not node.isSeq() or node.size() != trees:
            return f'{node.size() if not node.empty() else 0} of {trees} trees in {name}'
    for name in ('edgeBoundaries', 'edgeBins'):
        if file.getNode(name).empty():
            return f'no {name}'
    return ''


def _options(file: cv2.FileStorage) -> dict[str, int]:
    options = file.getNode('options')
    return {name: int(options.getNode(name).real()) for name in _SIZES}


def _text(path: Path) -> str:
    """The content of a model's file; OpenCV does not look at the checksum of a packed one, Python does."""
    content = path.read_bytes()
    return (gzip.decompress(content) if content.startswith(_GZIP) else content).decode('latin1')


def _wrong_trees(text: str, options: Mapping[str, int]) -> str:
    """What is wrong with the numbers of a model, which OpenCV takes for positions in memory; ``''`` if nothing is.

    Node i of a tree asks whether feature ``featureIds[i]`` is below ``thresholds[i]`` and goes on with node
    ``childs[i] - 1`` if so and ``childs[i]`` if not; where that is 0 it marks the cells ``edgeBins`` from
    ``edgeBoundaries[i]`` on.
    """
    parts = re.split(r'^(\w+):', text, flags=re.MULTILINE)
    found = {name: _rows(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    childs, features, thresholds = (found.get(name, []) for name in _PER_TREE)
    nodes = len(childs[0]) if childs else 0
    if not nodes or any(len(row) != nodes for row in (*childs, *features, *thresholds)):
        return f'trees of {sorted({len(row) for row in (*childs, *features, *thresholds)})} nodes'
    # A node's children come after it, so that each way through a tree ends.
    for row in childs:
        asking = np.flatnonzero(row)
        if (row >= nodes).any() or (row[asking] - 1 <= asking).any():
            return 'childs that are no nodes'
    side, grid = options['patchSize'] // options['shrinkNumber'], options['selfsimilarityGridSize']
    if grid >= side:
        return f'options.selfsimilarityGridSize {grid} in patches of {side} cells'
    cells = grid**2
    channels = 3 + 2 * (1 + options['numberOfGradientOrientations'])
    number = channels * (side**2 + cells * (cells - 1) // 2)
    if any((row < 0).any() or (row >= number).any() for row in features):
        return f'featureIds out of 0 to {number - 1}'
    borders, bins = (np.concatenate([*found.get(name, []), []]) for name in ('edgeBoundaries', 'edgeBins'))
    if (len(borders) - 1) % (nodes * len(childs)) or len(borders) < 2:
        return f'{len(borders)} edgeBoundaries of {nodes * len(childs)} nodes'
    if borders[0] < 0 or (np.diff(borders) < 0).any() or borders[-1] > len(bins):
        return f'edgeBoundaries that are not within {len(bins)} edgeBins'
    number = channels * options['patchInnerSize'] ** 2
    return f'edgeBins out of 0 to {number - 1}' if (bins < 0).any() or (bins >= number).any() else ''


def _rows(text: str) -> list[np.ndarray]:
    """The lists of numbers in a part of a file."""
    with warnings.catch_warnings():
        # NumPy only warns of what is no number.
        warnings.simplefilter('error')
        try:
            return [np.fromstring(row, sep=',') for row in re.findall(r'\[([^\]]*)\]', text) if row.strip()]
        except DeprecationWarning:
            raise ValueError('a list that holds something else than numbers') from None
