"""Every command in README and documents can be typed: tools, options, paths, configs and keys exist."""

from __future__ import annotations

import os

import pytest
from doc_command_check import WrongCommand, check_command
from doc_commands import ROOT, DocCommand, commands_of, doc_pages

COMMANDS = [
    command for page in doc_pages() for command in commands_of(page.read_text(), page.relative_to(ROOT).as_posix())
]


@pytest.mark.parametrize('command', COMMANDS, ids=str)
def test_command(command: DocCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for folder in dict(command.variables).get('PYTHONPATH', '').split(os.pathsep):
        monkeypatch.syspath_prepend(ROOT / folder)
    check_command(command)


def test_most_pages_have_commands() -> None:
    pages = {command.page for command in COMMANDS if command.whole}
    assert pages >= {
        f'docs/{name}.md' for name in ('start', 'demo', 'data', 'kd-wsd', 'psd', 'msrn', 'oass', 'proposals')
    }
    assert 'README.md' in pages


PAGE = """
Text with `mlkd show CONFIG` and `mlkd train --resume`, `tools/` and `mlkd.published`.

    # A comment
    IMAGES="configs/a.py
            --split test"
    for seed in 0 1; do for rows in x y; do
        python tools/train.py configs/${rows}_b.py --seed $seed --work-dir w/${rows}_$seed    # why
    done; done
    OMP_NUM_THREADS=1 .venv/bin/mlkd proposals recall A.mlkd [B.mlkd ...] --config $IMAGES \\
      --out "two words" [--numbers 1 | --split NAME]
    accuracy of 3; it's

```python
mlkd.train('no command')
```
"""


def test_commands_are_found_in_all_their_variants() -> None:
    found = [(' '.join(command.words), command.whole) for command in commands_of(PAGE)]
    recall = 'mlkd proposals recall A.mlkd --config configs/a.py --split test --out two words'
    assert found == [
        *(
            (f'tools/train.py configs/{rows}_b.py --seed {seed} --work-dir w/{rows}_{seed}', True)
            for seed in '01'
            for rows in 'xy'
        ),
        (recall, True),
        (recall.replace('A.mlkd', 'A.mlkd B.mlkd'), True),
        (f'{recall} --numbers 1', True),
        (f'{recall} --split NAME', True),
        ('mlkd show CONFIG', False),
        ('mlkd train --resume', False),
    ]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('mlkd trian CONFIG', 'no subcommand'),
        ('mlkd train CONFIG --resum', 'does not take'),
        ('mlkd train', 'does not take'),
        ('mlkd train configs/kd/wsddn_shape.py', 'there is no configs/kd/wsddn_shape.py'),
        ('mlkd train configs/kd/wsddn_shapes.py --stage studnet', 'no stage'),
        ('mlkd train configs/kd/wsddn_shapes.py --cfg-options train_dataloader.batchsize=3', 'batchsize'),
        ('mlkd train configs/kd/wsddn_shapes.py --cfg-options trian_dataloader.batch_size=3', 'trian_dataloader'),
        ('mlkd train CONFIG --seed zero', 'does not take'),
        ('python benchmarks/metric.py --image 3', 'unknown options'),
        ('python benchmarks/metrics.py', 'there is no'),
        ('bash tools/quickstart.sh --sed 3', 'does not take'),
        ("pip install 'mlkd[deno]'", 'no extra'),
        ('python -m pytest tests/nowhere', 'there is no'),
    ],
)
def test_what_is_wrong_is_found(text: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (command,) = commands_of(f'Text\n\n    {text}\n')
    with pytest.raises(WrongCommand, match=said):
        check_command(command)


def test_what_is_wrong_in_the_text_is_found() -> None:
    for text, said in (('mlkd trian', 'no subcommand'), ('mlkd train --resum', 'unknown options')):
        (command,) = commands_of(f'Text with `{text}` in it.')
        with pytest.raises(WrongCommand, match=said):
            check_command(command)
