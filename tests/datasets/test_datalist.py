"""DatalistDataset: boxes of the 672 frame end up where the reference implementation has them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config

from mlkd.datasets import DatalistDataset, VOCMultiLabel
from mlkd.errors import ConfigError, DataError
from mlkd.proposals import ProposalWriter
from mlkd.proposals.formats.datalist import DatalistEntry, to_frame, write_datalist

CONFIGS = Path(__file__).parents[2] / 'configs'
BOXES = '100 50 300 333 0.5 0 0 671 671 0.25 1 2 3 4 0.125 1 2 3 4 0'


@pytest.fixture
def listed(make_voc: Callable[..., Path]) -> Path:
    """Folder with a list of two images of 64 x 48 pixels."""
    root = make_voc()
    shutil.move(root / 'VOCdevkit/VOC2007/JPEGImages', root / 'img')
    lines = [f'img/00000{n}.jpg 1 0 {n % 2} {BOXES}' for n in (1, 2)]
    (root / 'list.txt').write_text('\n\n'.join(lines))
    return root


def build(root: Path, flip: float = 0.0, **more) -> DatalistDataset:
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'Warp', 'size': 672},
        {'type': 'MirrorFlip', 'prob': flip, 'pixel_boxes': True},
        {'type': 'PackMultiLabel'},
    ]
    options = {'num_proposals': 4, 'metainfo': {'classes': ['a', 'b', 'c']}, 'pipeline': pipeline}
    return DatalistDataset(ann_file='list.txt', data_root=root, **{**options, **more})


def test_sample(listed: Path) -> None:
    dataset = build(listed)
    sample = dataset[1]['data_samples']
    assert len(dataset) == 2
    assert sample.img_key == 'img/000002.jpg'
    assert sample.img_path == str(listed / 'img/000002.jpg')
    assert sample.gt_label.tolist() == [1, 0, 0]
    assert sample.proposals.bboxes.tolist() == [[100, 50, 300, 333], [0, 0, 671, 671], [1, 2, 3, 4]]
    assert sample.proposals.scores.tolist() == [0.5, 0.25, 0.125]


def test_mirrored_as_the_reference_implementation_does(listed: Path) -> None:
    boxes = build(listed, flip=1.0)[0]['data_samples'].proposals.bboxes
    assert boxes.tolist() == [[371, 50, 571, 333], [0, 0, 671, 671], [668, 2, 670, 4]]


def test_root_folder_is_put_before_the_path_as_it_is(listed: Path) -> None:
    text = (listed / 'list.txt').read_text()
    (listed / 'list.txt').write_text(text.replace('img/0', ''))
    dataset = build(listed, data_prefix={'img_path': 'img/0'})
    assert dataset.get_data_info(0)['img_path'] == str(listed / 'img/000001.jpg')
    assert dataset.get_data_info(0)['img_key'] == '00001.jpg'
    (listed / 'list.txt').write_text(text.replace('img/', f'{listed}/img/'))
    absolute = DatalistDataset(str(listed / 'list.txt'), 4, metainfo={'classes': ['a', 'b', 'c']})
    assert absolute.get_data_info(0)['img_path'] == str(listed / 'img/000001.jpg')
    assert absolute.get_data_info(0)['img_key'] == f'{listed}/img/000001.jpg'.lstrip('/')


def test_a_store_takes_the_place_of_the_boxes(listed: Path) -> None:
    with ProposalWriter(listed / 'p.mlkd', 'datalist', {'type': 'x'}) as writer:
        for n in (1, 2):
            writer.add(f'img/00000{n}.jpg', np.array([[0, 0, 32, 24]], np.float32), np.ones(1, np.float32), (48, 64))
        writer.finish()
    proposals = build(listed, proposal_file='p.mlkd')[0]['data_samples'].proposals
    assert proposals.bboxes.tolist() == [[0, 0, 336, 336]]


def test_released_configs_give_a_store_the_boxes_of_a_list(make_voc: Callable[..., Path]) -> None:
    """What their pipeline makes of a store is what the reference implementation's makes of the list written of it."""
    pixels, root = Config.fromfile(CONFIGS / '_base_/pipelines/pixels_672.py'), make_voc() / 'VOCdevkit/VOC2007'
    corners = np.sort(np.random.default_rng(0).integers(0, [65, 49], (30, 2, 2)), axis=1).reshape(-1, 4)
    boxes, scores = np.float32([[0, 0, 64, 48], *corners]), np.linspace(1, 0.1, 31, dtype=np.float32)
    boxes = boxes[(boxes[:, 2:] > boxes[:, :2]).all(1)]
    with ProposalWriter(root / 'p.mlkd', 'voc', {'type': 'x'}) as writer:
        for name in ('000001', '000002', '000003', '000004'):
            writer.add(f'JPEGImages/{name}.jpg', boxes, scores[: len(boxes)], (48, 64))
        writer.finish()
    line = DatalistEntry('JPEGImages/000001.jpg', np.int8([1, 0, 0]), to_frame(boxes, (48, 64)), scores[: len(boxes)])
    write_datalist(root / 'list.txt', [line], 40)
    for flip in (0.0, 1.0):
        steps = [{**step, 'prob': flip} if step['type'] == 'MirrorFlip' else step for step in pixels.train_pixels]
        stored = VOCMultiLabel(data_root=root, proposal_file='p.mlkd', pipeline=steps)[0]
        listed = build(root, flip, num_proposals=40)[0]
        assert torch.equal(stored['inputs'], listed['inputs'])
        for key in ('bboxes', 'scores'):
            assert torch.equal(stored['data_samples'].proposals[key], listed['data_samples'].proposals[key])
    assert [step['type'] for step in pixels.test_pixels] == [s['type'] for s in steps if s['type'] != 'MirrorFlip']


def test_errors_at_load_name_the_line(listed: Path) -> None:
    text = (listed / 'list.txt').read_text()
    (listed / 'list.txt').write_text(text[:-2])
    with pytest.raises(DataError, match='too few') as caught:
        build(listed)
    assert caught.value.where == f'{listed}/list.txt:3'
    (listed / 'list.txt').write_text(text[:-10] + 'x' + text[-9:])
    with pytest.raises(DataError, match='no number') as caught:
        build(listed)
    assert caught.value.where == f'{listed}/list.txt:3'


def test_names_of_labels(listed: Path) -> None:
    with pytest.raises(DataError, match='too few') as caught:
        build(listed, metainfo=None, label_names='coco')
    assert caught.value.expected.startswith('101: ')
    with pytest.raises(ConfigError, match='num_proposals'):
        build(listed, num_proposals='4')
    with pytest.raises(ConfigError, match='label_names'):
        build(listed, label_names='imagenet')
    with pytest.raises(DataError, match='what its labels are called'):
        build(listed, metainfo=None)


def test_missing_list(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='datalist is not there') as caught:
        DatalistDataset('none.txt', data_root=tmp_path, metainfo={'classes': ['a']})
    assert 'configs/kd/wsddn_shapes.py' in caught.value.fix
