from __future__ import annotations

from pathlib import Path

import pytest

from mlkd.apis.out_file import check_out
from mlkd.errors import DataError


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / 'a.json'
    assert check_out(str(path), False) == path
    path.touch()
    assert check_out(str(path), True) == path
    with pytest.raises(DataError, match='such a file already') as caught:
        check_out(str(path), False)
    assert '--overwrite' in caught.value.fix
