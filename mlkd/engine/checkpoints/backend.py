"""A file backend of MMEngine that never leaves half a file."""

from __future__ import annotations

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from mlkd.fileio import atomic_write

NAME = 'mlkd_atomic'


class AtomicBackend(LocalBackend):
    """MMEngine's local files; what is put takes its name only when it is flushed to disk."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes."""
        with atomic_write(filepath, 'wb') as file:
            file.write(obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write text."""
        self.put(obj.encode(encoding), filepath)


# Under a name of its own for ``backend_args``, and in place of the local backend: MMEngine's strategies (FSDP) write
# checkpoints without asking for a backend.
register_backend(NAME, AtomicBackend, force=True)
register_backend('local', AtomicBackend, force=True, prefixes='')
