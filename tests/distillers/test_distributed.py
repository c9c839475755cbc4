"""Two processes with half of the batch each get the gradients of one with all of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

from mlkd.distillers import Distiller, FrameBatch


def _gradients(model: torch.nn.Module, batch: FrameBatch) -> dict[str, torch.Tensor]:
    # Batch norm of a half batch is another; and dropout is drawn per process.
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.Dropout)):
            module.eval()
    losses = model(batch.inputs, batch.samples, mode='loss')
    sum(losses.values()).backward()
    return {name.removeprefix('module.'): p.grad for name, p in model.named_parameters() if p.requires_grad}


def _work(rank: int, model: Distiller, batch: FrameBatch, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    half = FrameBatch(batch.inputs[2 * rank : 2 * rank + 2], batch.samples[2 * rank : 2 * rank + 2])
    gradients = _gradients(DistributedDataParallel(model), half)
    if rank == 0:
        torch.save(gradients, folder / 'gradients.pth')
    dist.destroy_process_group()


def test_gradients_are_those_of_one_process(
    make_distiller: Callable[..., Distiller], batch: FrameBatch, tmp_path: Path
) -> None:
    # Four images; the one without proposals and the one with a single one in different halves.
    whole = FrameBatch(batch.inputs[[0, 1, 2, 0]], [batch.samples[i].clone() for i in (0, 1, 2, 0)])
    terms = {'feature': {'type': 'FeatureKD', 'feat_level': 'conv_roi'}, 'pred': {'type': 'PredKD', 'num_classes': 3}}
    model = make_distiller(terms)
    mp.spawn(_work, (model, whole, tmp_path), nprocs=2)
    shared = torch.load(tmp_path / 'gradients.pth', weights_only=True)
    alone = _gradients(model, whole)
    assert shared.keys() == alone.keys()
    for name, gradient in alone.items():
        # Of sums that nearly cancel, single elements differ by more than a thousandth of their own.
        nearly = 1e-3 * float(gradient.abs().max())
        torch.testing.assert_close(
            shared[name], gradient, rtol=1e-3, atol=nearly, msg=lambda m, name=name: f'{name}: {m}'
        )
