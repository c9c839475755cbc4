"""``proposals convert``: files of other tools as a person has them, images of a folder, a list or a config."""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import ExifTags, Image
from scipy import io

from mlkd.apis import proposals
from mlkd.apis.cli import main_of
from mlkd.datasets import VOCMultiLabel
from mlkd.errors import ConfigError, ProposalError
from mlkd.proposals import ProposalStore
from tests.proposals.raw_store import write_raw

#: Of images 64 x 48: three boxes each, one-based, y1 x1 y2 x2, the last pixel inclusive.
BOXES = np.array([[1, 1, 48, 64], [6, 11, 25, 30], [10, 1, 20, 64]], np.float64)
SIDES = ('ymin', 'xmin', 'ymax', 'xmax')
PIXELS = [[0, 0, 64, 48], [10, 5, 30, 25], [0, 9, 64, 20]]


def _run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    proposals.add_arguments(parser)
    return proposals.run(parser.parse_args(['convert', *(str(argument) for argument in arguments)]))


def cell(items: list) -> np.ndarray:
    array = np.empty((1, len(items)), dtype=object)
    for index, item in enumerate(items):
        array[0, index] = item
    return array


@pytest.fixture
def voc(make_voc: Callable[..., Path], tmp_path: Path) -> tuple[Path, Path]:
    """Config of VOC with four images to train and two to test, and EdgeBoxes of the four as WSDDN has them."""
    root = make_voc()
    config = tmp_path / 'voc.py'
    config.write_text(
        f"""
train_dataloader = dict(dataset=dict(type='VOCMultiLabel', data_root={str(root)!r}, split='trainval'))
test_dataloader = dict(dataset=dict(type='VOCMultiLabel', data_root={str(root)!r}, split='test', test_mode=True))
"""
    )
    names = [f'00000{index}' for index in range(1, 5)]
    content = {'boxes': cell([BOXES] * 4), 'boxScores': cell([np.array([[0.5], [0.25], [0.125]])] * 4)}
    io.savemat(tmp_path / 'EdgeBoxesVOC2007trainval.mat', {**content, 'images': cell(names)})
    return config, tmp_path / 'EdgeBoxesVOC2007trainval.mat'


