from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import pytest
import safetensors.torch
import torch
from published_toy import description, network

from mlkd.errors import CheckpointError
from mlkd.published import STUDENT_FILE, StudentDescription, read_description, read_student, write_student


@pytest.fixture
def student(tmp_path: Path) -> Path:
    return write_student(tmp_path / STUDENT_FILE, network().state_dict(), description())


def test_there_and_back(student: Path) -> None:
    tensors, read = read_student(student)
    own = network().state_dict()
    assert tensors.keys() == own.keys()
    assert all(torch.equal(tensors[name], own[name]) for name in own)
    assert read.to_json() == read_description(student).to_json() == description().to_json()


def test_the_library_reads_the_file_too(student: Path) -> None:
    assert safetensors.torch.load_file(student).keys() == network().state_dict().keys()


def test_the_same_network_makes_the_same_bytes(student: Path, tmp_path: Path) -> None:
    again = write_student(tmp_path / 'again', network().state_dict(), description())
    assert again.read_bytes() == student.read_bytes()


def test_tensors_that_share_memory_or_have_gaps(tmp_path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    tensors = {'a': whole, 'b': whole[:, 1], 'c': whole.t(), 'd': torch.tensor(3)}
    read, _ = read_student(write_student(tmp_path / 's.safetensors', tensors, description()))
    assert all(torch.equal(read[name], tensors[name]) for name in tensors)


class Payload:
    """Leaves a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


def test_broken_files(student: Path, tmp_path: Path) -> None:
    whole = student.read_bytes()
    length = struct.unpack('<Q', whole[:8])[0]
    header = json.loads(whole[8 : 8 + length])
    name = next(key for key in header if key != '__metadata__')
    beyond = json.dumps({**header, name: {**header[name], 'data_offsets': [0, 10**9]}}).encode()
    contents = {
        'empty': b'',
        'cut header': whole[:200],
        'cut tensors': whole[:-10],
        'longer': whole + b'0123456789',
        'text': b'this is no network',
        'huge header': struct.pack('<Q', 1 << 60) + whole[8:],
        'no json': whole[:8] + bytes(length) + whole[8 + length :],
        'beyond': struct.pack('<Q', len(beyond)) + beyond + whole[8 + length :],
    }
    for kind, content in contents.items():
        (tmp_path / 'broken.safetensors').write_bytes(content)
        with pytest.raises(CheckpointError, match='cannot be read') as caught:
            read_student(tmp_path / 'broken.safetensors')
        assert str(len(content)) in str(caught.value.found), kind
    for missing in (tmp_path / 'none', tmp_path):
        with pytest.raises(CheckpointError, match='no such'):
            read_student(missing)


def test_a_pickle_under_this_name_is_not_executed(tmp_path: Path) -> None:
    marker = tmp_path / 'executed'
    for name in ('pickle', 'torch'):
        path = tmp_path / f'{name}.safetensors'
        if name == 'pickle':
            path.write_bytes(pickle.dumps(Payload(marker)))
        else:
            torch.save({'x': Payload(marker)}, path)
        with pytest.raises(CheckpointError):
            read_student(path)
    assert not marker.exists()


def test_files_of_others_say_nothing_of_their_network(tmp_path: Path) -> None:
    safetensors.torch.save_file({'a': torch.ones(2)}, tmp_path / 'a.safetensors')
    with pytest.raises(CheckpointError, match='does not say') as caught:
        read_student(tmp_path / 'a.safetensors')
    assert 'mlkd publish' in caught.value.fix


@pytest.mark.parametrize(
    ('text', 'where'),
    [
        ('{', ''),
        (json.dumps({'format': 99}), ': format'),
        (description().to_json().replace('"SmallConvNet"', '"os.system"'), ': model.backbone.type'),
    ],
)
def test_wrong_descriptions_name_file_and_key(tmp_path: Path, text: str, where: str) -> None:
    path = tmp_path / 'x.safetensors'
    safetensors.torch.save_file({'a': torch.ones(2)}, path, {'mlkd': text})
    for read in (read_student, read_description):
        with pytest.raises(CheckpointError) as caught:
            read(path)
        assert str(caught.value.where) == f'{path}{where}'


def test_an_interrupted_write_leaves_what_was_there(student: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = student.read_bytes()

    def fail(self: StudentDescription) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(StudentDescription, 'to_json', fail)
    with pytest.raises(KeyboardInterrupt):
        write_student(student, network().state_dict(), description())
    assert student.read_bytes() == before
    assert [path.name for path in student.parent.iterdir()] == [STUDENT_FILE]
