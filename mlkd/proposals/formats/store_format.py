"""The store as a format to convert from and to."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlkd.errors import MLKDError
from mlkd.proposals.formats.base import FileEntry, ImageEntry, ProposalFormat
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.proposals.layout import HEADER
from mlkd.proposals.store import ProposalStore
from mlkd.proposals.writer import ProposalWriter
from mlkd.registry import PROPOSAL_FORMATS


@PROPOSAL_FORMATS.register_module(name='store')
class StoreFolder(ProposalFormat):
    """A store of mlkd (:mod:`mlkd.proposals.layout`), written image by image; a conversion that was killed goes on.

    Attributes:
        dataset: Name of the data set, for the header of what is written.
        generator: What made the boxes, for the header.
        resume: Whether to go on with what an earlier run left.
    """

    SUFFIXES = ('.mlkd',)

    def __init__(self) -> None:
        super().__init__()
        self.dataset, self.resume = '', True
        self.generator: Mapping[str, Any] = {}

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """A folder with the header of a store, or with its ending."""
        return path.is_dir() and (path.suffix in cls.SUFFIXES or (path / HEADER).is_file())

    def catalogue(self, path: Path) -> ImageCatalogue | None:
        """The images in the store."""
        store = ProposalStore.open(path)
        sizes = [(height, width) for height, width in store.sizes().tolist()]
        records = [ImageRecord(key, size=size) for key, size in zip(store, sizes, strict=True)]
        return ImageCatalogue(records, store.header['dataset'])

    def read(self, path: Path) -> Iterator[FileEntry]:
        """Go through the store in the order of its keys."""
        store = ProposalStore.open(path)
        for key in store:
            found = store[key]
            yield FileEntry(key, found.bboxes, found.scores, f'{path}, {key}', found.size)

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None:
        """Add images to a store; wrong input leaves nothing behind, a kill or a full disk leaves what was added."""
        with ProposalWriter(path, self.dataset, self.generator, self.resume) as writer:
            keys = []
            for entry in _removing(writer.partial, entries):
                keys.append(entry.record.key)
                if entry.record.key not in writer:
                    writer.add(entry.record.key, entry.bboxes, entry.scores, entry.size)
            writer.finish(keys)


def _removing(folder: Path, entries: Iterable[ImageEntry]) -> Iterator[ImageEntry]:
    """The entries; if there is something wrong with what they come from, what was made of it goes."""
    try:
        yield from entries
    except MLKDError:
        shutil.rmtree(folder)
        raise
