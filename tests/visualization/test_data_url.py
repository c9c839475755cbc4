from __future__ import annotations

from urllib.request import urlopen

import pytest

from mlkd.visualization import data_url


def test_the_address_of_three_bytes() -> None:
    # RFC 4648, section 9: 0x14fb9c03d97e is FPucA9l+.
    assert data_url(bytes.fromhex('14fb9c03d97e'), 'png') == 'data:image/png;base64,FPucA9l+'


@pytest.mark.parametrize('content', [b'', b'\x00', b'\xff\xd8\xff', bytes(range(256))])
def test_what_opens_it_gets_the_bytes(content: bytes) -> None:
    with urlopen(data_url(content, 'jpeg')) as answer:
        assert answer.read() == content
        assert answer.headers['Content-Type'] == 'image/jpeg'
