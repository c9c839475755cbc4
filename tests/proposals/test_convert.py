"""Conversions as a whole: which images, resuming, what is left behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from toy_entries import check_same, random_entry

from mlkd.errors import ProposalError
from mlkd.proposals import ProposalStore
from mlkd.proposals.convert import Conversion, convert_proposals
from mlkd.proposals.formats import (
    COCOResults,
    Detectron2Pickle,
    EdgeBoxesMat,
    MCGFolder,
    MMDetPickle,
    ProposalFormat,
    StoreFolder,
    WetectronPickle,
    format_class,
    format_options,
    guess_format,
)
from mlkd.proposals.formats.base import BoxOptions, FileEntry, ImageEntry
from mlkd.proposals.image_catalogue import ImageCatalogue
from mlkd.proposals.layout import partial_path

ENTRIES = [random_entry(index, count) for index, count in enumerate((7, 1, 30, 2, 12))]
IMAGES = ImageCatalogue([entry.record for entry in ENTRIES], 'toy')


@pytest.fixture
def pickled(tmp_path: Path) -> Path:
    """A pickle of detectron2 with all entries."""
    Detectron2Pickle().write(tmp_path / 'd.pkl', ENTRIES)
    return tmp_path / 'd.pkl'


def to_store(path: Path, out: Path, **options: object) -> Conversion:
    images = options.pop('images', IMAGES)
    reader = options.pop('reader', None) or Detectron2Pickle()
    return convert_proposals(path, reader, out, StoreFolder(), images, **options)


@pytest.mark.parametrize(
    ('kind', 'name'),
    [
        (Detectron2Pickle, 'x.pkl'),
        (WetectronPickle, 'x.pkl'),
        (MMDetPickle, 'x.pkl'),
        (EdgeBoxesMat, 'x.mat'),
        (MCGFolder, 'x'),
        (COCOResults, 'x.json'),
        (StoreFolder, 'x.mlkd'),
    ],
)
def test_store_there_and_back(pickled: Path, tmp_path: Path, kind: type[ProposalFormat], name: str) -> None:
    first, again = tmp_path / 'first.mlkd', tmp_path / 'again.mlkd'
    to_store(pickled, first)
    convert_proposals(first, StoreFolder(), tmp_path / name, kind())
    to_store(tmp_path / name, again, reader=kind())
    check_same(ProposalStore.open(again), ENTRIES)
    one, other = ProposalStore.open(first).header, ProposalStore.open(again).header
    assert one['checksum'] == other['checksum']


def test_between_formats_of_others(pickled: Path, tmp_path: Path) -> None:
    done = convert_proposals(pickled, Detectron2Pickle(), tmp_path / 'e.mat', EdgeBoxesMat(), IMAGES)
    assert done == Conversion(images=5, boxes=52)
    to_store(tmp_path / 'e.mat', tmp_path / 'e.mlkd', reader=EdgeBoxesMat())
    check_same(ProposalStore.open(tmp_path / 'e.mlkd'), ENTRIES)


def test_header(pickled: Path, tmp_path: Path) -> None:
    to_store(pickled, tmp_path / 's.mlkd')
    header = ProposalStore.open(tmp_path / 's.mlkd').header
    assert header['dataset'] == 'toy'
    made = header['generator']
    assert (made['type'], made['format'], made['file']) == ('Converted', 'detectron2', 'd.pkl')
    assert made['box_mode'] == 'xyxy'
    # A store of a store was made by what made that.
    to_store(tmp_path / 's.mlkd', tmp_path / 't.mlkd', reader=StoreFolder(), images=None)
    assert ProposalStore.open(tmp_path / 't.mlkd').header['generator'] == made


def test_other_images(pickled: Path, tmp_path: Path) -> None:
    others = ImageCatalogue([random_entry(index, 1).record for index in range(10, 14)], 'others')
    for partial in (False, True):
        with pytest.raises(ProposalError, match=r'5 of 5 entries of a .* none of the 4 images') as caught:
            to_store(pickled, tmp_path / 's.mlkd', images=others, partial=partial)
    assert "'000001' (did you mean 0000" in caught.value.found
    assert caught.value.found.count('did you mean') == 5
    assert caught.value.expected == 'images like JPEGImages/000011.jpg'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['d.pkl']


def test_partial(pickled: Path, tmp_path: Path) -> None:
    """Some images of the file, some others."""
    some = ImageCatalogue([*IMAGES.records[1:3], random_entry(20, 1).record], 'some')
    with pytest.raises(ProposalError, match='3 of 5 entries') as caught:
        to_store(pickled, tmp_path / 's.mlkd', images=some)
    assert '--partial' in caught.value.fix
    more = ImageCatalogue([*IMAGES.records, random_entry(20, 1).record], 'more')
    with pytest.raises(ProposalError, match='1 of 6 images have no entry') as caught:
        to_store(pickled, tmp_path / 's.mlkd', images=more)
    assert caught.value.found == 'JPEGImages/000021.jpg'
    done = to_store(pickled, tmp_path / 's.mlkd', images=some, partial=True)
    assert done.unknown == ['000001', '000004', '000005']
    assert done.missing == ['JPEGImages/000021.jpg']
    check_same(ProposalStore.open(tmp_path / 's.mlkd'), ENTRIES[1:3])


def test_several_images_of_a_name(tmp_path: Path) -> None:
    from dataclasses import replace

    records = [replace(record, image_id=None) for record in IMAGES]
    images = ImageCatalogue([*records, replace(records[0], key='other/000001.jpg')], 'two')
    (tmp_path / 'd.pkl').write_bytes(pickle.dumps({'000001': np.ones((1, 5))}))
    with pytest.raises(ProposalError, match='several are called') as caught:
        to_store(tmp_path / 'd.pkl', tmp_path / 's.mlkd', images=images, reader=MMDetPickle())
    assert caught.value.found == "'000001': JPEGImages/000001.jpg, other/000001.jpg"


def test_order_of_scores(tmp_path: Path) -> None:
    boxes = np.array([[0, 0, 5, 5, 0.5], [1, 1, 5, 5, 0.75], [2, 2, 5, 5, 0.5]])
    (tmp_path / 'd.pkl').write_bytes(pickle.dumps({'000001': boxes}))
    images = ImageCatalogue(IMAGES.records[:1], 'one')
    done = to_store(tmp_path / 'd.pkl', tmp_path / 'a.mlkd', images=images, reader=MMDetPickle())
    assert done.unsorted == 1
    assert ProposalStore.open(tmp_path / 'a.mlkd')['JPEGImages/000001.jpg'].bboxes[:, 0].tolist() == [0, 1, 2]
    done = to_store(tmp_path / 'd.pkl', tmp_path / 'b.mlkd', images=images, reader=MMDetPickle(), sort=True)
    assert done.unsorted == 0
    assert ProposalStore.open(tmp_path / 'b.mlkd')['JPEGImages/000001.jpg'].bboxes[:, 0].tolist() == [1, 0, 2]


def test_wrong_boxes_leave_nothing(tmp_path: Path) -> None:
    swapped = Detectron2Pickle(axes='yx')
    swapped.write(tmp_path / 'd.pkl', ENTRIES)
    with pytest.raises(ProposalError, match='leave their image') as caught:
        to_store(tmp_path / 'd.pkl', tmp_path / 's.mlkd')
    assert 'x and y look swapped: with --axes yx' in caught.value.fix
    assert [path.name for path in tmp_path.iterdir()] == ['d.pkl']
    with pytest.raises(ProposalError, match='leave their image'):
        convert_proposals(tmp_path / 'd.pkl', Detectron2Pickle(), tmp_path / 'r.json', COCOResults(), IMAGES)
    assert [path.name for path in tmp_path.iterdir()] == ['d.pkl']
    to_store(tmp_path / 'd.pkl', tmp_path / 's.mlkd', reader=swapped)
    check_same(ProposalStore.open(tmp_path / 's.mlkd'), ENTRIES)


def test_nothing_is_written_over(pickled: Path, tmp_path: Path) -> None:
    to_store(pickled, tmp_path / 's.mlkd')
    with pytest.raises(ProposalError, match='there already'):
        to_store(pickled, tmp_path / 's.mlkd')
    with pytest.raises(ProposalError, match='there already'):
        convert_proposals(tmp_path / 's.mlkd', StoreFolder(), pickled, Detectron2Pickle())
    with pytest.raises(ProposalError, match='no such proposal file'):
        to_store(tmp_path / 'none.pkl', tmp_path / 't.mlkd')
    with pytest.raises(ProposalError, match='does not hold the names and sizes'):
        to_store(pickled, tmp_path / 't.mlkd', images=None)


class Interrupted(Detectron2Pickle):
    """Stops after two images."""

    def read(self, path: Path) -> Iterator[FileEntry]:
        for index, entry in enumerate(super().read(path)):
            if index == 2:
                raise KeyboardInterrupt
            yield entry


def test_goes_on(pickled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlkd.registry import PROPOSAL_FORMATS

    out = tmp_path / 's.mlkd'
    monkeypatch.setitem(PROPOSAL_FORMATS.module_dict, 'detectron2', Interrupted)
    with pytest.raises(KeyboardInterrupt):
        to_store(pickled, out, reader=Interrupted())
    monkeypatch.undo()
    journal = partial_path(out) / 'journal.jsonl'
    assert len(journal.read_text().splitlines()) == 2
    with pytest.raises(ProposalError, match='begun with other settings'):
        to_store(pickled, out, clip=True)
    assert journal.exists(), 'what another run has left stays'
    to_store(pickled, out)
    to_store(pickled, tmp_path / 'at once.mlkd')
    headers = [ProposalStore.open(path).header for path in (out, tmp_path / 'at once.mlkd')]
    assert headers[0]['checksum'] == headers[1]['checksum']
    assert not partial_path(out).exists()


def test_killed(tmp_path: Path) -> None:
    """SIGKILL in the middle of a store of 400 images; the same command goes on and nothing is there twice."""
    script = """
