"""Examining a data set and its proposals before a long run: everything that is wrong, not the first of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import exists
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.entries import box_errors, label_errors
from mlkd.datasets.image_probe import ImageFinding, probe_images
from mlkd.errors import MLKDError, ProposalError
from mlkd.proposals.checks import check_boxes
from mlkd.proposals.store import ProposalStore


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: What was looked at.
        problems: What is wrong, one text for each place.
        note: What there is to say where nothing is wrong.
    """

    check: str
    problems: Sequence[str] = ()
    note: str = ''


@dataclass
class Examination:
    """All checks of one data set.

    Attributes:
        name: Of the data set.
        keys: Keys of its images.
        findings: Outcomes.
        checksums: Key of an image by the checksum of its content; empty if images were not read.
        looks: What was asked for of the pixels of each image that could be read, by key.
        error: What is wrong with the annotation, in full: of all, or of the first image that is not described.
    """

    name: str
    keys: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    checksums: dict[str, str] = field(default_factory=dict)
    looks: dict[str, Any] = field(default_factory=dict)
    error: MLKDError | None = None


def examine(
    dataset: MultiLabelDataset,
    *,
    fast: bool = False,
    processes: int = 1,
    advance: Callable[[int], None] = lambda images: None,
    start: Callable[[int], None] = lambda images: None,
    look: Callable[[np.ndarray], Any] | None = None,
) -> Examination:
    """Check annotation and images.

    Args:
        dataset: Built with ``lazy_init=True``.
        fast: Look whether the files are there, do not read them.
        processes: How many read images.
        advance: Called with a number of images that are done.
        start: Called with the number of images there are, before the first is read.
        look: Called with the pixels of each image; what it returns is kept.
    """
    found = Examination(str(dataset.metainfo.get('dataset_name') or type(dataset).__name__))
    try:
        classes = dataset.classes
        entries, errors = dataset.entries_and_errors()
    except MLKDError as error:
        found.findings.append(Finding('annotation', [error.what]))
        found.error = error
        return found
    found.keys = [entry['img_key'] for entry in entries]
    found.error = errors[0] if errors else None
    wrong = [_line(error) for error in errors] or ([] if entries else ['There is no image.'])
    found.findings.append(Finding('annotation', wrong, f'{len(classes)} classes'))
    labels = [_line(error) for error in label_errors(entries, classes)]
    found.findings.append(Finding('labels', labels, '' if labels else _label_note(entries)))
    found.findings.append(Finding('boxes', [_line(error) for error in box_errors(entries, len(classes))]))
    twice = [key for key, count in Counter(found.keys).items() if count > 1]
    found.findings.append(Finding('listed once', [f'{key} is listed more than once' for key in twice]))
    files = [entry for entry in entries if 'render' not in entry]
    missing = {entry['img_path'] for entry in files if not exists(entry['img_path'])}
    found.findings.append(Finding('files there', sorted(missing)))
    if not fast:
        whole = [entry for entry in entries if entry['img_path'] not in missing or 'render' in entry]
        start(len(whole))
        _read(found, whole, processes, advance, look)
    return found


def _read(
    found: Examination,
    entries: list[dict],
    processes: int,
    advance: Callable[[int], None],
    look: Callable[[np.ndarray], Any] | None,
) -> None:
    images: list[ImageFinding] = probe_images(entries, processes, advance, look) if entries else []
    broken = [f'{entries[one.index]["img_path"]}: {one.problem}' for one in images if one.problem]
    found.findings.append(Finding('images', broken, 'all decoded'))
    found.checksums = {one.checksum: entries[one.index]['img_key'] for one in images if one.checksum}
    found.looks = {entries[one.index]['img_key']: one.look for one in images if one.look is not None}


def examine_proposals(
    path: str | Path, dataset: str, keys: Sequence[str], allow_empty: bool, fast: bool = False
) -> Finding:
    """Check the proposals of a data set.

    Args:
        path: Of the store; ``'auto'`` where a run makes it.
        dataset: Name of the data set.
        keys: Of its images.
        allow_empty: Whether images may have none.
        fast: Compare index and header only.
    """
    name = f'proposals {Path(path).name}'
    if str(path) == 'auto':
        return Finding('proposals', note='made when the run starts')
    try:
        store = ProposalStore.open(path)
        store.check_dataset(dataset)
        if not fast:
            store.verify()
    except ProposalError as error:
        return Finding(name, [_line(error)])
    there = [key for key in keys if key in store]
    problems = [f'{key}: no entry in the store' for key in sorted(set(keys) - set(there))]
    if not allow_empty and there:
        problems += [f'{there[index]}: no proposals' for index in np.flatnonzero(store.counts(there) == 0)]
    if not fast:
        problems += _box_problems(store, there)
    boxes = int(store.counts(there).sum()) if there else 0
    return Finding(name, problems, f'{boxes / max(1, len(there)):.1f} boxes per image')


def overlap(train: Examination, test: Examination) -> Finding:
    """Images that are in both: under the same key of the same data set, or with the same content."""
    same = {key: key for key in set(train.keys) & set(test.keys)} if train.name == test.name else {}
    for content in train.checksums.keys() & test.checksums.keys():
        same[train.checksums[content]] = test.checksums[content]
    note = 'by name and content' if train.checksums and test.checksums else 'by name'
    check = 'not in training too' if train.name == test.name else f'not in {train.name} too'
    problems = [a if a == b else f'{a} (training) is {b} (test)' for a, b in sorted(same.items())]
    return Finding(check, problems, note)


def _box_problems(store: ProposalStore, keys: Iterable[str]) -> list[str]:
    problems = []
    for key in keys:
        proposals = store[key]
        try:
            check_boxes(key, proposals.bboxes, proposals.scores, proposals.size)
        except ProposalError as error:
            problems.append(_line(error))
    return problems


def _line(error: MLKDError) -> str:
    parts: Mapping[str, Any] = {'': error.where, 'found ': error.found, 'expected ': error.expected}
    return '; '.join(
        [error.what.rstrip('.'), *(f'{name}{value}' for name, value in parts.items() if value is not None)]
    )


def _label_note(entries: list[dict]) -> str:
    labels = np.stack([entry['gt_label'] for entry in entries]) if entries else np.zeros((1, 1))
    ignored = (labels == -1).sum()
    return f'{(labels == 1).sum() / len(labels):.2f} per image' + (f', {ignored} ignored' if ignored else '')
