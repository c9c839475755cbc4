"""Boxes of detectors: those that MMDetection itself gives, and what is wrong with config or checkpoint."""

from __future__ import annotations

import pickle
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.apis import inference_detector
from mmdet.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mlkd.errors import CheckpointError, ConfigError
from mlkd.proposals import DetectorProposals, ProposalStore, make_proposals
from mlkd.proposals.checks import check_boxes

sys.path.insert(0, str(Path(__file__).parent))
from mmdet_toy import write_detector

Files = dict[str, tuple[str, str]]


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Config and checkpoint of a Faster R-CNN, an RPN with the same weights, and a RetinaNet."""
    folder = tmp_path_factory.mktemp('detectors')
    return {kind: write_detector(folder, kind) for kind in ('faster', 'rpn', 'retina')}


@pytest.fixture
def image() -> np.ndarray:
    """Squares on noise, 90 x 120."""
    image = np.random.default_rng(0).integers(0, 90, (90, 120, 3), dtype=np.uint8)
    image[20:60, 30:80] = (20, 200, 250)
    image[50:85, 70:115] = (250, 100, 20)
    return image


def _of_mmdetection(config: str, checkpoint: str, image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes, scores and labels through MMDetection's own inference."""
    read = Config.fromfile(config)
    with DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(read.model)
        model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
        model.cfg = read
        found = inference_detector(model.eval(), image).pred_instances
    return found.bboxes.numpy(), found.scores.numpy(), found.labels.numpy()


def test_proposals_of_a_two_stage_detector_are_those_of_its_rpn(files: Files, image: np.ndarray) -> None:
    boxes, scores = DetectorProposals(*files['faster'], device='cpu')(image)
    check_boxes('image', boxes, scores, image.shape[:2])
    expected, expected_scores, _ = _of_mmdetection(*files['rpn'], image)
    assert len(boxes) == len(expected) > 20
    np.testing.assert_allclose(boxes, np.clip(expected, 0, (120, 90, 120, 90)), atol=1e-3)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    assert (np.diff(scores) <= 0).all()
    alone, _ = DetectorProposals(*files['rpn'], device='cpu')(image)
    np.testing.assert_array_equal(boxes, alone)


@pytest.mark.parametrize('kind', ['faster', 'retina'])
def test_final_boxes_have_no_class(files: Files, image: np.ndarray, kind: str) -> None:
    expected, expected_scores, labels = _of_mmdetection(*files[kind], image)
    assert len(set(labels.tolist())) > 1
    best: dict[tuple, float] = {}
    for box, score in zip(np.clip(expected, 0, (120, 90, 120, 90)).tolist(), expected_scores.tolist(), strict=True):
        best[tuple(box)] = max(score, best.get(tuple(box), 0))
    everything, scores = DetectorProposals(*files[kind], boxes='final', merge_iou=1, device='cpu')(image)
    np.testing.assert_allclose(scores, sorted(best.values(), reverse=True), atol=1e-6)
    np.testing.assert_allclose(np.sort(everything, 0), np.sort(list(best), 0), atol=1e-3)
    merged, kept = DetectorProposals(*files[kind], boxes='final', merge_iou=0.5, device='cpu')(image)
    assert len(merged) < len(everything)
    assert kept[0] == scores[0]
    check_boxes('image', merged, kept, image.shape[:2])
    few, _ = DetectorProposals(*files[kind], boxes='final', merge_iou=0.5, max_boxes=2, device='cpu')(image)
    np.testing.assert_array_equal(few, merged[:2])


def test_same_store_for_any_number_of_processes(files: Files, image: np.ndarray, tmp_path: Path) -> None:
    generator = {'type': 'DetectorProposals', 'config': files['faster'][0], 'checkpoint': files['faster'][1]}
    read = _Shifted(image)
    sums = []
    for processes in (1, 2):
        out = tmp_path / f'{processes}.mlkd'
        make_proposals(['a', 'b', 'c'], read, {**generator, 'device': 'cpu'}, out, 'toy', processes)
        sums.append(ProposalStore.open(out).header['checksum'])
    assert sums[0] == sums[1]


