from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlkd.apis.out_file import check_out, check_place
from mlkd.errors import ConfigError, DataError


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    assert check_out(str(path), False) == path
    path.touch()
    assert check_out(str(path), True) == path
    with pytest.raises(DataError, match='such a file already') as caught:
        check_out(str(path), False)
    assert '--overwrite' in caught.value.fix


def test_a_place_that_nothing_can_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'file').touch()
    for path, folder in (
        ('new.json', False),
        ('a/b/new.json', False),
        ('file', False),
        ('folder', True),
        ('a/b', True),
    ):
        check_place(tmp_path / path, folder)
    for path, folder, found in (
        ('folder', False, 'a folder'),
        ('new/', False, 'a folder'),
        ('file', True, 'a file'),
        ('file/new.json', False, f'{tmp_path / "file"} is a file'),
        ('file/new', True, f'{tmp_path / "file"} is a file'),
    ):
        with pytest.raises(ConfigError, match='no writing') as caught:
            check_place(f'{tmp_path}/{path}', folder)
        assert caught.value.where == f'--out {tmp_path}/{path}'
        assert caught.value.found == found


def test_a_place_without_the_right_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    with pytest.raises(ConfigError, match='no writing') as caught:
        check_place(tmp_path / 'a' / 'b.json')
    assert caught.value.found == f'no right to write into {tmp_path}'
