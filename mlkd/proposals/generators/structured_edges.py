"""Reading a model of OpenCV's structured edge detector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

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
        wrong = _problem(cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ))
        if not wrong:
            return cv2.ximgproc.createStructuredEdgeDetection(str(path))
    except (cv2.error, SystemError) as error:
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