import sys, time
from pathlib import Path
from test_convert_toy import many
from mlkd.proposals.convert import convert_proposals
from mlkd.proposals.formats import Detectron2Pickle, StoreFolder
from mlkd.proposals import writer
if sys.argv[3] == 'slow':
    add = writer.ProposalWriter.add
    writer.ProposalWriter.add = lambda self, *a: (add(self, *a), time.sleep(0.01), print(len(self), flush=True))
entries, images = many()
convert_proposals(Path(sys.argv[1]), Detectron2Pickle(), Path(sys.argv[2]), StoreFolder(), images)
"""
    toy = 'from toy_entries import random_entry\nfrom mlkd.proposals.image_catalogue import ImageCatalogue\n'
    toy += 'def many():\n    entries = [random_entry(i, 5) for i in range(400)]\n'
    toy += "    return entries, ImageCatalogue([entry.record for entry in entries], 'many')\n"
    (tmp_path / 'test_convert_toy.py').write_text(toy)
    entries = [random_entry(index, 5) for index in range(400)]
    Detectron2Pickle().write(tmp_path / 'd.pkl', entries)
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent), *sys.path])
    command = [sys.executable, '-c', script, str(tmp_path / 'd.pkl'), str(tmp_path / 's.mlkd')]
    environment = {**os.environ, 'PYTHONPATH': path}
    with subprocess.Popen([*command, 'slow'], env=environment, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) == 30:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / 's.mlkd').exists()
    kept = (partial_path(tmp_path / 's.mlkd') / 'journal.jsonl').read_text().splitlines()
    assert 30 <= len(kept) < 400
    subprocess.run([*command, 'fast'], env=environment, check=True)
    check_same(ProposalStore.open(tmp_path / 's.mlkd'), entries)


def test_guess(pickled: Path, tmp_path: Path) -> None:
    assert guess_format(pickled) == 'detectron2'
    to_store(pickled, tmp_path / 's.mlkd')
    assert guess_format(tmp_path / 's.mlkd') == 'store'
    for kind, name in ((WetectronPickle, 'w.pkl'), (MMDetPickle, 'm.pkl'), (EdgeBoxesMat, 'e.mat'), (MCGFolder, 'g')):
        convert_proposals(tmp_path / 's.mlkd', StoreFolder(), tmp_path / name, kind())
        assert format_class(guess_format(tmp_path / name)) is kind
    (tmp_path / 'x.bin').write_bytes(b'x')
    with pytest.raises(ProposalError, match='cannot be told') as caught:
        guess_format(tmp_path / 'x.bin')
    assert '--from coco or datalist or detectron2' in caught.value.fix
    with pytest.raises(ProposalError, match='no such proposal file') as caught:
        guess_format(tmp_path / 'd.pk')
    assert caught.value.fix.startswith('did you mean d.pkl')


def test_options_of_formats() -> None:
    assert format_options(Detectron2Pickle) == dict.fromkeys(('axes', 'box_mode', 'origin', 'end'))
    assert format_options(MMDetPickle) == {**format_options(BoxOptions), 'layout': 'dict'}
    assert format_options(StoreFolder) == {}


def test_a_format_of_ones_own(pickled: Path, tmp_path: Path) -> None:
    """A plug-in is one class."""

    class Lines(ProposalFormat):
        """``KEY x1 y1 x2 y2 score ...`` on a line."""

        def read(self, path: Path) -> Iterator[FileEntry]:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                key, *rest = line.split()
                rows = np.array(rest, np.float64).reshape(-1, 5)
                yield FileEntry(key, rows[:, :4], rows[:, 4], f'{path}:{number}')

        def write(self, path: Path, entries: Iterator[ImageEntry]) -> None:
            rows = (np.column_stack([entry.bboxes, entry.scores]).astype(float).ravel() for entry in entries)
            lines = [
                f'{record.key} {" ".join(map(repr, row.tolist()))}\n' for record, row in zip(IMAGES, rows, strict=True)
            ]
            path.write_text(''.join(lines))

    convert_proposals(pickled, Detectron2Pickle(), tmp_path / 'l.txt', Lines(), IMAGES)
    convert_proposals(tmp_path / 'l.txt', Lines(), tmp_path / 'd2.pkl', Detectron2Pickle(), IMAGES)
    to_store(tmp_path / 'd2.pkl', tmp_path / 's.mlkd')
    check_same(ProposalStore.open(tmp_path / 's.mlkd'), ENTRIES)
