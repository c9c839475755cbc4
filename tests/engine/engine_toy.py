"""A data set, network, distiller and metric small enough to train in a second."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from mlkd.distillers import SelfTeacher
from mlkd.registry import DATASETS, HOOKS, METRICS, MODELS

CLASSES, PIXELS = 3, 16


@DATASETS.register_module()
class ToyImages(Dataset):
    """Coloured noise; a label is present where its channel is bright. Jitter depends on (seed, epoch, index)."""

    METAINFO = {'classes': ('red', 'green', 'blue')}

    def __init__(self, n: int = 20, seed: int = 0, folds: dict | None = None, proposal_file: str | None = None) -> None:
        self.seed, self.folds, self.proposal_file = seed, folds, proposal_file
        self.metainfo = self.METAINFO
        self._epoch = torch.zeros(1, dtype=torch.long).share_memory_()
        self.indices = list(range(n))
        if folds and 'held_out' in folds:
            self.indices = [i for i in self.indices if i % folds['n'] != folds['held_out']]

    def set_epoch(self, epoch: int) -> None:
        self._epoch.fill_(epoch)

    def get_data_info(self, index: int) -> dict:
        bright = np.random.default_rng((self.seed, self.indices[index])).random(CLASSES) > 0.5
        return {'img_key': f'{self.indices[index]}.png', 'gt_label': bright.astype(np.int8)}

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> dict:
        label = self.get_data_info(index)['gt_label']
        rng = np.random.default_rng((self.seed, int(self._epoch), self.indices[index]))
        image = rng.normal(size=(CLASSES, PIXELS, PIXELS)) + label[:, None, None]
        return {
            'inputs': torch.from_numpy(image).float(),
            'data_samples': BaseDataElement(label=torch.from_numpy(label).float(), index=self.indices[index]),
        }


@MODELS.register_module()
class ToyNet(BaseModel):
    """Convolution, mean, dropout, linear layer."""

    def __init__(self, width: int = 8, nan_at: int = -1, head: dict | None = None) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(CLASSES, width, 3), nn.Linear(width, CLASSES)
        self.nan_at, self.calls = nan_at, 0

    def init_weights(self) -> None:
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.1)

    def logits(self, images: torch.Tensor, dropout: bool) -> torch.Tensor:
        feature = F.relu(self.conv(images)).mean((2, 3))
        return self.head(F.dropout(feature, 0.2, training=dropout))

    def forward(self, inputs: list, data_samples: list, mode: str = 'tensor') -> object:
        images = torch.stack(list(inputs))
        logits = self.logits(images, self.training and self.dropout)
        if mode == 'loss':
            self.calls += 1
            labels = torch.stack([sample.label for sample in data_samples])
            loss = F.binary_cross_entropy_with_logits(logits, labels, reduction='sum') / len(labels)
            return {'loss_cls': loss * float('nan') if self.calls == self.nan_at else loss}
        if mode == 'predict':
            for sample, score in zip(data_samples, logits, strict=True):
                sample.score = score.sigmoid()
            return data_samples
        return logits

    dropout = True


@MODELS.register_module()
class ToyPlainNet(ToyNet):
    """Without dropout: what it computes does not depend on how a batch is shared out."""

    dropout = False


@MODELS.register_module()
class ToyDistiller(BaseModel):
    """A student that learns the scores of a frozen teacher, or of the mean of several."""

    def __init__(self, student: dict, teachers: dict) -> None:
        super().__init__()
        self.student = MODELS.build(student)
        self.connector = nn.Linear(CLASSES, CLASSES)
        networks = []
        for teacher in teachers.values():
            paths = teacher['checkpoint']
            for path in [paths] if isinstance(paths, str) else paths:
                network = MODELS.build(teacher['model']).eval()
                network.load_state_dict(torch.load(path, weights_only=True))
                networks.append(network)
        object.__setattr__(self, 'networks', networks)

    def forward(self, inputs: list, data_samples: list, mode: str = 'tensor') -> object:
        if mode != 'loss':
            return self.student(inputs, data_samples, mode)
        images = torch.stack(list(inputs))
        with torch.no_grad():
            target = sum(network.logits(images, False).sigmoid() for network in self.networks) / len(self.networks)
        logits = self.connector(self.student.logits(images, True))
        return {'loss_kd': F.binary_cross_entropy_with_logits(logits, target)}


@MODELS.register_module()
class ToySelfTaught(ToyDistiller):
    """A student that follows its own average too."""

    def __init__(self, student: dict) -> None:
        super().__init__(student, {})
        self.teachers = {'ema': SelfTeacher(self.student)}

    def forward(self, inputs: list, data_samples: list, mode: str = 'tensor') -> object:
        losses = self.student(inputs, data_samples, mode)
        if mode == 'loss':
            images = torch.stack(list(inputs))
            target = self.teachers['ema'].network.logits(images, True).detach()
            losses['loss_own'] = F.mse_loss(self.connector(self.student.logits(images, True)), target)
        return losses


@METRICS.register_module()
class ToyMetric(BaseMetric):
    """Accuracy and mean score."""

    default_prefix = 'toy'

    def process(self, data_batch: object, data_samples: list) -> None:
        self.results += [(sample['label'], sample['score'].cpu(), sample['index']) for sample in data_samples]

    def compute_metrics(self, results: list) -> dict:
        labels, scores = (torch.stack([result[i] for result in results]) for i in (0, 1))
        correct = ((scores > 0.5) == (labels > 0.5)).float()
        order = [result[2] for result in results]
        return {
            'accuracy': correct.mean().item(),
            'score': scores.double().mean().item(),
            'per_class': correct.mean(0).tolist(),
            'images': len(set(order)),
        }


@HOOKS.register_module()
class KillHook(Hook):
    """Ends its own process with SIGKILL once: at an iteration, half-way through a checkpoint, or before testing.

    Args:
        marker: File that says it was done.
        stage: Folder name of the stage.
        iteration: Before which iteration.
        save: At which checkpoint, when it is written but has not got its name yet.
        test: Before testing, when training is over.
    """

    priority = 'VERY_HIGH'

    def __init__(self, marker: str, stage: str, iteration: int = -1, save: int = -1, test: bool = False) -> None:
        self.marker, self.stage, self.iteration, self.save = Path(marker), stage, iteration, save
        self.saves, self.test = 0, test

    def _kill(self) -> None:
        self.marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def before_train_iter(self, runner, batch_idx: int, data_batch: object = None) -> None:
        at = Path(runner.work_dir).name == self.stage and runner.iter == self.iteration
        if at and not self.marker.exists():
            self._kill()

    def before_test(self, runner) -> None:
        if self.test and Path(runner.work_dir).name == self.stage and not self.marker.exists():
            self._kill()

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        self.saves += 1
        if Path(runner.work_dir).name == self.stage and self.saves == self.save and not self.marker.exists():
            write = os.fsync
            os.fsync = lambda handle: (write(handle), self._kill())


def toy_config(work_dir: object, **changes: object) -> dict:
    """The config of a plain training of :class:`ToyNet`: 2 epochs of 5 batches of 4."""
    loader = {
        'batch_size': 4,
        'num_workers': 0,
        'sampler': {'type': 'DefaultSampler', 'shuffle': True},
        'dataset': {'type': 'ToyImages', 'n': 20},
    }
    test = {
        'batch_size': 4,
        'num_workers': 0,
        'sampler': {'type': 'DefaultSampler', 'shuffle': False},
        'dataset': {'type': 'ToyImages', 'n': 10, 'seed': 1},
    }
    config = {
        'default_scope': 'mlkd',
        'custom_imports': {'imports': ['engine_toy']},
        'work_dir': str(work_dir),
        'model': {'type': 'ToyNet'},
        'train_dataloader': loader,
        'train_cfg': {'by_epoch': True, 'max_epochs': 2, 'val_interval': 100},
        'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}},
        'param_scheduler': [{'type': 'MultiStepLR', 'milestones': [1], 'gamma': 0.5}],
        'test_dataloader': test,
        'test_cfg': {},
        'test_evaluator': {'type': 'ToyMetric'},
        'default_hooks': {'logger': {'type': 'LoggerHook', 'interval': 5}},
        'log_level': 'WARNING',
        'randomness': {'seed': 3},
    }
    return {**config, **changes}


def toy_recipe(work_dir: object, folds: object = None, **changes: object) -> dict:
    """Three stages: a teacher, a student that it teaches, and a student that goes on without it."""
    config = toy_config(work_dir)
    model = config.pop('model')
    teacher = {'model': 'model:teacher'}
    if folds is not None:
        teacher['folds'] = folds
    distiller = {
        'type': 'ToyDistiller',
        'student': 'model:student',
        'teachers': {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}},
    }
    config.update(
        models={'teacher': dict(model, width=12), 'student': model},
        stages=['teacher', 'feature', 'student'],
        teacher=teacher,
        feature={'model': distiller},
        student={'model': 'model:student', 'load_from': 'stage:feature'},
    )
    return {**config, **changes}


def train(config: dict, **options: object) -> dict:
    """Run a recipe in this process."""
    from mlkd.engine import RecipeRunner

    torch.set_num_threads(1)
    return RecipeRunner(Config(config), **options).train()


def train_rank(config: dict, rank: int, world_size: int, port: int) -> None:
    """Run a recipe as one of several processes."""
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world_size), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port)
    )
    train(dict(config, launcher='pytorch'))


def start(function: object, *args: object) -> multiprocessing.Process:
    """Start ``function`` in a process of its own; what it imports is imported once for all of them."""
    context = multiprocessing.get_context('forkserver')
    rooms = ['models', 'distillers', 'datasets', 'evaluation', 'engine']
    context.set_forkserver_preload(['engine_toy', *(f'mlkd.{room}' for room in rooms)])
    process = context.Process(target=function, args=args)
    process.start()
    return process


def run(function: object, *args: object) -> int:
    """Exit code of ``function`` in a process of its own; -9 where SIGKILL ended it."""
    process = start(function, *args)
    process.join(120)
    return process.exitcode


def run_ranks(config: dict, world_size: int) -> list[int]:
    """Exit codes of the processes of one distributed run."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    processes = [start(train_rank, config, rank, world_size, port) for rank in range(world_size)]
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]