class _Shifted:
    def __init__(self, image: np.ndarray) -> None:
        self.image = image

    def __call__(self, index: int) -> np.ndarray:
        return np.roll(self.image, 9 * index, 1)


def test_pickled_without_its_network(files: Files, image: np.ndarray) -> None:
    generator = DetectorProposals(*files['faster'], device='cpu')
    boxes, _ = generator(image)
    packed = pickle.dumps(generator)
    assert len(packed) < 2000
    np.testing.assert_array_equal(pickle.loads(packed)(image)[0], boxes)


def test_header_tells_what_is_in_the_files_not_where_they_lie(files: Files, tmp_path: Path) -> None:
    config, checkpoint = files['rpn']
    here = DetectorProposals(config, checkpoint, device='cpu').header()
    moved = [shutil.copy(path, tmp_path) for path in files['rpn']]
    assert DetectorProposals(*moved).header() == here
    assert here['config']['file'] == 'rpn.py'
    assert 'device' not in here
    with Path(moved[0]).open('a') as file:
        file.write("# a comment\nwork_dir = 'elsewhere'\n")
    assert DetectorProposals(*moved).header() == here
    with Path(moved[0]).open('a') as file:
        file.write("model['test_cfg'] = dict(rpn=dict(rpn_test, max_per_img=9))\n")
    assert DetectorProposals(*moved).header()['config'] != here['config']
    torch.save({'state_dict': {}}, moved[1])
    assert DetectorProposals(*moved).header()['checkpoint'] != here['checkpoint']


def test_tiny_and_long_images(files: Files) -> None:
    generator = DetectorProposals(*files['faster'], device='cpu')
    for shape in ((1, 1), (3, 400), (400, 3)):
        boxes, scores = generator(np.full((*shape, 3), 99, np.uint8))
        check_boxes('image', boxes, scores, shape)


def test_nothing_found_is_the_whole_image(files: Files, image: np.ndarray, tmp_path: Path) -> None:
    config = tmp_path / 'strict.py'
    config.write_text(Path(files['faster'][0]).read_text().replace('score_thr=0.01', 'score_thr=1.0'))
    boxes, scores = DetectorProposals(str(config), files['faster'][1], boxes='final', device='cpu')(image)
    assert (boxes.tolist(), scores.tolist()) == ([[0, 0, 120, 90]], [0])


def _changed(files: Files, path: Path, change) -> str:
    state = torch.load(files['faster'][1], weights_only=True)['state_dict']
    change(state)
    torch.save({'state_dict': state}, path)
    return str(path)


def test_checkpoint_that_does_not_fit(files: Files, tmp_path: Path) -> None:
    config, path = files['faster'][0], tmp_path / 'other.pth'
    for change, text in (
        (lambda state: state.pop('rpn_head.rpn_cls.bias'), 'rpn_head.rpn_cls.bias'),
        (lambda state: state.update({'rpn_head.rpn_cls.bias': torch.zeros(5)}), 'size mismatch'),
    ):
        with pytest.raises(CheckpointError, match='does not fit') as caught:
            DetectorProposals(config, _changed(files, path, change), device='cpu').prepare()
        assert text in str(caught.value)


def test_rpn_needs_nothing_of_what_follows_it(files: Files, tmp_path: Path) -> None:
    def without_roi_head(state: dict) -> None:
        for name in [name for name in state if name.startswith('roi_head')]:
            del state[name]

    path = _changed(files, tmp_path / 'half.pth', without_roi_head)
    DetectorProposals(files['faster'][0], path, device='cpu').prepare()
    with pytest.raises(CheckpointError, match='roi_head'):
        DetectorProposals(files['faster'][0], path, boxes='final', device='cpu').prepare()


def test_other_tensors_in_the_checkpoint_are_named(files: Files, tmp_path: Path) -> None:
    path = _changed(files, tmp_path / 'more.pth', lambda state: state.update(mask_head=torch.zeros(1)))
    with pytest.warns(UserWarning, match='mask_head'):
        DetectorProposals(files['faster'][0], path, device='cpu').prepare()


