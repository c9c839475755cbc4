"""Images and boxes that formats are tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from toy_entries import random_entry

from mlkd.proposals import ProposalStore
from mlkd.proposals.convert import convert_proposals
from mlkd.proposals.formats import ProposalFormat, StoreFolder
from mlkd.proposals.formats.base import ImageEntry
from mlkd.proposals.image_catalogue import ImageCatalogue


@pytest.fixture
def entries() -> list[ImageEntry]:
    """Four images with 7, 1, 30 and 2 boxes."""
    return [random_entry(index, count) for index, count in enumerate((7, 1, 30, 2))]


@pytest.fixture
def catalogue(entries: list[ImageEntry]) -> ImageCatalogue:
    """Their images."""
    return ImageCatalogue([entry.record for entry in entries], 'toy')


@pytest.fixture
def to_store(tmp_path: Path, catalogue: ImageCatalogue) -> Callable[..., ProposalStore]:
    """``to_store(path, reader)`` converts a file into a store and opens it; options as of ``convert_proposals``."""

    def convert(path: Path, reader: ProposalFormat, **options: object) -> ProposalStore:
        out = tmp_path / f'{path.name}.mlkd'
        convert_proposals(path, reader, out, StoreFolder(), options.pop('images', catalogue), **options)
        return ProposalStore.open(out)

    return convert
