"""Converting proposal files into each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.console import progress_bar
from mlkd.errors import ProposalError, near_file
from mlkd.fileio import checksum
from mlkd.proposals.box_survey import BoxSurvey
from mlkd.proposals.formats.base import FileEntry, ImageEntry, ProposalFormat
from mlkd.proposals.formats.store_format import StoreFolder
from mlkd.proposals.image_catalogue import ImageCatalogue, size_of
from mlkd.proposals.store import ProposalStore
from mlkd.registry import PROPOSAL_FORMATS


@dataclass
class Conversion:
    """What was done.

    Attributes:
        images: Images written.
        boxes: Boxes written.
        without_boxes: Images among them that have none.
        clipped: Boxes cut to their image.
        dropped: Boxes left out, as nothing of them was in their image.
        left_out: Boxes left out, as the file has no room for them.
        unsorted: Images whose boxes do not stand in the order of their scores.
        unknown: Entries of the file left out, as they belong to none of the images.
        missing: Images left out, as the file has no entry for them.
    """

    images: int = 0
    boxes: int = 0
    without_boxes: int = 0
    clipped: int = 0
    dropped: int = 0
    left_out: int = 0
    unsorted: int = 0
    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def convert_proposals(
    source: str | Path,
    reader: ProposalFormat,
    out: str | Path,
    writer: ProposalFormat,
    images: ImageCatalogue | None = None,
    clip: bool = False,
    partial: bool = False,
    sort: bool = False,
    resume: bool = True,
    progress: bool = True,
) -> Conversion:
    """Read a proposal file and write another.

    What is written is there when all is done, and not at all where anything is wrong. Into a store a conversion that
    was killed goes on where it was.

    Args:
        source: File or folder to read.
        reader: Its format.
        out: File or folder to write.
        writer: The format of that.
        images: The images that the file speaks of, in the order of their data set; those in the file, if None and it is
            a store or a Parquet file.
        clip: Cut boxes to their image and drop those without area.
        partial: Take the images that both have, and leave out the others.
        sort: Put the boxes of each image in the order of their scores, best first; of equal ones the order stays.
        resume: Go on with what an earlier run left of the same conversion.
        progress: Draw a bar with the time left, if there is a terminal.

    Raises:
        ProposalError: If ``out`` is there, the file is damaged, boxes do not fit their images, or the file is of other
            images.
    """
    source, out = Path(source), Path(out)
    if not source.exists():
        raise ProposalError('There is no such proposal file.', where=source, fix=near_file(source))
    if out.exists():
        raise ProposalError('What shall be written is there already.', where=out, fix='remove it or name another')
    images = images or reader.catalogue(source)
    if images is None:
        raise ProposalError(
            'A file of this format does not hold the names and sizes of its images.',
            where=source,
            fix='give the images: --images FOLDER, LIST or CONFIG',
        )
    if isinstance(writer, StoreFolder):
        writer.dataset, writer.resume = images.name, resume
        writer.generator = _generator(source, reader, clip, sort)
    work = _Work(source, reader, images, BoxSurvey(reader, clip), partial, sort)
    name = f'{source.name} to {out.name}'
    with progress_bar(progress) as bar:
        writer.write(out, bar.track(work.entries(), len(images), description=name))
    work.done.boxes, work.done.left_out = work.done.boxes - writer.left_out, writer.left_out
    return work.done


class _Work:
    """Goes through a file once; what is wrong with the whole is known, and raised, when it ends."""

    def __init__(
        self, source: Path, reader: ProposalFormat, images: ImageCatalogue, survey: BoxSurvey, partial: bool, sort: bool
    ) -> None:
        self.source, self.reader, self.images, self.survey = source, reader, images, survey
        self.partial, self.sort, self.done = partial, sort, Conversion()
        self._seen: dict[int, str] = {}
        self._entries = self._ordered = 0

    def entries(self) -> Iterator[ImageEntry]:
        """The file's images, found among those of the catalogue."""
        for entry in self.reader.read(self.source):
            self._entries += 1
            position = self._position(entry)
            if position is None:
                continue
            if position in self._seen:
                raise ProposalError(
                    'An image has two entries in a proposal file.',
                    where=entry.where,
                    found=f'{self.images[position].key}, as {self._seen[position]}',
                )
            self._seen[position] = entry.where
            size = entry.size or size_of(self.images[position])
            boxes, scores = self.survey.take(entry, size)
            if self.survey.usable:
                yield self._entry(position, boxes, scores, size)
        self._check_images()
        self.survey.check(self.source)
        if not self.reader.NAMES_ALL:
            for position in range(len(self.images)):
                if position not in self._seen:
                    nothing = np.zeros((0, 4), np.float32)
                    yield self._entry(position, nothing, nothing[:, 0], size_of(self.images[position]))
        self.done.clipped, self.done.dropped = self.survey.clipped, self.survey.dropped

    def _entry(self, position: int, boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> ImageEntry:
        if (np.diff(scores) > 0).any():
            if self.sort:
                order = np.argsort(-scores, kind='stable')
                boxes, scores = boxes[order], scores[order]
            else:
                self.done.unsorted += 1
        self.done.images, self.done.boxes = self.done.images + 1, self.done.boxes + len(boxes)
        self.done.without_boxes += not len(boxes)
        return ImageEntry(self.images[position], position, boxes, scores, size)

    def _position(self, entry: FileEntry) -> int | None:
        """Which image is meant; None, and noted, if there is none."""
        if entry.image is None:
            self._ordered += 1
            return entry.position if entry.position is not None and entry.position < len(self.images) else None
        found = self.images.find(entry.image)
        if len(found) > 1:
            keys = [self.images[position].key for position in found]
            raise ProposalError(
                'A proposal file names an image by what several are called.',
                where=entry.where,
                found=f'{entry.image!r}: {", ".join(keys[:5])}' + (', ...' if len(keys) > 5 else ''),
                fix='give only the images of the file, or a file that names them by their paths',
            )
        if not found:
            self.done.unknown.append(str(entry.image))
        return found[0] if found else None

    def _check_images(self) -> None:
        """Raise unless file and images are the same ones."""
        if self._ordered and self._ordered != len(self.images):
            raise ProposalError(
                'A proposal file without names has not as many entries as there are images.',
                where=self.source,
                found=f'{self._ordered} entries, {len(self.images)} images ({self.images.name})',
                fix='give the images of the file, in its order',
            )
        missing = [record.key for position, record in enumerate(self.images) if position not in self._seen]
        self.done.missing = missing if self.reader.NAMES_ALL else []
        unknown, fix = self.done.unknown, 'give the images that the file was made for'
        fix += '; --partial takes those that both have' if self._seen else ''
        if unknown and (not self.partial or not self._seen):
            near = [self.images.near(image) for image in unknown[:5]]
            shown = [f'{image!r} ({hint})' if hint else repr(image) for image, hint in zip(unknown, near, strict=False)]
            raise ProposalError(
                f'{len(unknown)} of {self._entries} entries of a proposal file belong to none of the '
                f'{len(self.images)} images.',
                where=self.source,
                found=', '.join(shown) + (', ...' if len(unknown) > 5 else ''),
                expected=f'images like {self.images[0].key}',
                fix=fix,
            )
        if not self._seen or (self.done.missing and not self.partial):
            raise ProposalError(
                f'{len(missing)} of {len(self.images)} images have no entry in a proposal file.',
                where=self.source,
                found=', '.join(missing[:5]) + (', ...' if len(missing) > 5 else ''),
                fix=fix,
            )


def _generator(source: Path, reader: ProposalFormat, clip: bool, sort: bool) -> dict[str, Any]:
    """What the header of a store says of boxes that were converted."""
    if isinstance(reader, StoreFolder):
        return ProposalStore.open(source).header['generator']
    name = next(name for name, cls in PROPOSAL_FORMATS.module_dict.items() if cls is type(reader))
    if source.is_dir():
        lines = [f'{path.name} {path.stat().st_size}\n' for path in sorted(source.iterdir())]
        content = hashlib.sha256(''.join(lines).encode()).hexdigest()
    else:
        content = checksum(source)
    about = {'type': 'Converted', 'format': name, 'file': source.name, 'sha256': content, **reader.settings()}
    return {**about, 'clip': clip, 'sort': sort}
