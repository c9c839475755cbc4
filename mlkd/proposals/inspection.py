"""Everything that is wrong with a proposal store, not the first of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlkd.errors import ProposalError
from mlkd.proposals.checks import near_keys
from mlkd.proposals.store import ProposalStore

#: Examples of each problem.
SHOWN = 5
#: Boxes that are looked at together.
_BOXES = 1 << 19
#: Shortest side of the boxes that WSDDN keeps, in pixels.
_WSDDN_SIDE = 20
#: Height and width of the image of a key, None if it cannot be read.
Measure = Callable[[str], tuple[int, int] | None]


@dataclass(frozen=True)
class StoreFinding:
    """The outcome of one check.

    Attributes:
        check: What has to be so.
        images: Keys of the images where it is not.
        boxes: How many boxes that concerns; None where it is not about boxes.
        examples: A few places in words.
        note: What there is to say beside.
    """

    check: str
    images: Sequence[str] = ()
    boxes: int | None = None
    examples: Sequence[str] = ()
    note: str = ''

    @property
    def wrong(self) -> int:
        """How many places are wrong."""
        return self.boxes or len(self.images) or len(self.examples)


def check_files(path: str | Path) -> tuple[ProposalStore | None, list[StoreFinding]]:
    """Whether a store is whole, and as it was written.

    Args:
        path: Of the store.

    Returns:
        The store, if it can be opened at all, and what was found.
    """
    try:
        store = ProposalStore.open(path)
    except ProposalError as error:
        return None, [StoreFinding('files are whole', examples=[_line(error)])]
    try:
        store.verify()
    except ProposalError as error:
        return store, [StoreFinding('files are as they were written', examples=[_line(error)])]
    return store, [StoreFinding('files are as they were written', note='checksums compared')]


def check_keys(store: ProposalStore, images: Sequence[str] | None = None) -> list[StoreFinding]:
    """Whether a store has an entry for each image, and an image for each entry.

    Args:
        store: The store.
        images: Keys of the images that it is for, if they are known.
    """
    keys = store.keys()
    order = [key.encode('utf-8', 'surrogateescape') for key in keys]
    unsorted = [keys[i + 1] for i in range(len(keys) - 1) if order[i] >= order[i + 1]]
    # A search among keys that are out of order misses some of them.
    findings = [StoreFinding('keys are sorted, each once', unsorted, examples=unsorted[:SHOWN])]
    if images is None:
        return findings
    there, wanted = set(keys), set(images)
    missing = [key for key in dict.fromkeys(images) if key not in there]
    unknown = [key for key in keys if key not in wanted]
    for check, wrong, others in (
        ('every image has an entry', missing, unknown or keys),
        ('every entry has an image', unknown, missing or list(images)),
    ):
        hints = [near_keys(key, others) for key in wrong[:SHOWN]]
        shown = [f'{key} ({hint})' if hint else key for key, hint in zip(wrong, hints, strict=False)]
        findings.append(StoreFinding(check, wrong, examples=shown))
    return findings


def check_sizes(
    store: ProposalStore, measure: Measure, keys: Sequence[str], advance: Callable[[int], None] = lambda images: None
) -> StoreFinding:
    """Whether images are as large as the store says.

    Args:
        store: The store.
        measure: Gives the size of the image of a key.
        keys: Images that are in the store and on disk.
        advance: Called with a number of images that are done.
    """
    wrong = {}
    sizes = dict(zip(store.keys(), store.sizes().tolist(), strict=True))
    for key in keys:
        height, width = sizes[key]
        found = measure(key)
        if found is None:
            wrong[key] = f'{key}: the image cannot be read'
        elif found != (height, width):
            wrong[key] = f'{key}: {width} x {height} in the store, the image is {found[1]} x {found[0]}'
        advance(1)
    examples, note = list(wrong.values())[:SHOWN], f'{len(keys)} images compared'
    return StoreFinding('images are as large as stored', list(wrong), examples=examples, note=note)


def check_counts(store: ProposalStore, least: int) -> list[StoreFinding]:
    """Whether each image has boxes, and enough of them.

    Args:
        store: The store.
        least: How many are enough.
    """
    keys, counts = store.keys(), store.counts()
    none = [keys[i] for i in np.flatnonzero(counts == 0)]
    few = [(keys[i], int(counts[i])) for i in np.flatnonzero((counts > 0) & (counts < least))]
    fewest = int(counts.argmin())
    note = f'fewest: {counts[fewest]} ({keys[fewest]})'
    findings = [StoreFinding('every image has boxes', none, examples=none[:SHOWN], note=note)]
    if least > 1:
        examples = [f'{key}: {count}' for key, count in few[:SHOWN]]
        findings.append(StoreFinding(f'every image has {least} boxes', [key for key, _ in few], examples=examples))
    return findings


def check_boxes_of(
    store: ProposalStore, least_side: float, advance: Callable[[int], None] = lambda images: None
) -> list[StoreFinding]:
    """Whether boxes are finite, lie in their images, differ from each other and are large enough.

    Memory does not grow with the number of boxes.

    Args:
        store: The store.
        least_side: Boxes with a shorter side are tiny, in pixels of the stored size.
        advance: Called with a number of images that are done.
    """
    names = {
        'finite': 'boxes are finite',
        'scores': 'scores are finite',
        'area': 'boxes have an area',
        'inside': 'boxes lie in their images',
        'once': 'each box is there once',
        'tiny': f'boxes are {least_side:g} px wide and high',
    }
    keys = store.keys()
    counts = {name: np.zeros(len(store), np.int64) for name in names}
    examples: dict[str, list[str]] = {name: [] for name in names}
    swapped = small = 0
    for first, last, boxes, scores, owner, sizes in _chunks(store):
        wrong, sides = _wrong_rows(boxes, scores, owner, sizes, least_side)
        for name, rows in wrong.items():
            counts[name][first:last] = np.bincount(owner[rows], minlength=last - first)
            for row in np.flatnonzero(rows)[: SHOWN - len(examples[name])]:
                place = int(row - owner.searchsorted(owner[row]))
                what = f'score {scores[row]}' if name == 'scores' else ' '.join(f'{x:.1f}' for x in boxes[row])
                examples[name].append(f'{keys[first + owner[row]]}, row {place}: {what}')
        outside = boxes[wrong['inside']]
        swapped += int((outside[:, [3, 2]] <= sizes[wrong['inside']][:, ::-1]).all(1).sum())
        small += int((sides < _WSDDN_SIDE).sum())
        advance(last - first)
    total = max(1, sum(store.counts().tolist()))
    notes = {'tiny': f'{100 * small / total:.1f} % below {_WSDDN_SIDE} px, which WSDDN leaves out'}
    if swapped:
        notes['inside'] = f'{swapped} of them would fit with x and y swapped'
    return [
        StoreFinding(
            check=text,
            images=[keys[i] for i in np.flatnonzero(counts[name])],
            boxes=int(counts[name].sum()),
            examples=examples[name],
            note=notes.get(name, ''),
        )
        for name, text in names.items()
    ]


def _chunks(store: ProposalStore) -> Iterator[tuple[int, int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Images first to last - 1: boxes, scores, and of each box the number of its image there and that image's size."""
    sizes, counts = store.sizes(), store.counts()
    for first, last, boxes, scores in store.chunks(_BOXES):
        owner = np.repeat(np.arange(last - first), counts[first:last])
        yield first, last, boxes, scores, owner, sizes[first:last][owner]


