"""Starting the processes of a distributed run, on the CPU too."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from mmengine.dist import broadcast_object_list, get_rank, init_dist, is_distributed, is_main_process
from torch import distributed as torch_dist

from mlkd.errors import ConfigError, MLKDError, TrainingError

T = TypeVar('T')
#: How long a process that is done waits for the others, which may have weeks of training left.
_PATIENCE = timedelta(days=365)

#: Environment variables of rank, number of processes and local rank.
_VARIABLES = {
    'pytorch': ('RANK', 'WORLD_SIZE', 'LOCAL_RANK'),
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_RANK'),
}


def init_processes(launcher: str, dist_cfg: dict[str, Any] | None = None) -> None:
    """Join the process group, unless there is none to join or it was joined before.

    MMEngine asks for a GPU in any case; without one, this takes gloo.

    Args:
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.
        dist_cfg: ``env_cfg['dist_cfg']``: ``backend`` and arguments of ``init_process_group``.

    Raises:
        ConfigError: If the launcher's environment variables are missing.
    """
    if launcher == 'none' or is_distributed():
        return
    missing = [name for name in _VARIABLES[launcher] if name not in os.environ]
    if missing:
        raise ConfigError(
            f'This process was not started by {launcher}.',
            where='--launcher',
            found=f'no {", ".join(missing)} in the environment',
            fix='start with tools/dist_train.sh or tools/slurm_train.sh, or leave --launcher out',
        )
    kwargs = dict(dist_cfg or {})
    if torch.cuda.is_available():
        init_dist(launcher, **{'backend': 'nccl', **kwargs})
        return
    for name, source in zip(_VARIABLES['pytorch'], _VARIABLES[launcher], strict=True):
        os.environ[name] = os.environ[source]
    if launcher == 'slurm' and 'MASTER_ADDR' not in os.environ:
        nodes = ['scontrol', 'show', 'hostname', os.environ['SLURM_NODELIST']]
        os.environ['MASTER_ADDR'] = subprocess.check_output(nodes, text=True).split()[0]
    os.environ.setdefault('MASTER_PORT', '29500')
    torch_dist.init_process_group('gloo')


def on_rank_0(value: Any) -> Any:
    """What ``value`` is in rank 0, in all processes."""
    box = [value if get_rank() == 0 else None]
    broadcast_object_list(box, src=0)
    return box[0]


def from_rank_0(function: Callable[[], T]) -> T:
    """What ``function`` returns in rank 0, in all processes; an error that a person can mend is raised in all."""
    value: Any = None
    if is_main_process():
        try:
            value = function()
        except MLKDError as error:
            value = error
    value = on_rank_0(value)
    if isinstance(value, MLKDError):
        raise value
    return value


@contextmanager
def on_its_own() -> Iterator[None]:
    """For a while each process is the only one that it knows of; at the end all wait for each other.

    What runs meanwhile does not need to be the same in all, nor to take as long.

    Raises:
        TrainingError: If another process ended instead of coming back.
    """
    if not is_distributed():
        yield
        return
    # One that is done waits over gloo, since NCCL would give up after minutes.
    waiting = torch_dist.new_group(backend='gloo', timeout=_PATIENCE)
    world = torch_dist.GroupMember.WORLD
    torch_dist.GroupMember.WORLD = None
    try:
        yield
    finally:
        torch_dist.GroupMember.WORLD = world
    try:
        torch_dist.barrier(waiting)
    except RuntimeError as error:
        what, fix = 'Another process ended before it was done.', 'see what it said; --resume goes on with what is done'
        raise TrainingError(what, found=str(error).splitlines()[0], fix=fix) from error
    torch_dist.destroy_process_group(waiting)
