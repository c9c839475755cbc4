"""MultiLabelDataset: samples, seeds, epochs, folds, proposals, errors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from mlkd.datasets import MultiLabelDataset
from mlkd.datasets.entries import instance
from mlkd.errors import ConfigError, DataError, MLKDError, ProposalError
from mlkd.proposals import ProposalStore, ProposalWriter

PIPELINE = [
    {'type': 'LoadImage'},
    {'type': 'ResizeLongSide', 'sizes': list(range(20, 60))},
    {'type': 'MirrorFlip'},
    {'type': 'PackMultiLabel'},
]


class Grey:
    """An image of one grey level."""

    def __init__(self, level: int) -> None:
        self.level = level

    def __call__(self) -> np.ndarray:
        return np.full((10, 20, 3), self.level, np.uint8)


class Toy(MultiLabelDataset):
    """Twelve grey images."""

    METAINFO = {'classes': ('a', 'b', 'c'), 'dataset_name': 'toy'}
    READS_FILES = False

    def load_data_list(self) -> list[dict]:
        return [self.entry(index) for index in range(12)]

    def entry(self, index: int) -> dict:
        label = np.array([index % 2, 1, -1], np.int8)
        boxes = [instance((1, 2, 5, 9), 1, False), instance((0, 0, 20, 10), 2, True)]
        entry = {'img_path': f'/toy/{index}.png', 'img_key': f'{index}.png', 'img_id': index, 'gt_label': label}
        return {**entry, 'instances': boxes, 'height': 10, 'width': 20, 'render': Grey(index)}


def write_store(path: Path, dataset: str = 'toy', empty: tuple[int, ...] = (), images: int = 12) -> Path:
    with ProposalWriter(path, dataset, {'type': 'Toy'}) as writer:
        for index in range(images):
            count = 0 if index in empty else index % 3 + 1
            boxes = np.array([[0, 0, 4 + row, 5] for row in range(count)], np.float32).reshape(-1, 4)
            writer.add(f'{index}.png', boxes, np.linspace(1, 0.5, count, dtype=np.float32), (10, 20))
        writer.finish()
    return path


def look(packed: dict) -> tuple:
    return packed['inputs'].shape, packed['data_samples'].flip, int(packed['inputs'][0, 0, 0])


def test_sample() -> None:
    packed = Toy(pipeline=PIPELINE)[3]
    sample = packed['data_samples']
    assert sample.gt_label.tolist() == [1, 1, -1]
    assert (sample.img_key, sample.img_id, sample.img_path) == ('3.png', 3, '/toy/3.png')
    assert 'gt_instances' not in sample
    assert 'proposals' not in sample
    sample = Toy(pipeline=[PIPELINE[0], PIPELINE[-1]], test_mode=True)[3]['data_samples']
    assert sample.gt_instances.bboxes.tolist() == [[1, 2, 5, 9]]
    assert sample.ignored_instances.labels.tolist() == [2]


def test_samples_depend_on_seed_epoch_and_index_alone() -> None:
    dataset = Toy(pipeline=PIPELINE)
    first = [look(dataset[index]) for index in range(12)]
    np.random.random_sample(17)  # noqa: NPY002 - disturbs the generator that transforms draw from
    assert [look(dataset[index]) for index in reversed(range(12))] == first[::-1]
    again, other = Toy(pipeline=PIPELINE), Toy(pipeline=PIPELINE, seed=1)
    assert [look(again[index]) for index in range(12)] == first
    assert [look(other[index])[:2] for index in range(12)] != [one[:2] for one in first]
    dataset.set_epoch(1)
    second = [look(dataset[index]) for index in range(12)]
    assert [one[:2] for one in second] != [one[:2] for one in first]
    dataset.set_epoch(0)
    assert [look(dataset[index]) for index in range(12)] == first
    assert len({one[:2] for one in first}) > 6


@pytest.mark.parametrize('workers', [1, 2])
def test_persistent_workers_hear_the_epoch(workers: int) -> None:
    dataset = Toy(pipeline=PIPELINE)
    loader = DataLoader(dataset, 4, num_workers=workers, persistent_workers=True, collate_fn=list)
    for epoch in (0, 1, 5):
        dataset.set_epoch(epoch)
        seen = [look(packed) for batch in loader for packed in batch]
        assert seen == [look(dataset[index]) for index in range(12)]


def test_a_subset_hears_the_epoch_too() -> None:
    subset = Toy(pipeline=PIPELINE).get_subset(4)
    assert len(subset) == 4
    loader = DataLoader(subset, 4, num_workers=1, persistent_workers=True, collate_fn=list)
    for epoch in (0, 3):
        subset.set_epoch(epoch)
        assert [look(packed) for batch in loader for packed in batch] == [look(subset[index]) for index in range(4)]


def test_collated_by_mmengine() -> None:
    batch = next(iter(DataLoader(Toy(pipeline=PIPELINE), 4, collate_fn=pseudo_collate)))
    assert [sample.img_id for sample in batch['data_samples']] == [0, 1, 2, 3]
    assert all(image.dtype == torch.uint8 for image in batch['inputs'])


def test_folds() -> None:
    whole = Toy(folds={'n': 5})
    folds = [whole.get_data_info(index)['fold'] for index in range(len(whole))]
    assert len(whole) == 12
    assert sorted(np.bincount(folds)) == [2, 2, 2, 3, 3]
    for held_out in range(5):
        part = Toy(folds={'n': 5, 'held_out': held_out}, seed=held_out)
        kept = {part.get_data_info(index)['img_id'] for index in range(len(part))}
        assert kept == {index for index in range(12) if folds[index] != held_out}
    assert 'fold' not in Toy().get_data_info(0)
    assert Toy(folds={'n': 5}, pipeline=PIPELINE)[0]['data_samples'].fold == folds[0]


def test_indices_after_folds() -> None:
    limited = Toy(folds={'n': 3, 'held_out': 0}, indices=4)
    whole = Toy(folds={'n': 3, 'held_out': 0})
    assert len(limited) == 4
    for index in range(4):
        assert limited.get_data_info(index)['img_key'] == whole.get_data_info(index)['img_key']


@pytest.mark.parametrize(
    ('indices', 'images'), [(4, [0, 1, 2, 3]), (-2, [10, 11]), (99, [*range(12)]), ([3, -1], [3, 11])]
)
def test_indices(indices: int | list[int], images: list[int]) -> None:
    limited = Toy(indices=indices)
    assert [limited.get_data_info(index)['img_id'] for index in range(len(limited))] == images


@pytest.mark.parametrize('indices', [0, [], True, 2.5, 'all', [12], [-13], [1.5]])
def test_indices_that_are_none_of_images(indices: object) -> None:
    with pytest.raises(ConfigError) as caught:
        Toy(indices=indices)
    assert caught.value.where == 'Toy.indices'
    assert caught.value.expected


def test_proposals_reach_the_sample(tmp_path: Path) -> None:
    store = write_store(tmp_path / 'toy.mlkd')
    for path in (store, 'toy.mlkd'):
        dataset = Toy(proposal_file=str(path), data_root=tmp_path, pipeline=[PIPELINE[0], PIPELINE[-1]])
        for index in (0, 2, 11):
            proposals = dataset[index]['data_samples'].proposals
            np.testing.assert_array_equal(proposals.bboxes, ProposalStore.open(store)[f'{index}.png'].bboxes)
            assert proposals.scores.dtype == torch.float32
    assert len(pickle.loads(pickle.dumps(dataset))[1]['data_samples'].proposals) == 2
    assert len(copy.deepcopy(dataset)[1]['data_samples'].proposals) == 2


def test_images_without_proposals(tmp_path: Path) -> None:
    store = str(write_store(tmp_path / 'toy.mlkd', empty=(1, 3, 4, 5, 6, 7)))
    with pytest.raises(ProposalError, match='6 of 12 images have no proposals') as caught:
        Toy(proposal_file=store)
    assert caught.value.found == '1.png, 3.png, 4.png, 5.png, 6.png, ...'
    assert "empty_proposals='whole_image'" in caught.value.fix
    pipeline = [PIPELINE[0], {'type': 'Warp', 'size': 40}, PIPELINE[-1]]
    kept = Toy(proposal_file=store, empty_proposals='keep', pipeline=pipeline)[3]['data_samples'].proposals
    assert kept.bboxes.shape == (0, 4)
    assert kept.scores.shape == (0,)
    whole = Toy(proposal_file=store, empty_proposals='whole_image', pipeline=pipeline)
    assert whole[3]['data_samples'].proposals.bboxes.tolist() == [[0, 0, 40, 40]]
    assert whole[3]['data_samples'].proposals.scores.tolist() == [1]
    assert len(whole[2]['data_samples'].proposals) == 3
    assert len(Toy(proposal_file=store, indices=1)) == 1


def test_proposals_of_another_data_set(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match='another data set') as caught:
        Toy(proposal_file=str(write_store(tmp_path / 'a.mlkd', 'voc')))
    assert "'voc'" in str(caught.value)
    assert "'toy'" in str(caught.value)
    with pytest.raises(ProposalError, match='7 images have no entry') as caught:
        Toy(proposal_file=str(write_store(tmp_path / 'b.mlkd', images=5)))
    assert caught.value.found == '5.png, 6.png, 7.png, 8.png, 9.png, ...'
    with pytest.raises(ProposalError):
        Toy(proposal_file=str(tmp_path / 'none.mlkd'))
    with pytest.raises(ProposalError, match='still to be made'):
        Toy(proposal_file='auto')


def broken(change: Callable[[dict], None]) -> type[Toy]:
    class Broken(Toy):
        def load_data_list(self) -> list[dict]:
            entries = super().load_data_list()
            change(entries[7])
            return entries

    return Broken


@pytest.mark.parametrize(
    ('change', 'what'),
    [
        (lambda entry: entry.update(gt_label=np.zeros(4, np.int8)), 'label list of an image has a wrong length'),
        (lambda entry: entry.update(gt_label=np.array([0, 1, 5])), 'value without a meaning'),
        (lambda entry: entry.update(gt_label=np.array([0, 1, 0.5])), 'value without a meaning'),
        (lambda entry: entry['instances'][1].update(bbox=[3, 3, 3, 9]), 'no area'),
        (lambda entry: entry['instances'][1].update(bbox=[3, 3, 21, 9]), 'leaves its image'),
        (lambda entry: entry['instances'][1].update(bbox=[-1, 3, 2, 9]), 'leaves its image'),
        (lambda entry: entry['instances'][1].update(bbox=[np.nan, 3, 2, 9]), 'not finite'),
        (lambda entry: entry['instances'][1].update(bbox_label=3), 'of no class'),
    ],
)
def test_wrong_entries(change: Callable[[dict], None], what: str) -> None:
    with pytest.raises(DataError, match=what) as caught:
        broken(change)()
    assert str(caught.value.where).startswith('/toy/7.png')


def test_wrong_arguments() -> None:
    with pytest.raises(ConfigError, match='empty_proposals'):
        Toy(empty_proposals='drop')
    for folds in ({'n': 1}, {'n': 5, 'held_out': 5}, {'k': 5}, 5, {'n': 2.5}, {'n': 3, 'held_out': -1}):
        with pytest.raises(ConfigError, match='folds'):
            Toy(folds=folds)
    with pytest.raises(ConfigError, match='makes no sense') as wrong:
        Toy(seed='x')
    assert wrong.value.where == 'seed'
    with pytest.raises(DataError, match='what its labels are called'):
        MultiLabelDataset()
    with pytest.raises(DataError, match='same name') as caught:
        Toy(metainfo={'classes': ['b', 'a', 'b']})
    assert caught.value.found == 'b'


def test_errors_come_through() -> None:
    """MMEngine's data set would take another image, or raise an error that says nothing."""

    def refuse(results: dict) -> dict:
        raise DataError('An image file is cut short.', where=results['img_path'])

    for test_mode in (False, True):
        with pytest.raises(DataError, match='cut short') as caught:
            Toy(pipeline=[refuse], test_mode=test_mode)[4]
        assert caught.value.where == '/toy/4.png'
        with pytest.raises(DataError, match='gave no sample'):
            Toy(pipeline=[lambda results: None], test_mode=test_mode)[4]


def _refuse(results: dict) -> dict:
    raise DataError('An image file is cut short.', where=results['img_path'])


def test_errors_come_through_from_other_processes() -> None:
    loader = DataLoader(Toy(pipeline=[_refuse]), 4, num_workers=1)
    with pytest.raises(MLKDError, match='cut short'):
        next(iter(loader))