def _wrong_rows(
    boxes: np.ndarray, scores: np.ndarray, owner: np.ndarray, sizes: np.ndarray, least_side: float
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Which boxes are wrong in which way, and the shorter side of each."""
    finite = np.isfinite(boxes).all(1)
    with np.errstate(invalid='ignore'):
        sides = (boxes[:, 2:] - boxes[:, :2]).min(1)
        outside = (boxes[:, :2] < 0).any(1) | (boxes[:, 2:] > sizes[:, ::-1]).any(1)
    wrong = {
        'finite': ~finite,
        'scores': ~np.isfinite(scores),
        'area': finite & (sides <= 0),
        'inside': finite & outside,
        'once': _repeated(boxes, owner),
        'tiny': finite & (sides > 0) & (sides < least_side),
    }
    return wrong, sides


def _repeated(boxes: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Which boxes are equal to an earlier one of their image."""
    # Adding zero makes one number of -0 and 0; bits make NaN equal to itself.
    bits = (boxes + np.float32(0)).view(np.uint32).astype(np.uint64)
    mixed = owner.astype(np.uint64)
    for column in range(4):
        mixed = (mixed ^ bits[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = mixed.argsort(kind='stable')
    same = (bits[order[1:]] == bits[order[:-1]]).all(1) & (owner[order[1:]] == owner[order[:-1]])
    repeated = np.zeros(len(boxes), bool)
    repeated[order[1:][same]] = True
    return repeated


def _line(error: ProposalError) -> str:
    parts = {'': error.where, 'found ': error.found, 'expected ': error.expected, 'what to do: ': error.fix}
    said = [f'{name}{value}' for name, value in parts.items() if value is not None]
    return '; '.join([error.what.rstrip('.'), *said])
