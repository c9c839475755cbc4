from __future__ import annotations

import hashlib
import json
import os
import resource
import stat
from pathlib import Path

import pytest

from mlkd.fileio import atomic_write, checksum, printable, write_json


def test_nothing_has_the_name_until_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / 'deep' / 'a.txt'
    with atomic_write(path) as file:
        file.write('ä\n')
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == 'ä\n'.encode()
    assert os.listdir(path.parent) == ['a.txt']


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt, SystemExit])
def test_what_was_there_stays_whatever_goes_wrong(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / 'a.bin'
    path.write_bytes(b'before')

    def write() -> None:
        with atomic_write(path, 'wb') as file:
            file.write(b'half')
            raise error

    with pytest.raises(error):
        write()
    assert path.read_bytes() == b'before'
    assert os.listdir(tmp_path) == ['a.bin']


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writing, and then closing, raises without a name."""

    def write() -> None:
        with atomic_write(tmp_path / 'a.txt') as file:
            for _ in range(100000):
                file.write('0123456789')

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match='File too large') as caught:
            write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.filename == str(tmp_path / 'a.txt')
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(('mask', 'mode'), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_others_may_read_what_the_umask_lets_them(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        with atomic_write(tmp_path / 'a'):
            pass
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == mode


def test_json_is_readable_by_people(tmp_path: Path) -> None:
    write_json(tmp_path / 'a.json', {'möwe': [1]})
    text = (tmp_path / 'a.json').read_text(encoding='utf-8')
    assert text == '{\n  "möwe": [\n    1\n  ]\n}\n'
    with pytest.raises(TypeError):
        write_json(tmp_path / 'a.json', {'x': object()})
    assert json.loads((tmp_path / 'a.json').read_text(encoding='utf-8')) == {'möwe': [1]}


@pytest.mark.parametrize('size', [0, 3, (1 << 20) + 1])
def test_checksum_is_sha_256(tmp_path: Path, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / 'a').write_bytes(content[:size])
    assert checksum(tmp_path / 'a') == hashlib.sha256(content[:size]).hexdigest()


def test_names_that_are_no_utf8_can_be_printed() -> None:
    assert printable(os.fsdecode(b'caf\xe9/\xc3\xa4.jpg')) == 'caf\\xe9/ä.jpg'
    assert printable(Path('a/b.jpg')) == 'a/b.jpg'
