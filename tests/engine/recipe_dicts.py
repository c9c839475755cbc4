"""Configs of recipes that are read and never run."""

from __future__ import annotations

MODELS = {'teacher': {'type': 'WSDDN'}, 'student': {'type': 'Net', 'width': 8}}


def recipe(**changes: object) -> dict:
    distiller = {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}},
    }
    config = {
        'models': MODELS,
        'stages': ['teacher', 'feature', 'student'],
        'train_dataloader': {'batch_size': 4, 'dataset': {'type': 'Data', 'n': 3}},
        'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 0.1}},
        'teacher': {'model': 'model:teacher'},
        'feature': {'model': distiller, 'optim_wrapper': {'optimizer': {'lr': 0.2}}},
        'student': {'model': 'model:student', 'load_from': 'stage:feature'},
    }
    return {**config, **changes}


def parts_recipe(**changes: object) -> dict:
    teacher = {'teachers': {'cgp': {'model': 'model:teacher', 'parts': 'parts:cgp'}}, 'student': 'model:student'}
    config = {
        'partitions': {'cgp': {'graph': 'cgp', 'parts': 2}, 'dgp': {'graph': 'dgp', 'parts': 2}},
        'teacher': {'model': 'model:teacher', 'parts': ['cgp', 'dgp'], 'together': 3},
        'feature': {'model': {'type': 'Distiller', **teacher}},
    }
    return recipe(**{**config, **changes})
