"""``mlkd demo``: load the networks, open the port, say where the page is."""

from __future__ import annotations

import argparse
import importlib.util
import ipaddress

from mlkd.arguments import check_number
from mlkd.console import console
from mlkd.errors import ConfigError
from mlkd.published import load_student

from .photo_viewer import PhotoViewer
from .sizes import parse_size

_LOOPBACK = '127.0.0.1'
#: Names that loopback is called by.
_LOOPBACK_NAMES = ('127.0.0.1', 'localhost', '::1')
_PORTS = 65535
#: Of the extra mlkd[demo].
_PACKAGES = ('flask', 'waitress')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument(
        '--model', required=True, metavar='STUDENT', help='student.safetensors of a run, or what mlkd publish wrote'
    )
    parser.add_argument(
        '--teacher',
        metavar='TEACHER',
        help='a published detector whose boxes are shown beside (mlkd publish --stage teacher)',
    )
    parser.add_argument(
        '--host',
        default=_LOOPBACK,
        help='address to listen on (default %(default)s: this machine alone; 0.0.0.0: everybody who can reach it)',
    )
    parser.add_argument('--port', type=int, default=8765, help='port (default %(default)s; 0: any that is free)')
    parser.add_argument(
        '--max-upload', default='20MB', metavar='SIZE', help='largest file that is taken (default %(default)s)'
    )
    parser.add_argument(
        '--max-pixels', default='120MP', metavar='SIZE', help='largest photo that is decoded (default %(default)s)'
    )
    parser.add_argument('--device', help='where the networks work: cpu, cuda:0 (default: a GPU where there is one)')


def run(args: argparse.Namespace) -> int:
    """Serve the page until it is interrupted.

    Returns:
        Exit code.

    Raises:
        ConfigError: If an argument makes no sense, the port is taken, or the extra ``demo`` is not installed.
        CheckpointError: If a network cannot be read.
    """
    check_number('--port', args.port, 0, _PORTS, whole=True)
    upload = parse_size(args.max_upload, 'B', '--max-upload')
    pixels = parse_size(args.max_pixels, 'P', '--max-pixels')
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            'A package is not installed.', found=f'no {", ".join(missing)}', fix='pip install "mlkd[demo]"'
        )
    from .serving import listen
    from .uploads import Limits
    from .web_app import make_app

    student = load_student(args.model, args.device)
    teacher = load_student(args.teacher, args.device) if args.teacher else None
    alone = is_loopback(args.host)
    app = make_app(
        PhotoViewer(student, teacher), Limits(upload, pixels), (*_LOOPBACK_NAMES, args.host) if alone else None
    )
    server, address = listen(app, args.host, args.port, upload)
    console.print(f'The page is at {address} (Ctrl-C ends it). Photos are looked at and forgotten.')
    if not alone:
        console.print('Everybody who can reach this machine can use it; it asks for no password.', style='yellow')
    server.run()
    return 0


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, which no other machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost'
