"""A structured edge detector of one tree: an edge is where the normalised gradient is above a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

#: Patches of 32 pixels, at half the resolution 16 x 16 cells; channel 3 is the gradient's magnitude, (8, 8) the middle.
_MIDDLE_GRADIENT = 3 * 16 * 16 + 8 * 16 + 8
OPTIONS = {
    'stride': 2,
    'shrinkNumber': 2,
    'patchSize': 32,
    'patchInnerSize': 16,
    'numberOfGradientOrientations': 4,
    'gradientSmoothingRadius': 0,
    'regFeatureSmoothingRadius': 2,
    'ssFeatureSmoothingRadius': 8,
    'gradientNormalizationRadius': 4,
    'selfsimilarityGridSize': 5,
    'numberOfTrees': 1,
    'numberOfTreesToEvaluate': 1,
}


def write_edge_model(path: Path, **options: int) -> str:
    """Write the model; ``options`` replace those of :data:`OPTIONS`."""
    file = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    file.startWriteStruct('options', cv2.FileNode_MAP)
    for name, value in {**OPTIONS, **options}.items():
        file.write(name, value)
    file.endWriteStruct()
    # Node 0 asks, node 1 says nothing, node 2 marks the middle of the patch, so often that it counts for an edge.
    marked = [row * 16 + column for row in (7, 8) for column in (7, 8)] * 16
    _write(file, 'childs', [2, 0, 0])
    _write(file, 'featureIds', [_MIDDLE_GRADIENT, 0, 0])
    _write(file, 'thresholds', [0.5, 0.0, 0.0])
    _write(file, 'edgeBoundaries', [0, 0, 0, len(marked)])
    _write(file, 'edgeBins', marked)
    file.release()
    return str(path)


def _write(file: cv2.FileStorage, name: str, values: Sequence[float]) -> None:
    file.startWriteStruct(name, cv2.FileNode_SEQ)
    file.startWriteStruct('', cv2.FileNode_SEQ + cv2.FileNode_FLOW)
    for value in values:
        file.write('', value)
    file.endWriteStruct()
    file.endWriteStruct()
