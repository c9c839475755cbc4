"""Checks a command of the documents against the tool that it calls, without running it."""

from __future__ import annotations

import argparse
import configparser
import glob
import importlib
import re
from collections.abc import Container
from typing import Any

from doc_commands import ROOT, DocCommand

from mlkd.apis.cli import COMMANDS
from mlkd.apis.setup_config import setup_config
from mlkd.engine.config_check import check_recipe
from mlkd.engine.recipe import Recipe
from mlkd.errors import MLKDError
from mlkd.models.utils import allow_missing_weights

_TRAIN_SCRIPTS = {'tools/dist_train.sh': 'train', 'tools/dist_test.sh': 'test', 'tools/slurm_train.sh': 'train'}
_PLACES = ('configs/', 'projects/', 'tools/', 'benchmarks/', 'docs/', 'tests/')


class WrongCommand(AssertionError):
    """What is wrong with a command of a document."""


def check_command(command: DocCommand) -> None:
    """Raise unless the command can be typed as it stands.

    Raises:
        WrongCommand: If tool, option, path, config or a key of it does not exist.
    """
    _check_paths(command)
    tool, *rest = command.words
    if tool == 'pip':
        _check_extras(rest)
    elif tool == 'mlkd' or (tool.startswith('tools/') and tool.endswith('.py')):
        name = tool.removeprefix('tools/').removesuffix('.py') if tool != 'mlkd' else (rest or [''])[0]
        if tool == 'mlkd' and not rest:
            return
        if name not in COMMANDS:
            if not command.whole and not re.fullmatch(r'[a-z]+', name):
                return
            raise WrongCommand(f'there is no subcommand {name!r}')
        _check_arguments(name, rest[1:] if tool == 'mlkd' else rest, command.whole)
    elif tool in _TRAIN_SCRIPTS:
        # Number of processes, and of a cluster its partition, come after or before the config.
        _check_arguments(_TRAIN_SCRIPTS[tool], [word for word in rest if not word.isdigit()], command.whole)
    elif tool == 'tools/quickstart.sh':
        _check_arguments('train', ['configs/kd/wsddn_shapes.py', *rest], True)
    elif tool.endswith('.py'):
        text = (ROOT / tool).read_text()
        _check_options([word for word in rest if word.startswith('--')], set(re.findall(r"'(--[\w-]+)'", text)))


def _check_paths(command: DocCommand) -> None:
    for word in command.words:
        path = word.rstrip('.,')
        if not path.startswith(_PLACES) or re.search(r'\b[A-Z_]{2,}\b', path.replace('.md', '')):
            continue
        for one in _braces(path):
            if not glob.glob(str(ROOT / one)):
                raise WrongCommand(f'there is no {one}')


def _braces(path: str) -> list[str]:
    match = re.search(r'{([^{}]*)}', path)
    if match is None:
        return [path]
    return [p for one in match[1].split(',') for p in _braces(path[: match.start()] + one + path[match.end() :])]


def _check_extras(words: list[str]) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    for word in words:
        for extra in re.findall(r'^(?:mlkd|\.)\[(\w+)\]', word):
            if extra not in setup['options.extras_require']:
                raise WrongCommand(f'there is no extra {extra}')


def _check_options(options: list[str], known: set[str]) -> None:
    unknown = [option for option in options if option.partition('=')[0] not in known]
    if unknown:
        raise WrongCommand(f'unknown options {unknown}')


def _check_arguments(name: str, words: list[str], whole: bool) -> None:
    parser = argparse.ArgumentParser(prog=name)
    importlib.import_module(f'mlkd.apis.{name}').add_arguments(parser)
    parsers = _lenient(parser)
    if not whole:
        known = {option for one in parsers for option in one._option_string_actions}
        _check_options([word for word in words if word.startswith('--')], known)
        return
    try:
        args = parser.parse_args(words)
    except SystemExit as error:
        if not error.code:
            return
        raise WrongCommand(f'mlkd {name} does not take these arguments: {words}') from error
    _check_configs([word for word in words if word.endswith('.py') and word.startswith(_PLACES)], args)


def _check_configs(configs: list[str], args: argparse.Namespace) -> None:
    for path in configs:
        try:
            # In place of files that are not at hand.
            allow_missing_weights()
            config = setup_config(ROOT / path, getattr(args, 'cfg_options', None))
            recipe = Recipe(config)
            check_recipe(recipe)
        except MLKDError as error:
            raise WrongCommand(str(error)) from error
        stages = getattr(args, 'stage', None) or []
        for stage in [stages] if isinstance(stages, str) else stages:
            if stage not in recipe.stages and not stage.isupper():
                raise WrongCommand(f'{path} has no stage {stage}')


def _lenient(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Let placeholders in capital letters stand for anything; gives the parser and those of its actions."""
    parsers, parser.allow_abbrev = [parser], False
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in {id(one): one for one in action.choices.values()}.values():
                parsers += _lenient(one)
            continue
        if action.type in (int, float):
            action.type = _number
        if action.choices is not None:
            action.choices = _Choices(action.choices)  # type: ignore[assignment]
    return parsers


def _number(text: str) -> float:
    return 1.0 if re.fullmatch(r'[A-Z]+', text) else float(text)


class _Choices:
    """Choices, and whatever is in capital letters."""

    def __init__(self, own: Container[Any]) -> None:
        self.own = own

    def __contains__(self, value: Any) -> bool:
        return value in self.own or str(value).isupper()

    def __iter__(self) -> Any:
        return iter(self.own)  # type: ignore[call-overload]