def test_edge_boxes_of_wsddn(voc: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config, mat = voc
    out = tmp_path / 'eb.mlkd'
    assert _run(mat, '--out', out, '--images', config, '--splits', 'train') == 0
    store = ProposalStore.open(out)
    store.verify()
    store.check_dataset('voc')
    assert store['JPEGImages/000003.jpg'].bboxes.tolist() == PIXELS
    assert store['JPEGImages/000003.jpg'].scores.tolist() == [0.5, 0.25, 0.125]
    assert capsys.readouterr().out == f'{out}: 4 images, 12 boxes\n'


def test_all_formats_there_and_back(voc: tuple[Path, Path], tmp_path: Path) -> None:
    config, mat = voc
    _run(mat, '--out', tmp_path / 'a.mlkd', '--images', config, '--splits', 'train', '--name', 'mine')
    checksum = ProposalStore.open(tmp_path / 'a.mlkd').header['checksum']
    targets = {
        'm.pkl': ['--to', 'mmdet'],
        'l.pkl': ['--to', 'mmdet', '--layout', 'list'],
        'd.pkl': ['--to', 'detectron2'],
        'h.pkl': ['--to', 'detectron2', '--box-mode', 'xywh'],
        'w.pkl': ['--to', 'wetectron'],
        'e.mat': ['--to', 'edge_boxes_mat'],
        'mcg': ['--to', 'mcg'],
        'r.json': [],
        'b.mlkd': [],
    }
    for name, options in targets.items():
        assert _run(tmp_path / 'a.mlkd', '--out', tmp_path / name, *options) == 0
        back = tmp_path / f'{name}.back.mlkd'
        assert _run(tmp_path / name, '--out', back, '--images', config, '--splits', 'train', '--name', 'mine') == 0
        assert ProposalStore.open(back).header['checksum'] == checksum, name


def test_boxes_of_real_images(real_data: Callable[[str], Path], tmp_path: Path) -> None:
    """The annotated boxes of photographs, as MATLAB would have them, come out where the data set has them."""
    root = real_data('voc07_mini') / 'VOCdevkit' / 'VOC2007'
    dataset = VOCMultiLabel(data_root=str(root), split='mini_test', indices=20)
    entries = [dataset.get_data_info(index) for index in range(len(dataset))]
    boxes, names = [], []
    for entry in entries:
        names.append(entry['img_id'])
        elements = ElementTree.parse(root / 'Annotations' / f'{names[-1]}.xml').findall('object/bndbox')
        boxes.append(np.array([[float(box.findtext(side)) for side in SIDES] for box in elements]))
    io.savemat(tmp_path / 's.mat', {'boxes': cell(boxes), 'images': cell(names).T})
    (tmp_path / 'list.txt').write_text(''.join(f'JPEGImages/{name}.jpg\n' for name in names))
    images = ['--images', tmp_path / 'list.txt', '--data-root', root]
    _run(tmp_path / 's.mat', '--out', tmp_path / 's.mlkd', *images)
    store = ProposalStore.open(tmp_path / 's.mlkd')
    for entry in entries:
        wanted = [instance['bbox'] for instance in entry['instances']]
        np.testing.assert_array_equal(store[entry['img_key']].bboxes, np.float32(wanted))
    with pytest.raises(ProposalError, match='leave their image') as caught:
        _run(tmp_path / 's.mat', '--out', tmp_path / 'x.mlkd', *images, '--axes', 'xy')
    assert '--axes' not in caught.value.fix, 'a person has said so'


def test_datalist(voc: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config, mat = voc
    options = ['--images', config, '--splits', 'test', '--num-proposals', 3, '--cfg-options']
    io.savemat(mat, {'boxes': cell([BOXES] * 2), 'images': cell(['000005', '000006'])})
    _run(mat, '--out', tmp_path / 'l.txt', *options, 'test_dataloader.dataset.difficult=present')
    lines = (tmp_path / 'l.txt').read_text().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f'JPEGImages/000005.jpg {"0 " * 11}1 {"0 " * 8}0 0 671 671 1 ')
    _run(tmp_path / 'l.txt', '--out', tmp_path / 's.mlkd', *options, 'test_dataloader.dataset.difficult=present')
    found = ProposalStore.open(tmp_path / 's.mlkd')['JPEGImages/000005.jpg'].bboxes
    np.testing.assert_allclose(found, PIXELS, atol=64 / 672)
    capsys.readouterr()
    options[options.index(3)] = 2
    _run(mat, '--out', tmp_path / 'two.txt', *options, 'test_dataloader.dataset.difficult=present')
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith('two.txt: 2 images, 4 boxes')
    assert said[1].startswith('2 boxes left out')


def test_swapped_axes(voc: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A .mat whose boxes were saved x first: told, not mended in silence."""
    config, mat = voc
    content = io.loadmat(mat)
    boxes = cell([box[:, [1, 0, 3, 2]] for box in content['boxes'][0]])
    io.savemat(mat, {name: content[name] for name in ('images', 'boxScores')} | {'boxes': boxes})
    command = [str(mat), '--out', str(tmp_path / 's.mlkd'), '--images', str(config), '--splits', 'train']
    assert main_of('proposals', ['convert', *command]) == 1
    said = capsys.readouterr().err
    assert said.startswith('ProposalError: 8 of 12 boxes, in 4 of 4 images, leave their image')
    assert 'EdgeBoxesVOC2007trainval.mat, boxes{1} (000001), box 1' in said
    assert '[1.0, 1.0, 64.0, 48.0] in an image 64 x 48 (width x height)' in said
    assert 'x and y look swapped: with --axes xy all boxes fit' in said
    assert not (tmp_path / 's.mlkd').exists()
    assert main_of('proposals', ['convert', *command, '--axes', 'xy']) == 0
    assert ProposalStore.open(tmp_path / 's.mlkd')['JPEGImages/000001.jpg'].bboxes.tolist() == PIXELS


def test_payload(voc: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    class Payload:
        def __reduce__(self) -> tuple:
            return print, ('it ran',)

    config, _ = voc
    (tmp_path / 'p.pkl').write_bytes(pickle.dumps({'ids': [1], 'boxes': [Payload()], 'objectness_logits': [[]]}))
    assert main_of('proposals', ['convert', str(tmp_path / 'p.pkl'), '--out', 'x.mlkd', '--images', str(config)]) == 1
    said = capsys.readouterr()
    assert 'it ran' not in said.out + said.err
    assert 'found: builtins.print' in said.err


def test_coco(make_coco: Callable[..., Path], tmp_path: Path) -> None:
    """Ids of the annotation; an image without rows has no boxes."""
    root = make_coco(year=2017)
    config = tmp_path / 'coco.py'
    dataset = f"dict(type='CocoMultiLabel', data_root={str(root)!r}, split='val', year=2017, test_mode=True)"
    config.write_text(f'val_dataloader = dict(dataset={dataset})')
    rows = [{'image_id': 42, 'category_id': 1, 'bbox': [10, 5, 20, 20], 'score': 0.5}]
    (tmp_path / 'r.json').write_text(json.dumps(rows))
    _run(tmp_path / 'r.json', '--out', tmp_path / 's.mlkd', '--images', config)
    store = ProposalStore.open(tmp_path / 's.mlkd')
    assert store['val2017/000000000042.jpg'].bboxes.tolist() == [[10, 5, 30, 25]]
    assert store.counts(['val2017/000000000073.jpg']).tolist() == [0]
    _run(tmp_path / 's.mlkd', '--out', tmp_path / 'd.pkl', '--to', 'detectron2', '--images', config)
    assert pickle.loads((tmp_path / 'd.pkl').read_bytes())['ids'] == [42, 73]


def test_what_is_told(voc: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config, _ = voc
    boxes = np.array([[0, 0, 10, 10, 0.1], [-3, 0, 10, 10, 0.5], [70, 0, 80, 10, 0.5]])
    (tmp_path / 'm.pkl').write_bytes(pickle.dumps({'000005': boxes, 'other': boxes, '000006': boxes[:0]}))
    options = ['--images', config, '--partial', '--clip']
    _run(tmp_path / 'm.pkl', '--out', tmp_path / 's.mlkd', *options)
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith('s.mlkd: 2 images, 2 boxes')
    assert said[1:] == [
        '1 images have no box',
        '1 boxes cut to their image, 1 dropped: nothing of them was in it',
        'in 1 images the boxes are not in the order of their scores, as before; --sort orders them',
        '1 entries left out, of other images: other',
        '4 images left out, without an entry: '
        'JPEGImages/000001.jpg, JPEGImages/000002.jpg, JPEGImages/000003.jpg, JPEGImages/000004.jpg',
    ]


def test_wrong_arguments(voc: tuple[Path, Path], tmp_path: Path) -> None:
    config, mat = voc
    with pytest.raises(ProposalError, match='does not hold the names'):
        _run(mat, '--out', tmp_path / 's.mlkd')
    with pytest.raises(ConfigError, match='no such format') as caught:
        _run(mat, '--out', tmp_path / 's.mlkd', '--from', 'edge_boxes', '--images', config)
    assert caught.value.fix == 'did you mean edge_boxes_mat?'
    with pytest.raises(ConfigError, match='does not tell the format') as caught:
        _run(mat, '--out', tmp_path / 'p.pkl', '--images', config)
    assert caught.value.fix == 'name it: --to detectron2 or mmdet or wetectron'
    with pytest.raises(ConfigError, match='neither of the formats') as caught:
        _run(mat, '--out', tmp_path / 's.mlkd', '--images', config, '--layout', 'list')
    assert caught.value.where == '--layout'
    with pytest.raises(ConfigError, match='cannot be imported'):
        _run(mat, '--out', tmp_path / 's.mlkd', '--images', config, '--import', 'no_such_module')
    with pytest.raises(ProposalError, match='no such proposal file') as caught:
        _run(str(mat).replace('Boxes', 'Bxes'), '--out', tmp_path / 's.mlkd', '--images', config)
    assert 'did you mean EdgeBoxesVOC2007trainval.mat' in caught.value.fix


def test_a_format_of_a_plug_in(voc: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'my_format.py').write_text(
        """
import numpy as np
from mlkd.proposals.formats.base import FileEntry, ProposalFormat
from mlkd.registry import PROPOSAL_FORMATS

@PROPOSAL_FORMATS.register_module(name='whole')
class Whole(ProposalFormat):
    def read(self, path):
        for name in path.read_text().split():
            yield FileEntry(name, np.array([[0.0, 0, 64, 48]]), None, f'{path}, {name}')

    def write(self, path, entries):
        path.write_text(' '.join(entry.record.key for entry in entries))
"""
    )
    (tmp_path / 'x.whole').write_text('000005 000006')
    monkeypatch.syspath_prepend(tmp_path)
    options = ['--images', voc[0], '--splits', 'test', '--import', 'my_format']
    _run(tmp_path / 'x.whole', '--from', 'whole', '--out', tmp_path / 's.mlkd', *options)
    assert ProposalStore.open(tmp_path / 's.mlkd').counts().tolist() == [1, 1]


def test_photos_that_their_data_set_turns(tmp_path: Path) -> None:
    """Boxes of such a data set are in pixels of the turned photo, and a file is read so again."""
    (tmp_path / 'photos').mkdir()
    for name in ('a', 'b'):
        photo = Image.new('RGB', (100, 60))
        photo.getexif()[ExifTags.Base.Orientation] = 6
        photo.save(tmp_path / 'photos' / f'{name}.jpg', exif=photo.getexif())
    (tmp_path / 'labels.csv').write_text('a,cat\nb,dog\n')
    dataset = {'type': 'FolderMultiLabel', 'data_root': str(tmp_path / 'photos'), 'ann_file': '../labels.csv'}
    (tmp_path / 'photos.py').write_text(f'train_dataloader = dict(dataset={dataset})')
    size = {'a.jpg': (100, 60), 'b.jpg': (100, 60)}
    store = write_raw(tmp_path / 'a.mlkd', {key: ([[0, 0, 60, 100], [5, 70, 9, 99]], None, size[key]) for key in size})
    images = ('--images', tmp_path / 'photos.py')
    assert _run(store.path, '--out', tmp_path / 'a.pkl', '--to', 'mmdet', *images) == 0
    assert _run(tmp_path / 'a.pkl', '--out', tmp_path / 'back.mlkd', *images) == 0
    back = ProposalStore.open(tmp_path / 'back.mlkd')
    assert {key: back[key].size for key in back} == size
    assert back['b.jpg'].bboxes.tolist() == store['b.jpg'].bboxes.tolist()
