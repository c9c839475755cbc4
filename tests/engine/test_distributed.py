"""Joining a process group, and what processes tell each other, in a group of one and in none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import distributed as torch_dist

from mlkd.engine import distributed
from mlkd.engine.distributed import from_rank_0, init_processes, on_its_own, on_rank_0
from mlkd.errors import ConfigError, DataError, TrainingError

VARIABLES = {
    'pytorch': {'RANK': '0', 'WORLD_SIZE': '1', 'LOCAL_RANK': '0'},
    'mpi': {'OMPI_COMM_WORLD_RANK': '0', 'OMPI_COMM_WORLD_SIZE': '1', 'OMPI_COMM_WORLD_LOCAL_RANK': '0'},
    'slurm': {'SLURM_PROCID': '0', 'SLURM_NTASKS': '1', 'SLURM_LOCALID': '0', 'SLURM_NODELIST': 'n[1-2]'},
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('MASTER_ADDR', 'MASTER_PORT', *(name for names in VARIABLES.values() for name in names)):
        # Set first, so that what a test leaves is taken back.
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was joined, instead of joining it."""
    told: list[Any] = []
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(torch_dist, 'init_process_group', lambda backend: told.append(backend))
    return told


@pytest.fixture
def alone() -> Iterator[None]:
    """A process group of this process."""
    torch_dist.init_process_group('gloo', store=torch_dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        torch_dist.destroy_process_group()


def test_there_is_nothing_to_join(joined: list) -> None:
    init_processes('none')
    assert joined == []


@pytest.mark.parametrize('launcher', VARIABLES)
def test_a_process_that_was_not_started_so(launcher: str, joined: list, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, *_ = VARIABLES[launcher]
    monkeypatch.setenv(second, '1')
    with pytest.raises(ConfigError, match=f'not started by {launcher}') as caught:
        init_processes(launcher)
    assert caught.value.found == f'no {first}, {third} in the environment'
    assert joined == []


@pytest.mark.parametrize('launcher', VARIABLES)
def test_without_a_gpu_it_is_gloo(launcher: str, joined: list, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name, value in VARIABLES[launcher].items():
        monkeypatch.setenv(name, value)
    asked: list[list[str]] = []

    def hosts(command: list[str], text: bool) -> str:
        asked.append(command)
        return 'n1\nn2\n'

    monkeypatch.setattr(distributed.subprocess, 'check_output', hosts)
    init_processes(launcher)
    assert joined == ['gloo']
    assert {name: os.environ[name] for name in VARIABLES['pytorch']} == VARIABLES['pytorch']
    assert os.environ['MASTER_PORT'] == '29500'
    assert (os.environ.get('MASTER_ADDR'), bool(asked)) == (('n1', True) if launcher == 'slurm' else (None, False))


def test_with_a_gpu_mmengine_does_it(joined: list, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    for name, value in VARIABLES['pytorch'].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(distributed, 'init_dist', lambda launcher, **options: asked.append((launcher, options)))
    init_processes('pytorch')
    init_processes('pytorch', {'backend': 'gloo', 'timeout': 9})
    assert asked == [('pytorch', {'backend': 'nccl'}), ('pytorch', {'backend': 'gloo', 'timeout': 9})]
    assert joined == []


@pytest.mark.usefixtures('alone')
def test_a_group_is_joined_once(joined: list) -> None:
    init_processes('pytorch')
    assert joined == []


def test_what_rank_0_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_rank_0({'a': 1}) == {'a': 1}
    assert from_rank_0(lambda: 3) == 3
    monkeypatch.setattr(distributed, 'get_rank', lambda: 1)
    monkeypatch.setattr(distributed, 'broadcast_object_list', lambda box, src: box.__setitem__(0, ('of', src, box[0])))
    assert on_rank_0('mine') == ('of', 0, None)


def test_what_a_person_can_mend_is_raised_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DataError('There is no such image.', where='x', fix='look')

    with pytest.raises(DataError, match='no such image'):
        from_rank_0(fail)
    with pytest.raises(ZeroDivisionError):
        from_rank_0(lambda: 1 / 0)
    # Another process hears of it, and does nothing of its own.
    monkeypatch.setattr(distributed, 'is_main_process', lambda: False)
    monkeypatch.setattr(distributed, 'on_rank_0', lambda value: DataError('There is no such image.'))
    with pytest.raises(DataError, match='no such image'):
        from_rank_0(lambda: pytest.fail('called'))


@pytest.mark.usefixtures('alone')
def test_for_a_while_there_is_no_group() -> None:
    world = torch_dist.GroupMember.WORLD
    with on_its_own():
        assert not torch_dist.is_initialized()
    assert torch_dist.is_initialized()
    assert torch_dist.GroupMember.WORLD is world
    with pytest.raises(KeyError), on_its_own():
        raise KeyError
    assert torch_dist.GroupMember.WORLD is world


def test_without_a_group_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_dist, 'barrier', lambda group: pytest.fail('waited'))
    with on_its_own():
        assert not torch_dist.is_initialized()


@pytest.mark.usefixtures('alone')
def test_a_process_that_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(group: Any) -> None:
        raise RuntimeError('Connection closed by peer\nand a trace')

    monkeypatch.setattr(torch_dist, 'barrier', broken)
    with pytest.raises(TrainingError, match='ended before it was done') as caught, on_its_own():
        pass
    assert caught.value.found == 'Connection closed by peer'
