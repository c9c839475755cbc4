from __future__ import annotations

import pytest

from mlkd.apis.demo.sizes import parse_size, size_text
from mlkd.errors import ConfigError


@pytest.mark.parametrize(
    ('text', 'size'),
    [('20MB', 20_000_000), ('1.5 m', 1_500_000), (' 512 kB ', 512_000), ('7', 7), ('2G', 2_000_000_000), ('9b', 9)],
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text, 'B', '--max-upload') == size


@pytest.mark.parametrize('text', ['', '0', '-3MB', 'MB', '20 XB', '1e6', '20MP', '0.1', 'nan', '9' * 40])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ConfigError, match='no size') as caught:
        parse_size(text, 'B', '--max-upload')
    assert '--max-upload' in str(caught.value)


@pytest.mark.parametrize(('size', 'text'), [(20_000_000, '20 MB'), (1500, '1.5 kB'), (12, '12 B'), (3 * 10**9, '3 GB')])
def test_sizes_as_people_read_them(size: int, text: str) -> None:
    assert size_text(size, 'B') == text
