from __future__ import annotations

from mmengine.config import ConfigDict

from mlkd.engine.config_tree import dataset_configs, is_distiller, map_strings, set_dataset_argument, walk


def test_all_values_with_their_key_paths_containers_first() -> None:
    assert list(walk({'a': [1, {'b': 2}], 'c': ()}, 'cfg')) == [
        ('cfg', {'a': [1, {'b': 2}], 'c': ()}),
        ('cfg.a', [1, {'b': 2}]),
        ('cfg.a.0', 1),
        ('cfg.a.1', {'b': 2}),
        ('cfg.a.1.b', 2),
        ('cfg.c', ()),
    ]
    assert [path for path, _ in walk({'a': {'b': 1}})] == ['', 'a', 'a.b']


def loader() -> dict:
    parts = [{'type': 'A'}, {'type': 'Repeat', 'dataset': {'type': 'B', 'seed': 5}}]
    return {'dataset': {'type': 'Concat', 'datasets': parts}}


def test_data_sets_below_wrappers() -> None:
    assert sorted(config['type'] for config in dataset_configs(loader())) == ['A', 'B']
    assert list(dataset_configs(None)) == list(dataset_configs({'batch_size': 1})) == []


def test_an_argument_reaches_each_and_is_its_own() -> None:
    config, folds = loader(), {'n': 5}
    set_dataset_argument(config, 'folds', folds)
    found = [each['folds'] for each in dataset_configs(config)]
    assert found == [folds, folds]
    assert all(each is not folds for each in found)
    assert 'folds' not in config['dataset']


def test_a_default_does_not_replace_what_is_there() -> None:
    config = loader()
    set_dataset_argument(config, 'seed', 7, default=True)
    assert {each['type']: each['seed'] for each in dataset_configs(config)} == {'A': 7, 'B': 5}
    set_dataset_argument(config, 'seed', 0)
    assert {each['seed'] for each in dataset_configs(config)} == {0}


def test_strings_are_replaced_in_a_copy_that_knows_their_place() -> None:
    config = {'a': ['x', 1], 'b': ('y', {'c': 'z'}), 'd': None}
    made = map_strings(config, lambda text, where: f'{where}={text}', 'top')
    assert made == {'a': ['top.a.0=x', 1], 'b': ('top.b.0=y', {'c': 'top.b.1.c=z'}), 'd': None}
    assert config['a'] == ['x', 1]


def test_what_a_distiller_is() -> None:
    assert is_distiller(ConfigDict(student={}, teachers={}))
    assert not any(map(is_distiller, ({'student': {}}, 'student teachers', None)))
