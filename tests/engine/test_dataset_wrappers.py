from __future__ import annotations

from mmengine.dataset import BaseDataset, ConcatDataset, RepeatDataset
from torch.utils.data import ConcatDataset as Chain
from torch.utils.data import Subset

from mlkd.engine.dataset_wrappers import innermost_datasets


class Reading(BaseDataset):
    """A data set that reads samples."""

    METAINFO = {'classes': ('a', 'b')}

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(serialize_data=False, lazy_init=True)

    def load_data_list(self) -> list[dict]:
        return [{}] * 3


def names(dataset: object) -> list[str]:
    return [one.name for one in innermost_datasets(dataset)]


def test_one_that_reads_is_itself() -> None:
    one = Reading('a')
    assert list(innermost_datasets(one)) == [one]


def test_wrappers_inside_of_wrappers_in_order() -> None:
    a, b, c = (Reading(name) for name in 'abc')
    assert names(RepeatDataset(a, 2, lazy_init=True)) == ['a']
    assert names(ConcatDataset([a, b], lazy_init=True)) == ['a', 'b']
    repeated = RepeatDataset(b, 2, lazy_init=True)
    assert names(Chain([a, Subset(Chain([repeated, c]), [0])])) == ['a', 'b', 'c']


def test_one_that_is_there_twice_comes_twice() -> None:
    a = Reading('a')
    assert names(ConcatDataset([a, a], lazy_init=True)) == ['a', 'a']
