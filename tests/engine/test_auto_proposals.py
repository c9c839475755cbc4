from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.dataset import BaseDataset

import mlkd.proposals
from mlkd.engine.auto_proposals import AutoProposals
from mlkd.errors import ConfigError
from mlkd.registry import DATASETS

GENERATOR = {'generator': {'type': 'Grid', 'step': 8}}


@DATASETS.register_module()
class FiveImages(BaseDataset):
    METAINFO = {'classes': ('a',)}

    def __init__(self, split: str = 'train', proposal_file: str | None = None, **kwargs: object) -> None:
        self.split = split
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        return [{'img_key': f'{i}.png'} for i in range(5)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list:
    """Calls of the maker of proposals."""
    calls: list = []

    def ensure(dataset: BaseDataset, generator: dict, out: Path, indices: range | None = None) -> Path:
        calls.append((dataset.split, generator, out, None if indices is None else list(indices)))
        return out

    monkeypatch.setattr(mlkd.proposals, 'ensure_proposals', ensure)
    return calls


def stage(split: str = 'train', **changes: object) -> dict:
    dataset = {'type': 'FiveImages', 'split': split, 'proposal_file': 'auto', **changes}
    return {'train_dataloader': {'batch_size': 1, 'dataset': {'type': 'RepeatDataset', 'dataset': dataset}}}


def dataset_of(config: dict) -> dict:
    return config['train_dataloader']['dataset']['dataset']


def test_which_stores_are_missing(tmp_path: Path, made: list) -> None:
    config = stage()
    dataset = dict(dataset_of(config))
    proposals = AutoProposals(GENERATOR, tmp_path)
    assert proposals.are_missing(dataset)
    proposals.fill(config)
    Path(dataset_of(config)['proposal_file']).mkdir()
    assert not proposals.are_missing(dataset)
    assert proposals.are_missing({**dataset, 'split': 'test'})
    assert not proposals.are_missing({**dataset, 'proposal_file': 'mine.mlkd'})
    # One file for all data sets is made of all their images.
    assert not AutoProposals({**GENERATOR, 'file': str(tmp_path / 'x.mlkd')}).are_missing(dataset)


def test_one_store_per_data_set(tmp_path: Path, made: list) -> None:
    proposals = AutoProposals(GENERATOR, tmp_path)
    configs = [stage(), stage(folds={'n': 2}, pipeline=[]), stage('test'), stage(proposal_file='mine.mlkd')]
    for config in configs:
        proposals.fill(config)
    assert [split for split, *_ in made] == ['train', 'test']
    paths = [dataset_of(config)['proposal_file'] for config in configs]
    assert paths[0] == paths[1] != paths[2]
    assert Path(paths[0]).parent == tmp_path
    assert paths[3] == 'mine.mlkd'
    assert 'indices' not in dataset_of(configs[0])
    assert 'FiveImages-train' in paths[0]


def test_another_generator_is_another_store(tmp_path: Path, made: list) -> None:
    for step in (8, 9):
        AutoProposals({'generator': {'type': 'Grid', 'step': step}}, tmp_path).fill(stage())
    assert made[0][2] != made[1][2]


def test_dry_run_makes_what_it_needs(tmp_path: Path, made: list) -> None:
    config = stage()
    config['train_dataloader']['batch_sampler'] = {'type': 'ResumableBatchSampler', 'limit': 2}
    AutoProposals(GENERATOR, tmp_path, batches=2).fill(config)
    assert made[0][3] == [0, 1]
    assert dataset_of(config)['indices'] == 2
    assert config['train_dataloader']['batch_sampler']['full_length'] == 5


def test_dry_run_of_a_fold_makes_what_the_fold_needs(tmp_path: Path) -> None:
    """The first images of a fold are not those of the whole set."""
    for indices in (None, 3):
        proposals = AutoProposals({'generator': {'type': 'SlidingWindows'}}, tmp_path / str(indices), batches=2)
        for folds in (None, {'n': 2}, {'n': 2, 'held_out': 0}, {'n': 2, 'held_out': 1}):
            dataset = {'type': 'Shapes', 'num_images': 9, 'size': 64, 'proposal_file': 'auto', 'folds': folds}
            config = {'train_dataloader': {'batch_size': 1, 'dataset': {**dataset, 'indices': indices}}}
            config['train_dataloader']['batch_sampler'] = {'type': 'ResumableBatchSampler', 'limit': 2}
            proposals.fill(config)
            found = DATASETS.build(config['train_dataloader']['dataset'])
            assert len(found) == 2
            assert all(found.proposal_counts([found.get_data_info(i)['img_key'] for i in range(2)]))
            length = indices or len(DATASETS.build({**dataset, 'proposal_file': None}))
            assert config['train_dataloader']['batch_sampler']['full_length'] == length


def test_first_images_of_folds(tmp_path: Path) -> None:
    proposals = AutoProposals({'generator': {'type': 'SlidingWindows'}}, tmp_path)
    for folds in (None, {'n': 2, 'held_out': 0}, {'n': 2, 'held_out': 1}):
        dataset = {'type': 'Shapes', 'num_images': 9, 'size': 64, 'proposal_file': 'auto', 'folds': folds, 'indices': 3}
        config = {'train_dataloader': {'batch_size': 1, 'dataset': dataset}}
        proposals.fill(config)
        assert len(DATASETS.build(config['train_dataloader']['dataset'])) == 3


def test_dry_run_leaves_no_file_of_ones_own(tmp_path: Path, made: list) -> None:
    """A run would find a store of a few images there, and refuse it."""
    config = stage()
    AutoProposals({**GENERATOR, 'file': str(tmp_path / 'mine.mlkd')}, tmp_path / 'dry', batches=2).fill(config)
    assert Path(dataset_of(config)['proposal_file']).parent == tmp_path / 'dry'
    (tmp_path / 'mine.mlkd').mkdir()
    config = stage()
    AutoProposals({**GENERATOR, 'file': str(tmp_path / 'mine.mlkd')}, tmp_path / 'dry', batches=2).fill(config)
    assert dataset_of(config)['proposal_file'] == str(tmp_path / 'mine.mlkd')


def test_dry_run_takes_the_store_of_a_run(tmp_path: Path, made: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('mlkd.engine.auto_proposals.SHARED', tmp_path / 'shared')
    whole = stage()
    AutoProposals(GENERATOR, tmp_path / 'shared').fill(whole)
    path = Path(dataset_of(whole)['proposal_file'])
    path.mkdir(parents=True)
    config = stage()
    AutoProposals(GENERATOR, tmp_path / 'dry', 2).fill(config)
    assert (Path(dataset_of(config)['proposal_file']), dataset_of(config)['indices']) == (path, 2)
    assert len(made) == 1


def test_a_file_of_ones_own(tmp_path: Path, made: list) -> None:
    config = stage()
    AutoProposals({**GENERATOR, 'file': str(tmp_path / 'mine.mlkd')}).fill(config)
    assert dataset_of(config)['proposal_file'] == str(tmp_path / 'mine.mlkd')


def test_no_generator() -> None:
    with pytest.raises(ConfigError, match=r'proposals\.generator'):
        AutoProposals(None).fill(stage())


def test_order_of_keys_does_not_matter(tmp_path: Path, made: list) -> None:
    """A config that was written to the work folder and read again finds the store of the training."""
    proposals = AutoProposals(GENERATOR, tmp_path)
    prefix = {'img': 'images', 'ann': 'labels'}
    configs = [stage(data_prefix=prefix), stage(data_prefix=dict(sorted(prefix.items())))]
    dataset = dataset_of(configs[1])
    for key in reversed(list(dataset)):
        dataset[key] = dataset.pop(key)
    for config in configs:
        proposals.fill(config)
    paths = [dataset_of(config)['proposal_file'] for config in configs]
    assert paths[0] == paths[1]
    assert len(made) == 1
