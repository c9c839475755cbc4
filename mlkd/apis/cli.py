"""The console script ``mlkd``: each subcommand is a module of :mod:`mlkd.apis` that ``tools/*.py`` share."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence

from mlkd.errors import ConfigError, DataError, MLKDError, did_you_mean

COMMANDS = {
    'init': 'from a folder of photos and a file of labels to a config that trains on them',
    'train': 'train a config or a recipe',
    'test': 'evaluate a checkpoint',
    'publish': 'write a network into one file that describes itself',
    'predict': 'label photos with a published student',
    'demo': 'serve a web page on this machine: drop a photo, see its labels',
    'infer': 'label photos with a network and its config',
    'show': 'draw what a teacher detects and weighs',
    'cam': 'draw where networks see the classes',
    'report': 'tables and plots of runs',
    'results': 'collect the summaries of many runs into one page',
    'zoo': 'write the index of trained networks',
    'proposals': 'make, check, compare and draw proposals',
    'partition': 'divide labels into parts, draw and compare partitions',
    'labels': 'make and show label graphs and word vectors',
    'convert': 'bring published checkpoints into a config',
    'export': 'write a student as ONNX or INT8, check and time it',
    'data': 'check a data set before a long run',
    'doctor': 'say what is installed, what is in use and what is wrong',
}


def main_of(command: str, argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Args:
        command: A key of :data:`COMMANDS`.
        argv: Its arguments; those of the process if None.

    Returns:
        The exit code: the command's own, 1 for an :class:`MLKDError` or a file that the system does not let be read
        or written, 130 when interrupted, 141 when who reads the output is gone (``| head``).
    """
    # Names of files may have letters that the terminal does not know, or be no text at all.
    if hasattr(sys.stdout, 'reconfigure'):
        sys.stdout.reconfigure(errors='backslashreplace')
    # Who reads the output may be gone: a training goes on, and its log in the file, without a trace for each line.
    logging.raiseExceptions = False
    try:
        if command not in COMMANDS:
            raise ConfigError(
                f'There is no subcommand {command}.',
                expected=', '.join(COMMANDS),
                fix=did_you_mean(command, COMMANDS) or None,
            )
        module = importlib.import_module(f'mlkd.apis.{command}')
        parser = argparse.ArgumentParser(prog=f'mlkd {command}', description=COMMANDS[command])
        module.add_arguments(parser)
        code = module.run(parser.parse_args(argv))
        sys.stdout.flush()
        return code
    except MLKDError as error:
        return _said(error)
    except BrokenPipeError:
        # Python writes what is left once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.strerror is None or (error.filename2 or error.filename) is None:
            raise
        return _said(_refused(error))
    except KeyboardInterrupt:
        print('Interrupted.', file=sys.stderr)
        return 130


def _said(error: MLKDError) -> int:
    print(f'{type(error).__name__}: {error}', file=sys.stderr)
    return 1


def _refused(error: OSError) -> DataError:
    # What takes the place of another has two names, of which the first is a temporary one.
    return DataError(
        'The system does not let a file be read or written.',
        where=error.filename2 or error.filename,
        found=error.strerror,
        fix='see to its name, to rights and to space on the disk',
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the console script: ``mlkd COMMAND ...``."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ('-h', '--help'):
        print('usage: mlkd COMMAND [--help] ...\n')
        print('\n'.join(f'  {name:10} {text}' for name, text in COMMANDS.items()))
        return 0
    return main_of(words[0], words[1:])
