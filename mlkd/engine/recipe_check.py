"""What can be wrong with the stages of a config."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlkd.engine.config_tree import is_distiller
from mlkd.engine.references import Reference, References
from mlkd.errors import ConfigError, unknown_name


def stage_names(named: Any) -> tuple[str, ...]:
    """The names under the key ``stages``.

    Raises:
        ConfigError: If they are no list of distinct names.
    """
    if not isinstance(named, (list, tuple)) or not named or not all(isinstance(name, str) for name in named):
        raise ConfigError('stages is no list of names.', where='stages', found=named, expected="['teacher', ...]")
    if len(set(named)) < len(named):
        raise ConfigError('A stage is named twice.', where='stages', found=list(named), expected='distinct names')
    return tuple(named)


def stage_dict(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a config says of the stage ``name``.

    Raises:
        ConfigError: If it says nothing, or no dict, or the name cannot be a folder's or part of a reference.
    """
    if name not in whole:
        near = [key for key, value in whole.items() if isinstance(value, Mapping)]
        these = f'a top-level dict {name} = dict(...); there are'
        raise unknown_name(f'Stage {name!r} is not defined.', 'stages', name, near, these)
    if not isinstance(whole[name], Mapping):
        found = type(whole[name]).__name__
        raise ConfigError(f'Stage {name!r} is no dict.', where=name, found=found, expected=f'{name} = dict(...)')
    if ':' in name or '/' in name:
        raise ConfigError('The name of a stage has a colon or slash.', where='stages', found=name)
    check_table_row(whole[name].get('table_row'), f'{name}.table_row')
    return dict(whole[name])


def check_table_row(row: Any, where: str) -> None:
    """Check the name that a table is to give a row.

    Raises:
        ConfigError: If it is neither None nor a text.
    """
    if row is not None and not isinstance(row, str):
        fix = 'on the command line, leave commas out of it: they divide values' if isinstance(row, list) else None
        raise ConfigError('The name of a row is no text.', where=where, found=row, expected='a text', fix=fix)


def check_together(together: Any, where: str) -> None:
    """Check how many networks a process is to train at a time.

    Raises:
        ConfigError: If it is neither None nor a number from 1.
    """
    if together is not None and (not isinstance(together, int) or isinstance(together, bool) or together < 1):
        raise ConfigError('together is no number of networks.', where=where, found=together, expected='1 or more')


def check_parts(stage: str, own: Mapping[str, Any], described: Mapping[str, Any], partitions: Collection[str]) -> None:
    """Check a stage that trains a network for each part of partitions.

    Args:
        stage: Its name.
        own: Its dict.
        described: Its config, models filled in.
        partitions: Names of all partitions.

    Raises:
        ConfigError: If ``parts`` names none of them, or stands beside what trains no plain networks on all images.
    """
    parts, where = own['parts'], f'{stage}.parts'
    if not parts or not isinstance(parts, (str, list, tuple)) or not all(isinstance(name, str) for name in parts):
        expected = "'cgp' or ['cgp', 'dgp']"
        raise ConfigError('parts names no partition.', where=where, found=parts, expected=expected)
    for name in [parts] if isinstance(parts, str) else parts:
        if name not in partitions:
            raise unknown_name('There is no such partition.', where, name, partitions, 'a name in partitions')
    wrong = {
        'folds': own.get('folds') is not None,
        'load_from': described.get('load_from') is not None,
        'strategy': described.get('strategy') is not None,
        'model': is_distiller(described.get('model')),
    }
    for key in (key for key, found in wrong.items() if found):
        raise ConfigError(
            f'A stage that trains a network for each part cannot have {"a distiller" if key == "model" else key}.',
            where=f'{stage}.{key}',
            fix='its networks are plain ones, trained on all images from their own weights (init_cfg)',
        )


def check_references(stage: str, stages: Sequence[str], references: Collection[Reference], lead: References) -> None:
    """Check that all references of a stage lead to earlier ones.

    Raises:
        ConfigError: If one leads nowhere, to the stage itself, or to a later one.
    """
    earlier = list(stages[: stages.index(stage)])
    for reference in references:
        name = lead.stage_of(reference)
        if name not in earlier:
            raise ConfigError(
                f'Stage {stage!r} refers to {"itself" if name == stage else "a later stage"}.',
                where=reference.where,
                found=reference.text,
                expected=f'one of {earlier}' if earlier else 'no stage: this is the first',
                fix='change the order of stages',
            )


def taken_over(named: Any, stages: Collection[str], needs: Callable[[str], list[str]]) -> dict[str, Path]:
    """Work folders of the runs that stages are taken over from, by stage, from the key ``reuse``.

    Args:
        named: What the config has there.
        stages: Names that may be there.
        needs: The earlier stages that a stage is made from.

    Raises:
        ConfigError: If a name is of no stage, or a stage is to be taken over without those that it was made from.
    """
    if not isinstance(named, Mapping):
        raise ConfigError(
            'reuse is no dict.', where='reuse', found=named, expected="dict(teacher='work_dirs/ANOTHER_RUN')"
        )
    for stage in named:
        if stage not in stages:
            raise unknown_name('reuse names no stage.', 'reuse', stage, stages)
        anew = [name for name in needs(stage) if name not in named]
        if anew:
            raise ConfigError(
                f'Stage {stage!r} is to be taken over, but not what it was made from.',
                where='reuse',
                found=list(named),
                fix=f'name {", ".join(anew)} too, of the same run',
            )
    return {stage: Path(folder).resolve() for stage, folder in named.items()}
