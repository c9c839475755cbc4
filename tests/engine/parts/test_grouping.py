from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mlkd.engine.parts.grouping import Group, plan
from mlkd.engine.parts.label_part import LabelPart
from mlkd.fileio import write_json

PARTS = [LabelPart((label,), (index,)) for index, label in enumerate('abcdefghij')]


def labels(shares: list[list[Group]]) -> list[list[str]]:
    return [[''.join(part.labels[0] for part in group.parts) for group in share] for share in shares]


@pytest.mark.parametrize(
    ('count', 'together', 'processes', 'expected'),
    [
        (10, None, 1, [['abcdefghij']]),
        (10, 4, 1, [['defg', 'abc', 'hij']]),
        (5, 4, 1, [['ab', 'cde']]),
        (4, 1, 1, [['a', 'b', 'c', 'd']]),
        (10, None, 2, [['abcde'], ['fghij']]),
        (3, None, 8, [['a'], ['b'], ['c'], [], [], [], [], []]),
        (0, None, 2, [[], []]),
    ],
)
def test_groups_are_even(
    tmp_path: Path, count: int, together: int | None, processes: int, expected: list[list[str]]
) -> None:
    shares = labels(plan(PARTS[:count], tmp_path, together, processes))
    assert len(shares) == processes
    assert [sorted(share) for share in shares] == [sorted(share) for share in expected]


def test_no_process_waits_longer_than_it_must(tmp_path: Path) -> None:
    shares = labels(plan(PARTS, tmp_path, together=4, processes=2))
    assert [sum(map(len, share)) for share in shares] == [5, 5]
    assert max(len(group) for share in shares for group in share) <= 4


def checkpoint(folder: Path, names: list[str], iteration: int) -> str:
    write_json(folder / 'group.json', {'networks': names})
    path = folder / f'iter_{iteration}.pth'
    state = {f'networks.{name}.w': torch.zeros(1) for name in names}
    torch.save({'meta': {'iter': iteration}, 'state_dict': state}, path)
    return str(path)


def test_what_was_begun_together_goes_on_together(tmp_path: Path) -> None:
    names = [part.name for part in PARTS]
    old = checkpoint(tmp_path / 'together-old', names[:4], 10)
    newer = checkpoint(tmp_path / 'together-newer', names[2:4], 30)
    (tmp_path / 'together-newer' / 'iter_40.pth').write_bytes(b'cut off')
    checkpoint(tmp_path / 'together-others', ['x'], 50)
    (share,) = plan(PARTS[1:6], tmp_path)
    found = {group.source: ''.join(part.labels[0] for part in group.parts) for group in share}
    assert found == {old: 'b', newer: 'cd', None: 'ef'}
    taken = next(group for group in share if group.source == old).begin(tmp_path)
    assert taken is not None
    assert torch.load(taken, weights_only=True)['state_dict'].keys() == {f'networks.{names[1]}.w'}
    assert next(group for group in share if group.source is None).begin(tmp_path) is None


def test_the_folder_of_a_group_does_not_depend_on_order() -> None:
    assert Group(tuple(PARTS[:3])).folder == Group(tuple(PARTS[2::-1])).folder != Group(tuple(PARTS[:2])).folder
