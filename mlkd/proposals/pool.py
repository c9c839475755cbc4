"""Running a generator on many images, in processes of their own."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection

import cv2
import numpy as np
import torch

from mlkd.errors import MLKDError, ProposalError
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.readers import Reader

#: Images given out per process ahead of time: enough that none waits, few enough that stopping is quick.
_AHEAD = 2


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Attributes:
        index: Its position.
        bboxes: float32 (R, 4), xyxy pixels.
        scores: float32 (R,).
        size: (height, width).
        error: Why there are no boxes; None where there are.
    """

    index: int
    bboxes: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]
    error: str | None = None


class _Work:
    """Reads one image and makes its proposals."""

    def __init__(self, generator: ProposalGenerator, read: Reader) -> None:
        self.generator, self.read = generator, read

    def __call__(self, index: int) -> Outcome:
        try:
            image = self.read(index)
            bboxes, scores = self.generator(image)
            return Outcome(index, np.asarray(bboxes), np.asarray(scores), (image.shape[0], image.shape[1]))
        except MLKDError as error:
            text = f'{error.what} {error.found or ""}'.strip()
        except Exception as error:  # a generator is a plug-in: one image must not end the run
            text = f'{type(error).__name__}: {error}'
        return Outcome(index, np.zeros((0, 4), np.float32), np.zeros(0, np.float32), (0, 0), text)


def compute(indices: Iterable[int], generator: ProposalGenerator, read: Reader, processes: int) -> Iterator[Outcome]:
    """Proposals of images, each as soon as it is there, in any order.

    Args:
        indices: Positions of the images.
        generator: Makes the boxes.
        read: Gives the image at a position.
        processes: 1 for none beside this one.

    Raises:
        ProposalError: If a process dies.
    """
    work = _Work(generator, read)
    if processes <= 1:
        yield from map(work, indices)
        return
    # A server process without threads forks the others: fork itself would copy locked locks of this process's threads,
    # spawn would import everything once per process.
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['__main__', 'mlkd.proposals.pool'])
    executor = ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(work,))
    try:
        queue = iter(indices)
        running = {executor.submit(_run, index) for index in itertools.islice(queue, processes * _AHEAD)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {executor.submit(_run, index) for index in itertools.islice(queue, len(done))}
            for future in done:
                yield future.result()
    except BrokenProcessPool as error:
        raise ProposalError(
            'A process that made proposals was ended from outside, or crashed.',
            found='out of memory?',
            fix='run again with fewer processes; what was made is kept',
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


_work: _Work


def _start(work: _Work) -> None:
    """Set up a process: one thread, no Ctrl-C of its own, and no life after the process that started it."""
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _run(index: int) -> Outcome:
    return _work(index)
