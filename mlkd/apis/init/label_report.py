"""How often each label is there, and what that means for learning and measuring."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from rich.table import Table

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.errors import some

#: Photos that show a label, below which little is learnt of it.
FEW_TO_TRAIN = 10
#: And below which its AP says little.
FEW_TO_VALIDATE = 5


def label_table(photos: CheckedPhotos, division: Division) -> Table:
    """Photos that show each label, in all and in each split."""
    splits = {name: division.rows(photos, name) for name in division.names}
    table = Table(title=f'{len(photos.keys)} photos, {len(photos.classes)} labels')
    table.add_column('label', overflow='fold')
    unknown = (photos.labels == -1).sum(0)
    for column in ('photos', *splits, *(['not known'] if unknown.any() else [])):
        table.add_column(column, justify='right')
    for index, name in enumerate(photos.classes):
        counts = [int((rows[:, index] == 1).sum()) for rows in (photos.labels, *splits.values())]
        table.add_row(name, *map(str, counts), *([str(unknown[index])] if unknown.any() else []))
    table.add_section()
    table.add_row('all photos', str(len(photos.keys)), *(str(len(rows)) for rows in splits.values()))
    none = int((photos.labels != 1).all(1).sum())
    if none:
        table.add_row('none of the labels', str(none), *(str(int((r != 1).all(1).sum())) for r in splits.values()))
    return table


def warnings_of(photos: CheckedPhotos, division: Division) -> list[str]:
    """What a person should know before training, a sentence each."""
    names = np.array(photos.classes)
    found = []
    for split, few, says in (
        ('train', FEW_TO_TRAIN, 'of these little is learnt'),
        ('val', FEW_TO_VALIDATE, 'of these the numbers say little'),
    ):
        count = (division.rows(photos, split) == 1).sum(0)
        for wrong, text in (
            (count == 0, f'no photo in {split}: {"these are not learnt" if split == "train" else "not measured"}'),
            ((count > 0) & (count < few), f'fewer than {few} photos in {split}: {says}'),
        ):
            if wrong.any():
                found.append(f'{wrong.sum()} of {len(names)} labels have {text} ({some(names[wrong], 8)}).')
    always = (photos.labels != 0).all(0)
    if always.any():
        found.append(f'Never said to be absent, so that nothing tells them from others: {some(names[always], 8)}.')
    alike = defaultdict(list)
    for name in photos.classes:
        alike[''.join(name.casefold().split())].append(name)
    for same in alike.values():
        if len(same) > 1:
            found.append(f'These count as different labels: {", ".join(map(repr, same))}. Are they?')
    none = [key for key, row in zip(photos.keys, photos.labels, strict=True) if not (row != 0).any()]
    if none:
        found.append(f'{len(none)} photos show none of the labels, as the file has it ({some(none, 3)}).')
    straddling = division.straddling()
    if straddling:
        found.append(
            f'{len(straddling)} groups of photos that show the same are in several splits, as the file has it '
            f'({some(straddling[0], 3)}): what is measured on the copies says nothing.'
        )
    return found
