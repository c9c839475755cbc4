from __future__ import annotations

from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from torch.utils.data import Subset

from mlkd.engine.dataset_wrappers import innermost_datasets


class Reading(BaseDataset):
    """A data set that reads samples."""

    METAINFO = {'classes': ('a', 'b')}

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()

    def load_data_list(self) -> list[dict]:
        return [{}] * 3


def names(dataset: object) -> list[str]:
    return [one.name for one in innermost_datasets(dataset)]


def test_one_that_reads_is_itself() -> None:
    one = Reading('a')
    assert list(innermost_datasets(one)) == [one]


def test_wrappers_inside_of_wrappers_in_order() -> None:
    a, b, c = (Reading(name) for name in 'abc')
    assert names(RepeatDataset(a, 2)) == ['a']
    assert names(ConcatDataset([a, RepeatDataset(ConcatDataset([b, c]), 3)])) == ['a', 'b', 'c']
    assert names(RepeatDataset(Subset(b, [0]), 2)) == ['b']


def test_one_that_is_there_twice_comes_twice() -> None:
    a = Reading('a')
    assert names(ConcatDataset([a, a])) == ['a', 'a']
