"""Running a generator on many images, in processes of their own."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection

import cv2
import numpy as np
import torch

from mlkd.errors import MLKDError, ProposalError
from mlkd.proposals.generators.base import ProposalGenerator
from mlkd.proposals.generators.prepared import PreparedGenerator
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
        seconds: How long the generator took, without reading the image.
        error: Why there are no boxes; None where there are.
    """

    index: int
    bboxes: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]
    seconds: float = 0.0
    error: str | None = None


class _Work:
    """Reads one image and makes its proposals."""

    def __init__(self, generator: ProposalGenerator, read: Reader) -> None:
        self.generator, self.read = PreparedGenerator(generator), read

    def __call__(self, index: int) -> Outcome:
        self.generator.prepare()
        try:
            image = self.read(index)
            start = time.perf_counter()
            bboxes, scores = self.generator(image)
            seconds = time.perf_counter() - start
            return Outcome(index, bboxes, scores, (image.shape[0], image.shape[1]), seconds)
        except MLKDError as error:
            text = f'{error.what} {error.found or ""}'.strip()
        except (Exception, SystemExit) as error:  # a generator is a plug-in: one image must not end the run
            text = f'{type(error).__name__}: {" ".join(str(error).split())}'
        return _failure(index, text)


def compute(indices: Iterable[int], generator: ProposalGenerator, read: Reader, processes: int) -> Iterator[Outcome]:
    """Proposals of images, each as soon as it is there, in any order.

    Should a process die, the images that were in hand are tried again, each alone, so that the one to blame is known.

    Args:
        indices: Positions of the images.
        generator: Makes the boxes.
        read: Gives the image at a position.
        processes: 1 for none beside this one.

    Raises:
        MLKDError: If the generator cannot be prepared; if processes die before anything is made.
    """
    work = _Work(generator, read)
    if processes <= 1:
        yield from map(work, indices)
        return
    queue, made = iter(indices), 0
    while True:
        in_hand: set[int] = set()
        for outcome in _in_pool(work, queue, processes, in_hand):
            made += 1
            yield outcome
        if not in_hand:
            return
        crashed: list[int] = []
        for index in sorted(in_hand):
            alone: set[int] = set()
            yield from _in_pool(work, iter([index]), 1, alone)
            crashed += alone
        if len(crashed) == len(in_hand) > 1 and not made:
            raise ProposalError(
                'Every process that made proposals crashed, or was ended from outside.',
                found='out of memory?',
                fix='run again with one process, which shows more; what was made is kept',
            )
        for index in crashed:
            yield _failure(index, 'The process that made its proposals crashed, or was ended (out of memory?).')


def _in_pool(work: _Work, queue: Iterator[int], processes: int, in_hand: set[int]) -> Iterator[Outcome]:
    """Outcomes of what is in the queue, until it is empty or a process dies: then ``in_hand`` has what is not done."""
    # A server process without threads forks the others: fork itself would copy locked locks of this process's threads,
    # spawn would import everything once per process.
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['__main__', 'mlkd.proposals.pool'])
    executor = ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(work,))
    running: set[Future[Outcome]] = set()
    try:
        while True:
            for index in itertools.islice(queue, processes * _AHEAD - len(running)):
                in_hand.add(index)
                running.add(executor.submit(_run, index))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            # A process that died broke some of these; what others have done by then counts.
            whole = [future.result() for future in done if not isinstance(future.exception(), BrokenProcessPool)]
            for outcome in whole:
                in_hand.remove(outcome.index)
                yield outcome
            if len(whole) < len(done):
                return
    except BrokenProcessPool:
        return
    finally:
        executor.shutdown(cancel_futures=True)


def _failure(index: int, error: str) -> Outcome:
    return Outcome(index, np.zeros((0, 4), np.float32), np.zeros(0, np.float32), (0, 0), 0.0, error)


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
