from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from mmengine import fileio

from mlkd.engine.checkpoints.backend import NAME, AtomicBackend


@pytest.mark.parametrize('arguments', [{'backend_args': {'backend': NAME}}, {'backend_args': {'backend': 'local'}}, {}])
def test_mmengine_writes_through_it_whether_asked_to_or_not(tmp_path: Path, arguments: dict) -> None:
    path = tmp_path / 'new' / 'a.txt'
    assert isinstance(fileio.get_file_backend(str(path), **arguments), AtomicBackend)
    fileio.put(b'\xc3\xa4', str(path), **arguments)
    assert fileio.get_text(str(path)) == 'ä'
    fileio.put_text('ö', str(path), **arguments)
    assert path.read_bytes() == 'ö'.encode()


def test_a_full_disk_leaves_the_file_of_before_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'epoch_1.pth'
    path.write_bytes(b'whole')

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space'):
        AtomicBackend().put(b'half', path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [('epoch_1.pth', b'whole')]
