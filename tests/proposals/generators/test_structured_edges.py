"""Models of the structured edge detector: those that would crash OpenCV are refused."""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import ConfigError
from mlkd.proposals.generators.structured_edges import read_structured_edges

sys.path.insert(0, str(Path(__file__).parent))
from edge_model import OPTIONS, write_edge_model


@pytest.mark.parametrize('name', ['model.yml', 'model.yml.gz'])
def test_edges_are_where_the_gradient_is(tmp_path: Path, name: str) -> None:
    detector = read_structured_edges(write_edge_model(tmp_path / name))
    image = np.zeros((80, 100, 3), np.float32)
    image[:, 60:] = 1
    edges = detector.detectEdges(image)
    assert 57 <= edges[20:60].mean(0).argmax() <= 62
    assert edges[20:60, 20:45].max() < 0.1 * edges.max()


@pytest.mark.parametrize('option', ['stride', 'shrinkNumber', 'numberOfTrees', 'numberOfTreesToEvaluate'])
def test_option_that_opencv_would_divide_by(tmp_path: Path, option: str) -> None:
    path = tmp_path / 'model.yml'
    write_edge_model(path, **{option: 0})
    with pytest.raises(ConfigError, match='no model') as caught:
        read_structured_edges(path)
    assert option in caught.value.found
    path.write_text(re.sub(rf'^ *{option}:.*\n', '', path.read_text(), flags=re.MULTILINE))
    with pytest.raises(ConfigError, match=option):
        read_structured_edges(path)


def test_trees_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='1 of 8 trees in childs'):
        read_structured_edges(write_edge_model(tmp_path / 'model.yml', numberOfTrees=8))


def test_files_that_are_something_else(tmp_path: Path) -> None:
    whole = Path(write_edge_model(tmp_path / 'model.yml')).read_bytes()
    packed = gzip.compress(whole)
    files = {
        'cut.yml': whole[: len(whole) // 2],
        'cut.yml.gz': packed[: len(packed) // 2],
        'text.yml': b'hello',
        'empty.yml': b'',
        'options.yml': b'%YAML:1.0\n---\nx: 1\n',
        'noise.yml.gz': bytes(range(256)),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ConfigError, match='no model of a structured edge detector'):
            read_structured_edges(tmp_path / name)
    assert len(OPTIONS) == 12


@pytest.mark.parametrize(
    ('part', 'numbers', 'words'),
    [
        ('childs', '0, 0', r'trees of \[2, 3\] nodes'),
        ('childs', '1, 0, 0', 'childs that are no nodes'),  # round and round
        ('childs', '3, 0, 0', 'childs that are no nodes'),
        ('childs', '-5, 0, 0', 'childs that are no nodes'),
        ('featureIds', '7228, 0, 0', 'featureIds out of 0 to 7227'),
        ('featureIds', '-1, 0, 0', 'featureIds out of 0 to 7227'),
        ('thresholds', '0.5, 0.', r'trees of \[2, 3\] nodes'),
        ('thresholds', '0.5, x, 0.', 'something else than numbers'),
        ('edgeBoundaries', '0, 0, 0, 0, 64', '5 edgeBoundaries of 3 nodes'),
        ('edgeBoundaries', '0, 0, 0, 65', 'not within 64 edgeBins'),
        ('edgeBoundaries', '0, 5, 2, 64', 'not within 64 edgeBins'),
        ('edgeBins', ', '.join(['0'] * 63 + ['3328']), 'edgeBins out of 0 to 3327'),
        ('edgeBins', ', '.join(['0'] * 63 + ['-1']), 'edgeBins out of 0 to 3327'),
    ],
)
def test_numbers_that_would_end_the_process(tmp_path: Path, part: str, numbers: str, words: str) -> None:
    """OpenCV takes them for positions in memory."""
    path = Path(write_edge_model(tmp_path / 'model.yml'))
    text, count = re.subn(rf'(?s)({part}:\n   - \[).*?\]', rf'\1 {numbers} ]', path.read_text())
    assert count == 1
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_structured_edges(path)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        ({'selfsimilarityGridSize': 16}, 'selfsimilarityGridSize 16 in patches of 16 cells'),
        ({'numberOfGradientOrientations': 400}, 'OpenCV'),
        ({'patchInnerSize': 1600}, 'OpenCV'),
    ],
)
def test_options_that_do_not_fit(tmp_path: Path, options: dict[str, int], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_structured_edges(write_edge_model(tmp_path / 'model.yml', **options))


def test_a_packed_file_in_which_a_bit_has_changed(tmp_path: Path) -> None:
    path = Path(write_edge_model(tmp_path / 'model.yml.gz'))
    content = bytearray(path.read_bytes())
    content[-6] ^= 1  # of the checksum
    path.write_bytes(content)
    with pytest.raises(ConfigError, match='no model of a structured edge detector'):
        read_structured_edges(path)
