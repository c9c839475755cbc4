"""Pictures inside of a page: their bytes as an address."""

from __future__ import annotations

from base64 import b64encode
from typing import Literal


def data_url(content: bytes, kind: Literal['png', 'jpeg']) -> str:
    """The bytes of a picture file as a ``data:`` address."""
    return f'data:image/{kind};base64,{b64encode(content).decode()}'
