from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.out_file import check_out, check_writable
from mlkd.errors import ConfigError, DataError


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    assert check_out(str(path), False) == path
    path.touch()
    assert check_out(str(path), True) == path
    with pytest.raises(DataError, match='such a file already') as caught:
        check_out(str(path), False)
    assert '--overwrite' in caught.value.fix


def test_places_that_cannot_be_written_to(tmp_path: Path) -> None:
    model = tmp_path / 'run' / 'student.safetensors'
    model.parent.mkdir()
    model.write_bytes(b'weights')
    (tmp_path / 'link').symlink_to(model)
    for out in (model, model.parent / '..' / 'run' / model.name, tmp_path / 'link'):
        with pytest.raises(ConfigError, match='take the place of the student'):
            check_writable(out, model)
    for out, why in (
        (tmp_path, 'directory'),
        (model / 'x.onnx', 'Not a directory|File exists'),
        (tmp_path / 'no' / ('x' * 300), 'File name too long'),
        (tmp_path / ('x' * 300) / 'y.onnx', 'File name too long'),
    ):
        with pytest.raises(ConfigError, match='Nothing can be written there') as caught:
            check_writable(out, model)
        assert caught.value.where == '--out'
        assert str(out) in caught.value.found
        assert any(word in caught.value.found for word in why.split('|'))
    before = sorted(tmp_path.rglob('*'))
    check_writable(model.with_name('student.onnx'), model)
    assert sorted(tmp_path.rglob('*')) == before
