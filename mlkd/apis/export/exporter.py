"""One export, step by step; what each finds goes into a report."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from mlkd.apis.out_file import check_export
from mlkd.console import console, progress_bar
from mlkd.engine.environment import machine, versions
from mlkd.export import (
    Method,
    OnnxStudent,
    PhotoSource,
    Preprocessing,
    Stopwatch,
    TracedNetwork,
    compare,
    properties,
    quantize,
    write_onnx,
)
from mlkd.export.packages import onnx_package, onnxruntime_package
from mlkd.export.timing import needs_proposals
from mlkd.fileio import checksum
from mlkd.published import PublishedStudent, load_student, read_description, read_student, write_student

from .labelled_set import LabelledSet, training_photos

FORMATS = ('onnx', 'int8', 'safetensors')
_ENDINGS = {'onnx': '.onnx', 'int8': '.int8.onnx', 'safetensors': '.copy.safetensors'}
#: How many images are drawn where no photos are given.
_DRAWN = 32
#: Photos that are timed with, and those of a detector that makes proposals of each.
_TIMED, _TIMED_WITH_PROPOSALS = 16, 4


class Exporter:
    """Writes a file of a published student and finds out what it is worth.

    Args:
        model: The published student.
        kind: One of :data:`FORMATS`.
        out: Where to write; None: beside the model.
        preprocessing: What the graph does before the network.

    Raises:
        CheckpointError: If the model is none.
        ConfigError: If a package is missing, or nothing can be written where it should be.
    """

    def __init__(self, model: Path, kind: str, out: str | None, preprocessing: Preprocessing) -> None:
        self.model, self.kind, self.preprocessing = model, kind, preprocessing
        if kind != 'safetensors':
            onnx_package()
            onnxruntime_package()
        self.student: PublishedStudent = load_student(model, 'cpu')
        self.out = Path(out) if out else model.with_name(model.name.removesuffix('.safetensors') + _ENDINGS[kind])
        check_export(self.out, model)
        self.traced = None if kind == 'safetensors' else TracedNetwork(self.student, preprocessing)
        self.equal, self.photos = True, PhotoSource(drawn=_DRAWN)
        provenance = self.student.description.provenance
        self.report: dict[str, Any] = {
            'format': kind,
            'preprocessing': None if self.traced is None else preprocessing,
            'model': model.name,
            'model_sha256': checksum(model),
            'network_sha256': provenance.get('network_sha256'),
            'classes': len(self.student.classes),
            'parameters': sum(x.numel() for x in self.student.network.parameters()),
            'machine': {**machine(), 'load': [round(x, 1) for x in os.getloadavg()]},
            'versions': {**versions(), **_versions(kind)},
            'command': shlex.join(sys.argv),
        }

    def write(self, calibrate: str | None, config: Config | None, method: Method, limit: int) -> None:
        """Write the file.

        Args:
            calibrate: Folder of photos for the ranges of INT8; None: those that the config trains on.
            config: The whole config, or None.
            method: How ranges are chosen.
            limit: Of how many photos.
        """
        if self.traced is None:
            write_student(self.out, *read_student(self.model))
        elif self.kind == 'onnx':
            write_onnx(self.traced, self.out, properties(self.student.description, self.traced))
        else:
            photos = PhotoSource() if calibrate is None else PhotoSource.below(calibrate, limit)
            images = training_photos(config, limit) if config is not None and calibrate is None else photos
            arrays = [self.traced.array(photo) for _, photo in images]
            self._tell_broken(photos)
            with tempfile.TemporaryDirectory() as folder:
                whole = Path(folder, 'float.onnx')
                write_onnx(self.traced, whole, properties(self.student.description, self.traced))
                trials = quantize(whole, self.out, arrays, method, self._say)
            tried = [asdict(trial) for trial in trials]
            self.report['quantisation'] = {'method': method, 'photos': len(arrays), 'trials': tried}
        self.report.update(file=self.out.name, bytes=self.out.stat().st_size)

    def check(self, folder: str | None, limit: int) -> None:
        """Compare what the file computes with the student, on photos or drawn images.

        A file that differs is renamed; INT8 differs, and is only compared.

        Args:
            folder: Of photos; None: images are drawn.
            limit: Of how many photos.
        """
        if folder is not None:
            self.photos = PhotoSource.below(folder, limit)
        photos = self.photos
        if self.traced is None:
            copy = load_student(self.out, 'cpu')
            found = compare(self.student, photos, lambda photo: photo, lambda batch: _predicted(copy, batch))
        else:
            found = compare(self.student, photos, self.traced.array, OnnxStudent.open(self.out).run)
        self._tell_broken(photos)
        images = 'drawn images' if folder is None else Path(folder).name
        self.report['check'] = {'on': images, 'broken': [str(path) for path in photos.broken], **found.to_dict()}
        self.equal = self.kind == 'int8' or found.equal
        if not self.equal:
            aside = self.out.with_name(f'{self.out.name}.differs')
            self.out.replace(aside)
            self.out = aside
            self.report['file'] = aside.name

    def measure(self, labelled: LabelledSet | None) -> None:
        """Metrics of the student and of the file on the test set of a config.

        Args:
            labelled: The test set; None: nothing is measured.
        """
        if labelled is None or self.traced is None:
            return
        session, traced = OnnxStudent.open(self.out), self.traced

        def exported(photos: list[np.ndarray]) -> np.ndarray:
            return np.concatenate([session.run(traced.array(photo)[None])[1] for photo in photos])

        def original(photos: list[np.ndarray]) -> np.ndarray:
            return np.stack([sample.pred_score.numpy() for sample in self.student.predict(photos)])

        runs: dict[str, Callable[[list[np.ndarray]], np.ndarray]] = {'before': original, 'after': exported}
        numbers = {name: self._progress(labelled, run, name) for name, run in runs.items()}
        self.report['metrics'] = {'config': labelled.config, 'images': len(labelled), **numbers}

    def time(self, teacher: str | None, seconds: float, threads: int, plugins: Sequence[str] = ()) -> None:
        """Speed, size and memory of the file, of the student in PyTorch, and of a teacher.

        Args:
            teacher: A published detector or classifier; None: the student alone.
            seconds: How long each is timed; 0: not at all.
            threads: Of each process.
            plugins: Modules that each imports first.
        """
        if not seconds or self.traced is None:
            return
        watch = Stopwatch(threads, seconds, plugins=plugins)
        # Some of those that were compared on.
        photos = [photo for _, photo in islice(self.photos, _TIMED)]
        arrays = [self.traced.array(photo) for photo in photos]
        rows = []
        if teacher is not None:
            self._say('timing the teacher')
            rows += self._time_teacher(watch, Path(teacher), photos)
        self._say('timing the student in PyTorch')
        rows.append(watch.torch('student, PyTorch', self.model, arrays, self.preprocessing))
        self._say('timing the student in ONNX Runtime')
        name = 'student, ONNX Runtime' + (', INT8' if self.kind == 'int8' else '')
        if self.kind == 'int8':
            with tempfile.TemporaryDirectory() as folder:
                whole = write_onnx(self.traced, Path(folder, 'student.onnx'), {})
                rows.append(watch.onnx('student, ONNX Runtime', whole, arrays))
        rows.append(watch.onnx(name, self.out, arrays))
        own = self.report['network_sha256']
        taught_by = None if teacher is None else read_description(teacher).provenance.get('network_sha256')
        self.report['timing'] = [
            {
                **row.to_dict(),
                'file': Path(row.file).name,
                'network_sha256': taught_by if row.name.startswith('teacher') else own,
            }
            for row in rows
        ]

    def _time_teacher(self, watch: Stopwatch, path: Path, photos: Sequence[np.ndarray]) -> list[Any]:
        if not needs_proposals(path):
            traced = TracedNetwork(load_student(path, 'cpu'), 'view')
            return [watch.torch('teacher, PyTorch', path, [traced.array(photo) for photo in photos], 'view')]
        given = watch.detector('teacher, PyTorch, proposals given', path, photos[:_TIMED_WITH_PROPOSALS], False)
        made = watch.detector('teacher, PyTorch, proposals made', path, photos[:_TIMED_WITH_PROPOSALS], True)
        return [given, made]

    def _progress(self, labelled: LabelledSet, run: Callable, name: str) -> dict[str, float]:
        with progress_bar(transient=True) as bar:
            task = bar.add_task(f'measuring {name}', total=len(labelled))
            return labelled.measure(run, seen=lambda count: bar.advance(task, count))

    def _tell_broken(self, photos: PhotoSource) -> None:
        for path, error in photos.broken.items():
            console.print(f'Left out {path}: {error.what}', style='red')

    def _say(self, text: str) -> None:
        console.print(text, style='dim')


def _predicted(student: PublishedStudent, photos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    samples = student.predict(list(photos))
    return np.stack([s.pred_logit.numpy() for s in samples]), np.stack([s.pred_score.numpy() for s in samples])


def _versions(kind: str) -> dict[str, str]:
    if kind == 'safetensors':
        return {}
    return {'onnx': onnx_package().__version__, 'onnxruntime': onnxruntime_package().__version__}
