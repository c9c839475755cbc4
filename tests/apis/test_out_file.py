from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from mlkd.apis.out_file import check_export, check_out, check_place
from mlkd.errors import ConfigError, DataError


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    assert check_out(str(path), False) == path
    path.touch()
    assert check_out(str(path), True) == path
    with pytest.raises(DataError, match='such a file already') as caught:
        check_out(str(path), False)
    assert '--overwrite' in caught.value.fix


def test_an_export_does_not_take_the_place_of_its_model(tmp_path: Path) -> None:
    model = tmp_path / 'run' / 'student.safetensors'
    model.parent.mkdir()
    model.write_bytes(b'weights')
    (tmp_path / 'link').symlink_to(model)
    for out in (model, model.parent / '..' / 'run' / model.name, tmp_path / 'link'):
        with pytest.raises(ConfigError, match='take the place of the student'):
            check_export(out, model)
    with pytest.raises(ConfigError, match='Nothing can be written there'):
        check_export(tmp_path, model)
    check_export(model.with_name('student.onnx'), model)


def test_a_place_that_nothing_can_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'file').touch()
    before = sorted(tmp_path.rglob('*'))
    for path, folder in (
        ('new.json', False),
        ('a/b/new.json', False),
        ('file', False),
        ('folder', True),
        ('a/b', True),
    ):
        check_place(tmp_path / path, folder)
    assert sorted(tmp_path.rglob('*')) == before
    long = 'x' * 300
    for path, folder, found in (
        ('folder', False, 'a folder'),
        ('new/', False, 'a folder'),
        ('file', True, 'a file'),
        ('file/new.json', False, f'{tmp_path / "file"}: Not a directory'),
        ('file/new', True, f'{tmp_path / "file"}: Not a directory'),
        (f'{long}/new.json', False, f'{tmp_path / long}/new.json: File name too long'),
        (f'folder/{long}', True, f'{tmp_path / "folder" / long}: File name too long'),
    ):
        with pytest.raises(ConfigError, match='Nothing can be written there') as caught:
            check_place(f'{tmp_path}/{path}', folder)
        assert caught.value.where == f'--out {tmp_path}/{path}'
        assert caught.value.found == found


def test_a_place_without_the_right_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(dir: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), dir)

    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(tempfile, 'TemporaryFile', refused)
    with pytest.raises(ConfigError, match='Nothing can be written there') as caught:
        check_place(tmp_path / 'a' / 'b.json')
    assert caught.value.found == f'{tmp_path}: Permission denied'