class _Payload:
    def __reduce__(self) -> tuple:
        return Path.touch, (Path('payload_ran'),)


def test_checkpoint_with_code_is_refused(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({'state_dict': {}, 'meta': _Payload()}, 'evil.pth')
    with pytest.raises(CheckpointError, match='would have to execute'):
        DetectorProposals(files['faster'][0], 'evil.pth', device='cpu').prepare()
    assert not Path('payload_ran').exists()


def test_a_network_that_cannot_run_ends_the_run_at_once(files: Files, tmp_path: Path) -> None:
    config = tmp_path / 'broken.py'
    config.write_text(Path(files['faster'][0]).read_text().replace('output_size=3', 'output_size=5'))
    generator = {'type': 'DetectorProposals', 'config': str(config), 'checkpoint': files['faster'][1], 'boxes': 'final'}
    with pytest.raises(ConfigError, match='cannot be run'):
        make_proposals(['a'], _Shifted(np.zeros((9, 9, 3), np.uint8)), generator, tmp_path / 'x.mlkd', 'x', 1)


@pytest.mark.parametrize(
    ('text', 'what'),
    [
        ('model = dict(', 'cannot be read'),
        ('x = 1', 'names no detector'),
        ("model = dict(type='FasterRCNN')", 'how an image is prepared'),
        (
            "model = dict(type='FasterRCN')\n"
            "test_dataloader = dict(dataset=dict(pipeline=[dict(type='LoadImageFromFile')]))",
            'cannot be built',
        ),
    ],
    ids=['syntax', 'no model', 'no pipeline', 'unknown type'],
)
def test_wrong_config(files: Files, tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / 'wrong.py'
    path.write_text(text)
    with pytest.raises(ConfigError, match=what) as caught:
        DetectorProposals(str(path), files['rpn'][1], device='cpu').prepare()
    assert 'wrong.py' in str(caught.value.where)


def test_wrong_arguments(files: Files, tmp_path: Path) -> None:
    config, checkpoint = files['retina']
    with pytest.raises(ConfigError, match='no region proposal network'):
        DetectorProposals(config, checkpoint, device='cpu').prepare()
    with pytest.raises(ConfigError, match='cannot be read'):
        DetectorProposals(str(tmp_path / 'none.py'), checkpoint)
    for settings, name in (
        ({'checkpoint': str(tmp_path / 'none.pth')}, 'checkpoint'),
        ({'boxes': 'all'}, 'boxes'),
        ({'merge_iou': 0}, 'merge_iou'),
        ({'max_boxes': 0}, 'max_boxes'),
    ):
        with pytest.raises(ConfigError) as caught:
            DetectorProposals(**{'config': config, 'checkpoint': checkpoint, **settings})
        assert caught.value.where == f'DetectorProposals.{name}'


def test_device(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    on_cpu = DetectorProposals(*files['rpn'])
    assert (on_cpu.device, on_cpu.one_process) == ('cpu', False)
    with pytest.raises(ConfigError, match='no GPU'):
        DetectorProposals(*files['rpn'], device='cuda:0')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    on_gpu = DetectorProposals(*files['rpn'])
    assert (on_gpu.device, on_gpu.one_process) == ('cuda:0', True)


def test_image_is_read_as_the_config_would(files: Files, tmp_path: Path, image: np.ndarray) -> None:
    path = tmp_path / 'image.png'
    cv2.imwrite(str(path), image)
    config, checkpoint = files['rpn']
    read = Config.fromfile(config)
    with DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(read.model)
        model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
        model.cfg = read
        from_file = inference_detector(model.eval(), str(path)).pred_instances.bboxes.numpy()
    boxes, _ = DetectorProposals(config, checkpoint, device='cpu')(image)
    np.testing.assert_allclose(boxes, np.clip(from_file, 0, (120, 90, 120, 90)), atol=1e-3)
