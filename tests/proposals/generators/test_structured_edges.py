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
