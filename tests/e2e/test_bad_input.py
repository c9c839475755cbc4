"""What a user can get wrong ends in one message that says where, what and what to do, never in a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook

from mlkd.apis.cli import main_of
from mlkd.console import console
from mlkd.datasets import VOCMultiLabel
from mlkd.proposals import ProposalWriter
from mlkd.registry import DATASETS, HOOKS

CONFIG = """
default_scope = 'mlkd'
runner_type = 'RecipeRunner'
_steps = [
    dict(type='LoadImage'),
    dict(type='TopProposals', n=8),
    dict(type='Warp', size=32),
    dict(type='PackMultiLabel'),
]
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='VOCMultiLabel', data_root='DATA', proposal_file='p.mlkd', pipeline=_steps),
)
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='VOCMultiLabel', data_root='DATA', split='test', proposal_file='p.mlkd', test_mode=True, pipeline=_steps
    ),
)
test_evaluator = dict(type='MultiLabelMetric')
test_cfg = dict()
train_cfg = dict(by_epoch=True, max_epochs=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
randomness = dict(seed=0)
log_level = 'WARNING'
_view = dict(type='ViewPreprocessor', size=32, mean=[127.5] * 3, std=[64.0] * 3)
_net = dict(type='SmallConvNet', layers=((4, 2), (8, 2)))
models = dict(
    teacher=dict(
        type='WSDDN',
        data_preprocessor=_view,
        backbone=_net,
        roi_extractor=dict(type='RoIMean', spatial_scale=1 / 4),
        roi_head=dict(type='PooledFC', in_channels=8),
        bbox_head=dict(type='WSDDNHead', num_classes=20, in_channels=8),
    ),
    student=dict(
        type='MultiLabelClassifier',
        data_preprocessor=_view,
        backbone=_net,
        head=dict(type='MultiLabelHead', num_classes=20, in_channels=8),
    ),
)
stages = ['teacher', 'student']
teacher = dict(model='model:teacher')
student = dict(
    model=dict(
        type='Distiller',
        student='model:student',
        teachers=dict(wsd=dict(model='model:teacher', checkpoint='stage:teacher')),
        terms=dict(pred=dict(type='PredKD', num_classes=20)),
    )
)
"""


@DATASETS.register_module()
class ShortLabels(VOCMultiLabel):
    """A list whose third image has lost a label."""

    def load_data_list(self) -> list[dict]:
        entries = super().load_data_list()
        return [{**e, 'gt_label': e['gt_label'][: 20 - e['img_key'].count('000003')]} for e in entries]


class Workshop:
    """A tiny VOC with proposals, and a recipe on it."""

    def __init__(self, folder: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.root, self.capsys = folder, root, capsys
        self.devkit = root / 'VOCdevkit' / 'VOC2007'
        self.config = folder / 'config.py'
        self.config.write_text(CONFIG.replace('DATA', str(root)))
        self.write_proposals({})

    def write_proposals(self, counts: dict[int, int], name: str = 'voc') -> None:
        """Three boxes for each image but those in ``counts``."""
        path = self.root / 'p.mlkd'
        for file in path.glob('*') if path.is_dir() else ():
            file.unlink()
        if path.is_dir():
            path.rmdir()
        with ProposalWriter(path, name, {'type': 'ByHand'}) as writer:
            for number in range(1, 7):
                boxes = np.array([[0, 0, 40, 30], [4, 4, 30, 44], [20, 8, 64, 48]], np.float32)[: counts.get(number, 3)]
                writer.add(f'JPEGImages/{number:06d}.jpg', boxes, np.ones(len(boxes), np.float32), (48, 64))
            writer.finish()

    def edit(self, old: str, new: str) -> None:
        """Change the config."""
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def run(self, command: str, *words: object) -> str:
        """What a tool that worked printed."""
        code = main_of(command, list(map(str, words)))
        printed = self.capsys.readouterr()
        assert code == 0, printed.err
        return printed.out + printed.err

    def train(self, *words: object) -> str:
        return self.run('train', self.config, '--work-dir', self.folder / 'work', *words)

    def refused(self, command: str, *words: object, says: list[object]) -> str:
        """What a tool says that ends with exit code 1; each of ``says`` must be in it."""
        code = main_of(command, list(map(str, words)))
        printed = self.capsys.readouterr()
        assert code == 1, printed.out
        said = printed.err if command != 'data' or not printed.out else printed.out + printed.err
        for part in says:
            assert str(part) in said
        assert 'Traceback' not in printed.out + printed.err
        return said

    def train_refused(self, *words: object, says: list[object]) -> str:
        said = self.refused('train', self.config, '--work-dir', self.folder / 'work', *words, says=says)
        assert said.splitlines()[0].split(':')[0].endswith('Error')
        return said


@pytest.fixture
def shop(
    tmp_path: Path, make_voc: Callable[..., Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Workshop:
    monkeypatch.setattr(console, 'width', 400)
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return Workshop(tmp_path, make_voc(), capsys)


def test_the_recipe_itself_works(shop: Workshop) -> None:
    """What is refused below is refused for what is wrong with it."""
    shop.train()
    assert (shop.folder / 'work' / 'student.pth').is_file()
    test = ('test', shop.config, shop.folder / 'work' / 'student.pth')
    assert 'mAP' in shop.run(*test)
    shop.refused(*test, '--data-root', '/nowhere', says=['DataError', '/nowhere', 'configs/kd/wsddn_shapes.py'])
    assert 'Nothing is wrong' in shop.run('data', 'check', shop.config, '--processes', 1)


def test_missing_data_root(shop: Workshop) -> None:
    says = ['DataError', '/nowhere', 'The data set is not there', 'host.robots.ox.ac.uk', 'configs/kd/wsddn_shapes.py']
    shop.train_refused('--data-root', '/nowhere', says=says)
    shop.refused('data', 'check', shop.config, '--data-root', '/nowhere', says=says[1:])
    empty = shop.folder / 'empty'
    empty.mkdir()
    shop.train_refused('--data-root', empty, says=['does not hold the data set', empty, 'nothing', 'JPEGImages'])


@pytest.mark.parametrize('kind', ['coco', 'nuswide', 'datalist'])
def test_missing_data_root_of_other_data_sets(shop: Workshop, kind: str) -> None:
    types = {'coco': 'CocoMultiLabel', 'nuswide': 'NUSWide', 'datalist': 'DatalistDataset'}
    shop.edit("type='VOCMultiLabel'", f"type='{types[kind]}'")
    if kind == 'datalist':
        shop.edit("data_root='", "ann_file='list.txt', label_names='voc', data_root='")
        shop.edit("split='test', ", '')
    shop.train_refused('--data-root', '/nowhere', says=['DataError', '/nowhere', 'configs/kd/wsddn_shapes.py'])


def test_label_list_of_wrong_length(shop: Workshop) -> None:
    shop.edit("type='VOCMultiLabel',", "type='ShortLabels',")
    says = ['wrong length', '000003.jpg', '19 labels', '20 labels, one per class', 'metainfo=dict(classes']
    shop.train_refused(says=['DataError', *says])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=says[:4])


def test_fewer_classes_in_the_network_than_in_the_data(shop: Workshop) -> None:
    shop.edit('num_classes=20, in_channels=8)', 'num_classes=19, in_channels=8)')
    shop.train_refused(says=['Error', '19', '20', 'num_classes'])


def datalist(shop: Workshop, rows: list[str]) -> Path:
    path = shop.folder / 'list.txt'
    path.write_text(''.join(f'{row}\n' for row in rows))
    shop.edit(
        "dict(type='VOCMultiLabel', data_root='" + str(shop.root) + "', proposal_file='p.mlkd', pipeline=_steps)",
        f"dict(type='DatalistDataset', ann_file='{path}', num_proposals=2, label_names='voc', pipeline=_steps)",
    )
    return path


ROW = ' '.join(['a.jpg', '1', *['0'] * 19, '0 0 99 99 1', '5 5 50 60 0.5'])


@pytest.mark.parametrize(
    ('row', 'says'),
    [
        (ROW.rpartition(' ')[0], ['too few tokens', '30 tokens', '31: 1 path, 20 labels, 2 boxes of 5']),
        (ROW + ' 3', ['too many tokens', '32 tokens']),
        (ROW.replace('99 99', '99 9x9'), ['no number', "'9x9' as token 25"]),
        (ROW.replace('a.jpg', 'my photo.jpg'), ['no number', "'photo.jpg' as token 2", 'cannot hold a space']),
        (ROW.replace('5 5 50', '5\t5 50'), ['no number', 'not tabs']),
        (ROW.replace('a.jpg 1', 'a.jpg 2'), ['not 0 or 1', '2 as label 1']),
        (ROW.replace('5 5 50 60', '5 5 50 6000'), ['leaves the frame', '6000.0] as box 2']),
        (ROW.replace('5 5 50 60', '50 5 5 60'), ['is empty or leaves the frame', 'box 2']),
        (ROW.replace('0.5', 'nan'), ['no number', "'nan'"]),
    ],
)
def test_line_of_a_datalist(shop: Workshop, row: str, says: list[str]) -> None:
    path = datalist(shop, [ROW, ROW.replace('a.jpg', 'b.jpg'), row])
    shop.train_refused(says=['DataError', f'{path}:3', *says])
    assert f'{path}:3' in shop.refused('data', 'check', shop.config, '--processes', 1, says=says)


@pytest.mark.parametrize(
    ('tag', 'value', 'says'),
    [
        ('xmax', 90, ['leaves its image', '[10.0, 5.0, 90.0, 25.0]', '<= 64']),
        ('xmax', 10, ['has no area', '[10.0, 5.0, 10.0, 25.0]']),
        ('xmin', 'abc', ['not four numbers', 'abc']),
        ('name', 'dgo', ['unknown class', 'dgo', 'did you mean dog']),
        ('width', '', ['how large the image is']),
    ],
)
def test_annotation(shop: Workshop, tag: str, value: object, says: list[str]) -> None:
    path = shop.devkit / 'Annotations' / '000001.xml'
    text = path.read_text()
    start = text.index(f'<{tag}>') + len(tag) + 2
    path.write_text(text[:start] + str(value) + text[text.index(f'</{tag}>') :])
    shop.train_refused(says=['DataError', '000001', *says])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=says[:1])


@pytest.mark.parametrize(
    ('damage', 'says', 'workers'),
    [
        (lambda whole: whole[: len(whole) // 2], 'cut short', 0),
        (lambda whole: whole[: len(whole) // 2], 'cut short', 1),
        (lambda whole: whole[: len(whole) // 2] + b'\xff' * 60 + whole[len(whole) // 2 + 60 :], 'damaged', 0),
        (lambda whole: b'', 'cut short', 0),
        (lambda whole: b'<html>', 'cannot be decoded', 0),
    ],
)
def test_broken_jpeg(shop: Workshop, damage: Callable[[bytes], bytes], says: str, workers: int) -> None:
    path = shop.devkit / 'JPEGImages' / '000003.jpg'
    path.write_bytes(damage(path.read_bytes()))
    said = shop.train_refused(
        *('--cfg-options', f'train_dataloader.num_workers={workers}'),
        says=['DataError', path, says, 'tools/data.py check', 'get the file again'],
    )
    assert len(said.splitlines()) == 5
    if workers:
        shop.refused('data', 'check', shop.config, '--processes', 1, says=[path, says])


def test_missing_image(shop: Workshop) -> None:
    path = shop.devkit / 'JPEGImages' / '000003.jpg'
    path.unlink()
    shop.train_refused(says=['DataError', path, 'no such image'])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=[path, 'files there'])


def test_proposals_of_another_data_set(shop: Workshop) -> None:
    shop.write_proposals({}, name='coco')
    says = ['p.mlkd', 'coco', 'voc']
    shop.train_refused(says=['ProposalError', *says])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=says)
    shop.train_refused(
        '--cfg-options', 'train_dataloader.dataset.proposal_file=q.mlkd', says=['ProposalError', 'q.mlkd']
    )


def test_proposals_of_other_images(shop: Workshop) -> None:
    for folder in ('JPEGImages', 'Annotations'):
        for path in (shop.devkit / folder).glob('000002.*'):
            path.rename(path.with_stem('000009'))
    listed = shop.devkit / 'ImageSets' / 'Main' / 'trainval.txt'
    listed.write_text(listed.read_text().replace('000002', '000009'))
    says = ['000009.jpg', 'p.mlkd']
    shop.train_refused(says=['ProposalError', *says])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=says)


def test_images_without_and_with_one_proposal(shop: Workshop) -> None:
    shop.write_proposals({1: 0, 2: 1, 6: 0})
    says = ['000001.jpg', 'have no proposals', "empty_proposals='whole_image'"]
    shop.train_refused(says=['ProposalError', *says])
    shop.refused('data', 'check', shop.config, '--processes', 1, says=['000001.jpg: no proposals'])
    shop.train('--cfg-options', *(f'{split}_dataloader.dataset.empty_proposals=keep' for split in ('train', 'test')))
    summary = json.loads((shop.folder / 'work' / 'summary.json').read_text())
    assert all(stage['metrics']['mAP'] is not None for stage in summary['stages'].values())
    state = torch.load(shop.folder / 'work' / 'student.pth', weights_only=True)
    assert all(value.isfinite().all() for value in state.values())


def teacher_of(shop: Workshop, change: Callable[[dict], dict]) -> None:
    """The student's stage alone, with a teacher that another run has left."""
    shop.train('--stage', 'teacher')
    path = shop.folder / 'teacher.pth'
    torch.save(change(torch.load(shop.folder / 'work' / 'teacher' / 'network.pth', weights_only=True)), path)
    shop.edit("stages = ['teacher', 'student']", "stages = ['student']")
    shop.edit("checkpoint='stage:teacher'", f"checkpoint='{path}'")


@pytest.mark.parametrize(
    ('change', 'says'),
    [
        (
            lambda state: {name: v[:19] if v.shape[:1] == (20,) else v for name, v in state.items()},
            ['of 19 classes and the config of 20', 'num_classes'],
        ),
        (
            lambda state: {name.replace('backbone', 'trunk'): value for name, value in state.items()},
            ['missing: backbone.', 'not in the network: trunk.', 'renamed'],
        ),
        (lambda state: {f'student.{name}': value for name, value in state.items()}, ["begin with 'student.'"]),
        (lambda state: dict(list(state.items())[1:]), ['missing: ']),
        (lambda state: {'weights': 3}, ['holds no state dict']),
        (lambda state: {'code': Workshop}, ['would have to execute']),
    ],
)
def test_teacher_that_does_not_fit(shop: Workshop, change: Callable[[dict], dict], says: list[str]) -> None:
    teacher_of(shop, change)
    shop.train_refused('--overwrite', says=['CheckpointError', 'teacher.pth', *says])


def test_teacher_that_is_missing_or_cut(shop: Workshop) -> None:
    teacher_of(shop, dict)
    path = shop.folder / 'teacher.pth'
    path.write_bytes(path.read_bytes()[:-300])
    shop.train_refused('--overwrite', says=['CheckpointError', path, 'damaged'])
    path.unlink()
    shop.train_refused('--overwrite', says=['CheckpointError', path])
    shop.refused('test', shop.config, path, says=['CheckpointError', path])


def test_checkpoint_of_another_network_to_test(shop: Workshop) -> None:
    shop.train('--stage', 'teacher')
    network = shop.folder / 'work' / 'teacher' / 'network.pth'
    shop.refused('test', shop.config, network, says=['CheckpointError', network, 'does not fit'])


@HOOKS.register_module()
class SpoilHook(Hook):
    """Makes a weight NaN before the second iteration."""

    def __init__(self, name: str) -> None:
        self.name = name

    def before_train_iter(self, runner, batch_idx: int, data_batch: object = None) -> None:
        if batch_idx == 1:
            dict(runner.model.named_parameters())[self.name].data.fill_(float('nan'))


@pytest.mark.parametrize(
    ('stage', 'weight', 'term'),
    [('teacher', 'bbox_head.fc_cls.weight', 'loss'), ('student', 'terms.pred.tau', 'pred.')],
)
def test_nan_in_the_loss_names_term_and_images(shop: Workshop, stage: str, weight: str, term: str) -> None:
    shop.edit(f'{stage} = dict(', f"{stage} = dict(custom_hooks=[dict(type='SpoilHook', name='{weight}')], ")
    said = shop.train_refused(says=['TrainingError', 'not finite', '000003.jpg', '000004.jpg', 'learning rate'])
    assert term in said.splitlines()[0]
    assert '000001.jpg' not in said


@pytest.mark.parametrize(
    ('old', 'new', 'says'),
    [
        ('train_cfg =', 'train_confg =', ["'train_confg' means nothing", 'did you mean train_cfg']),
        ("type='PredKD'", "type='PredKd'", ["'PredKd'", 'student.model.terms.pred.type', 'did you mean PredKD']),
        ("type='SmallConvNet'", "type='SmalConvNet'", ['SmalConvNet', 'did you mean SmallConvNet']),
        ("type='VOCMultiLabel'", "type='VOCMultilabel'", ['dataset.type', 'did you mean VOCMultiLabel']),
        ("type='Warp', size", "type='Warp', sise", ["no argument 'sise'", 'pipeline', 'did you mean size']),
        ('batch_size=2', 'batchsize=2', ['train_dataloader.batchsize', 'did you mean batch_size']),
        ('batch_size=2,', '', ['train_dataloader', 'batch_size']),
        ('dataset=dict(type', 'data=dict(type', ['train_dataloader.data']),
        ("type='SGD', lr", "type='SGD', learning_rate", ['learning_rate', 'optimizer']),
        ("type='SGD'", "type='SDG'", ['SDG', 'did you mean SGD']),
        ("stages = ['teacher', 'student']", "stages = ['teachr', 'student']", ['teachr', 'did you mean teacher']),
        ("'stage:teacher'", "'stage:techer'", ['stage:techer', 'did you mean teacher']),
        ("'model:student'", "'model:studnt'", ['model:studnt', 'did you mean student']),
        ('num_classes=20))', 'num_clases=20))', ['num_clases', 'did you mean num_classes']),
        ('max_epochs=1', 'max_epoch=1', ['max_epoch', 'did you mean max_epochs']),
        ('train_cfg = dict(', 'train_cfg = dict((', ['cannot be read', 'config.py']),
        ("type='MultiLabelMetric'", "type='MultiLabelMetrics'", ['did you mean MultiLabelMetric']),
        ("split='test'", "split='tset'", ['tset', 'lists of test, trainval']),
        ('proposal_file=', 'proposals_file=', ['proposals_file', 'did you mean proposal_file']),
    ],
)
def test_config(shop: Workshop, old: str, new: str, says: list[str]) -> None:
    shop.edit(old, new)
    shop.train_refused(says=['Error', *says])
    assert not (shop.folder / 'work' / 'teacher' / 'network.pth').exists()


def test_command_line(shop: Workshop) -> None:
    shop.train_refused('--cfg-options', 'train_dataloadr.batch_size=3', says=['did you mean train_dataloader'])
    shop.train_refused('--stage', 'studnt', says=['did you mean student'])
    shop.train_refused('--stage', 'student', says=["'teacher' is not done yet", '--stage teacher'])
    shop.train_refused('--amp', 'float16', says=['float16 needs a GPU'])
    shop.refused('train', shop.folder / 'confg.py', says=['no such config file', 'did you mean config.py'])
