from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlkd.engine.parts.partition_keys import check_partitions
from mlkd.engine.parts.recipe_partitions import RecipePartitions
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError, MLKDError, PartitionError
from mlkd.partition import LabelCounts, Partition, published_order, read_partition, write_counts
from mlkd.registry import DATASETS

CLASSES = ('cat', 'sofa', 'car', 'bus', 'dog')


@DATASETS.register_module(force=True)
class NamedLabels:
    """Labels without images: cat and sofa go together, and so do car, bus and dog."""

    def __init__(self, classes: tuple[str, ...] = CLASSES, pipeline: Any = None, proposal_file: Any = None) -> None:
        assert pipeline == []
        assert proposal_file is None
        self.metainfo = {'classes': tuple(classes), 'dataset_name': 'pets'} if classes else {}
        groups = [(0, 1), (0, 1), (2, 3), (3, 4), (2, 4), (2, 3, 4), (0,)]
        self.labels = [[int(i in group) for i in range(5)] for group in groups]

    def full_init(self) -> None: ...

    def get_data_info(self, index: int) -> dict:
        return {'gt_label': np.array(self.labels[index], np.int8)}

    def __len__(self) -> int:
        return len(self.labels)


def make(folder: Path, seed: int = 0, classes: Any = CLASSES, **partitions: dict) -> RecipePartitions:
    data = {'type': 'NamedLabels', 'classes': classes, 'pipeline': [{'type': 'LoadImage'}], 'proposal_file': 'auto'}
    config = {
        'partitions': partitions,
        'stages': ['teachers'],
        'teachers': {'parts': list(partitions), 'model': {}},
        'train_dataloader': {'dataset': data},
    }
    return RecipePartitions(Recipe(config), ['teachers'], folder, seed)


def labels(partitions: RecipePartitions) -> list[list[str]]:
    parts = partitions.parts('teachers')
    return [list(parts[name].labels) for names in partitions.names('teachers').values() for name in names]


def test_counts_come_from_the_training_set(tmp_path: Path) -> None:
    made = make(tmp_path, cgp={'graph': 'cgp', 'parts': 2, 'seed': 3})
    assert sorted(labels(made)) == [['car', 'bus', 'dog'], ['cat', 'sofa']]
    made.write()
    written = read_partition(tmp_path / 'partitions' / 'cgp.json')
    assert (written.graph, written.seed, written.dataset, written.rho) == ('cgp', 3, 'pets', 0.5)
    summary = made.summary()['cgp']
    assert summary['counts'] == LabelCounts.of_dataset(NamedLabels(pipeline=[])).checksum
    assert (summary['parts'], sorted(summary['sizes']), summary['file']) == (2, [2, 3], 'partitions/cgp.json')


def test_counts_of_a_file_are_found_by_name(tmp_path: Path) -> None:
    order = CLASSES[::-1]
    counts = LabelCounts.of_dataset(NamedLabels(pipeline=[])).permuted(order)
    file = str(write_counts(counts, tmp_path / 'counts.json'))
    made = make(tmp_path, cgp={'graph': 'cgp', 'parts': 2, 'counts': file})
    assert sorted(labels(made)) == [['car', 'bus', 'dog'], ['cat', 'sofa']]
    with pytest.raises(PartitionError, match='did you mean cat'):
        make(tmp_path, classes=('cats', *CLASSES[1:]), cgp={'graph': 'cgp', 'parts': 2, 'counts': file})


def test_the_seed_of_the_run_and_the_name_make_that_of_a_partition(tmp_path: Path) -> None:
    def seeds(run: int) -> list[int]:
        random = {'graph': 'random', 'parts': 2}
        made = make(tmp_path, run, a=random, b=random, c={**random, 'seed': 7})
        return [partition['seed'] for partition in made_summary(made).values()]

    def made_summary(made: RecipePartitions) -> dict:
        made.write()
        return made.summary()

    first, again, other = seeds(0), seeds(0), seeds(1)
    assert first == again
    assert len({*first, *other}) == 5
    assert first[2] == other[2] == 7


def test_a_partition_that_is_there_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release of scikit-learn might divide in another way, and teachers are trained already."""
    config = {'graph': 'cgp', 'parts': 2, 'seed': 3}
    made = make(tmp_path, cgp=config)
    made.write()

    def refuse(*args: object, **kwargs: object) -> Partition:
        raise AssertionError

    monkeypatch.setattr(Partition, 'of', refuse)
    assert labels(make(tmp_path, cgp=config)) == labels(made)
    assert labels(make(tmp_path, cgp={**config, 'rho': 0.5})) == labels(made)
    for change in ({'parts': 3}, {'seed': 4}, {'rho': 0.4}, {'graph': 'dgp'}):
        with pytest.raises(AssertionError):
            make(tmp_path, cgp={**config, **change})


def test_published_partitions_are_found_by_name(tmp_path: Path) -> None:
    classes = published_order('coco')[::-1]
    made = make(tmp_path, classes=classes, cgp={'published': 'coco', 'graph': 'cgp', 'parts': 5})
    assert [len(part) for part in labels(made)] == [21, 26, 7, 22, 4]
    assert set(labels(made)[4]) == {classes[79 - i] for i in (4, 5, 62, 67)}
    with pytest.raises(PartitionError, match=r'partitions\.cgp(.|\n)*labels'):
        make(tmp_path, cgp={'published': 'coco', 'graph': 'cgp', 'parts': 5})


@pytest.mark.parametrize(
    ('partitions', 'message'),
    [
        (['cgp'], 'partitions is no dict'),
        ({'a': {'parts': 5}}, "does not say where(.|\n)*graph='cgp'"),
        ({'a': {'grph': 'cgp'}}, 'does not say where'),
        ({'a': {'graph': 'cgp', 'part': 5}}, r'partitions\.a\.part(.|\n)*did you mean parts'),
        ({'a': {'graph': 'cgp'}}, r'partitions\.a\.parts(.|\n)*how many'),
        ({'a': {'published': 'coco', 'parts': 5}}, r'partitions\.a\.graph'),
        ({'a': {'file': 'a.json', 'seed': 1}}, r'partitions\.a\.seed'),
    ],
)
def test_mistakes_are_named(partitions: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_partitions(partitions)


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        ({'graph': 'cgp', 'parts': 6}, '1 to 5'),
        ({'graph': 'gcp', 'parts': 2}, r'partitions\.a: graph(.|\n)*did you mean .*cgp'),
        ({'file': 'no/such.json'}, 'no such partition file'),
    ],
)
def test_what_cannot_be_made_is_an_error(tmp_path: Path, config: dict, message: str) -> None:
    with pytest.raises(MLKDError, match=message):
        make(tmp_path, a=config)


def test_labels_without_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='have no names'):
        make(tmp_path, classes=(), cgp={'graph': 'cgp', 'parts': 2})
