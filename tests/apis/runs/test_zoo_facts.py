"""What is known of a network from its config and from what exports measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from network_toy import write_toy_run

from mlkd.apis.runs.summaries import StageResult, read_run
from mlkd.apis.runs.zoo_facts import Measured, NetworkFacts, network_facts, read_measured
from mlkd.errors import DataError
from mlkd.fileio import write_json


def stages(run: Path, images: int | None = 1240) -> dict[str, StageResult]:
    found = {result.stage: result for result in read_run(run)}
    for result in found.values():
        result.result['per_class'] = {'images': images} if images else None
    return found


def dataset(*steps: dict[str, Any], **more: Any) -> str:
    pipeline = [{'type': 'LoadImage'}, *steps, {'type': 'PackMultiLabel'}]
    return repr({'type': 'ColouredPatches', 'pipeline': pipeline, **more})


def test_counts_of_student_and_teacher(tmp_path: Path) -> None:
    run = write_toy_run(tmp_path / 'run', dataset({'type': 'TopProposals', 'n': 7}))
    found = stages(run)
    student = network_facts(found['student'])
    assert student.data == 'ColouredPatches, 1,240 images'
    assert student.view == '64 x 64'
    # MobileNet 0.25 has 0.21 million but for its last layer, here 256 x 3 + 3.
    assert student.parameters == '0.21'
    assert network_facts(found['teacher']).view == '64 x 64, 7 proposals'


def test_as_many_proposals_as_selective_search_makes(tmp_path: Path) -> None:
    run = write_toy_run(tmp_path / 'run', dataset())
    assert network_facts(stages(run)['teacher']).view == '64 x 64, 2000 proposals'


@pytest.mark.parametrize('images', [None, 0])
def test_images_that_were_not_counted(tmp_path: Path, images: int | None) -> None:
    run = write_toy_run(tmp_path / 'run', dataset())
    assert network_facts(stages(run, images)['student']).data == 'ColouredPatches, -'


def test_the_view_is_the_frame_where_the_network_takes_any(tmp_path: Path) -> None:
    """A photo of 375 x 500 is tried."""
    run = write_toy_run(tmp_path / 'run', dataset({'type': 'ResizeShortSide', 'sizes': 75}))
    path = run / 'toy.py'
    path.write_text(path.read_text().replace("type='ViewPreprocessor', size=64", "type='ViewPreprocessor'"))
    assert network_facts(stages(run)['student']).view == '75 x 100'


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ("type='MobileNetV1'", "type='NetOfAPlugIn'"),
        ("type='MultiLabelClassifier'", "type='ClassifierOfAPlugIn'"),
        ('width=0.25', 'breadth=0.25'),
        ("'type': 'PackMultiLabel'", "'type': 'PackOfAPlugIn'"),
        ('stages = [', 'stages = [ ('),
        ('stages =', "custom_imports = dict(imports=['no_such_plug_in'])\nstages ="),
        ('test_dataloader', 'other_dataloader'),
    ],
)
def test_a_config_that_cannot_be_built_here(tmp_path: Path, old: str, new: str) -> None:
    run = write_toy_run(tmp_path / 'run', dataset())
    path = run / 'toy.py'
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    facts = network_facts(stages(run)['student'])
    assert facts == NetworkFacts('1,240 images')


def test_data_of_a_plug_in_are_named(tmp_path: Path) -> None:
    run = write_toy_run(tmp_path / 'run', dataset(split='val').replace('ColouredPatches', 'a_plug_in.Data'))
    facts = network_facts(stages(run)['student'])
    assert (facts.data, facts.parameters) == ('Data val, 1,240 images', '0.21')


def test_no_config_at_all(tmp_path: Path) -> None:
    run = write_toy_run(tmp_path / 'run', dataset())
    (run / 'toy.py').unlink()
    assert network_facts(stages(run)['student']) == NetworkFacts('1,240 images')


def row(name: str = 'student, PyTorch', **changes: Any) -> dict[str, Any]:
    return {'name': name, 'network_sha256': 'abc', 'images_per_second': {'1': 2.5, '16': 9.0}, 'bytes': 1500, **changes}


def test_what_exports_measured(tmp_path: Path) -> None:
    rows = [
        row(),
        row('student, ONNX Runtime, INT8'),
        row('teacher, PyTorch, proposals given', network_sha256='def'),
        row('teacher, PyTorch, proposals made', network_sha256='def'),
    ]
    write_json(tmp_path / 'b.onnx.json', {'timing': rows})
    write_json(tmp_path / 'a.int8.onnx.json', {'timing': [row('student, ONNX Runtime', bytes=7)]})
    # Of other files, of one that was not timed, of networks without a name, and of batches alone.
    write_json(tmp_path / 'c.safetensors.json', {'timing': rows})
    write_json(tmp_path / 'd.onnx.json', {'timing': None})
    unnamed, in_batches = row(network_sha256=None), row(images_per_second={'16': 9.0})
    write_json(tmp_path / 'e.onnx.json', {'timing': [unnamed, in_batches]})
    assert read_measured(tmp_path) == [
        Measured('abc', 'ONNX Runtime', 2.5, 7),
        Measured('abc', 'PyTorch', 2.5, 1500),
        Measured('abc', 'ONNX Runtime, INT8', 2.5, 1500),
        Measured('def', 'PyTorch', 2.5, 1500),
        Measured('def', 'PyTorch, proposals made', 2.5, 1500),
    ]


def test_an_empty_folder_and_none(tmp_path: Path) -> None:
    assert read_measured(tmp_path) == []
    (tmp_path / 'file').touch()
    for path in (tmp_path / 'none', tmp_path / 'file'):
        with pytest.raises(DataError, match='no such folder') as caught:
            read_measured(path)
        assert caught.value.where == path


@pytest.mark.parametrize(
    'content',
    [
        b'{',
        b'\xff\xfe',
        b'[]',
        json.dumps({'timing': 5}).encode(),
        json.dumps({'timing': ['x']}).encode(),
        json.dumps({'timing': [{'name': 'x'}]}).encode(),
        json.dumps({'timing': [row(images_per_second=3)]}).encode(),
        json.dumps({'timing': [row(images_per_second={'1': 'fast'})]}).encode(),
    ],
)
def test_files_that_are_not_what_an_export_writes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'a.onnx.json').write_bytes(content)
    with pytest.raises(DataError, match='cannot be read') as caught:
        read_measured(tmp_path)
    assert caught.value.where == tmp_path / 'a.onnx.json'
    assert 'export again' in caught.value.fix


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / 'a.onnx.json').mkdir()
    with pytest.raises(DataError, match='cannot be read'):
        read_measured(tmp_path)
