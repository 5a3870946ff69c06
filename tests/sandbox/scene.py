"""A machine with things on it that a command must not reach, and what became of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from rookery.sandbox.base import Bounds
from rookery.sandbox.environment import kept


class Scene:
    """Files, sockets and a process outside of a workspace; `harm` tells what was reached."""

    def __init__(self, folder: Path) -> None:
        """Make everything below a folder that is there and empty."""
        self.folder = folder
        self.token = secrets.token_hex(8)
        self.secret = f"secret-{secrets.token_hex(8)}"
        self.number = f"300.{secrets.randbelow(10**9):09}"
        """Seconds to sleep for what shall be found by them."""
        self.outside = folder / "outside"
        self.bounds = Bounds(workspace=folder / "workspace", tmp=folder / "tmp")
        for path in (self.outside, self.bounds.workspace, self.bounds.tmp):
            path.mkdir()
        for name in ("victim", "secret"):
            (self.outside / name).write_text(f"{self.secret}\n")
        (self.outside / "folder").mkdir()
        self._extra = [Path("/dev/shm", self.token), Path.home() / self.token]  # noqa: S108
        self._extra = [path for path in self._extra if os.access(path.parent, os.W_OK)]
        for path in self._extra:
            path.write_text(f"{self.secret}\n")
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self._listeners = [self.tcp, self.udp]
        for address in (
            f"\0{self.token}",
            str(self.outside / "s"),
            str(self.bounds.workspace / "s"),
        ):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(address)
            listener.listen()
            self._listeners.append(listener)
        for listener in self._listeners:
            listener.setblocking(False)
        self.signals: list[int] = []
        signal.signal(signal.SIGUSR1, lambda number, _: self.signals.append(number))
        os.environ["ROOKERY_TEST_KEY"] = self.secret
        self._before = self._state()

    @property
    def environment(self) -> dict[str, str]:
        """What the scripts know of the scene."""
        return {
            **kept(),
            "OUT": str(self.outside),
            "TOKEN": self.token,
            "TCP": str(self.tcp.getsockname()[1]),
            "UDP": str(self.udp.getsockname()[1]),
            "PARENT": str(os.getpid()),
            "LONG": self.number,
            "OWNER_HOME": str(Path.home()),
        }

    def harm(self, said: str) -> list[str]:
        """Return what was read, changed, reached or left, `said` being the command's output."""
        found = ["the secret was read"] if self.secret in said else []
        found += ["it says so"] if "ESCAPED" in said else []
        found += [line for line in self._shadow() if line in said]
        after = self._state()
        found += [f"{path} changed" for path in after if self._before.get(path) != after[path]]
        found += [f"{path} is gone" for path in self._before if path not in after]
        found += [f"socket {name} was reached" for name in self._reached()]
        found += ["the parent was signalled"] if self.signals else []
        found += [f"process {pid} is left" for pid in self._left()]
        return found

    def close(self) -> None:
        """Remove what is outside of the folder, and end what is left."""
        for path in [*self._extra, *self._tops()]:
            with contextlib.suppress(OSError):
                path.unlink()
        for listener in self._listeners:
            listener.close()
        for pid in self._left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _state(self) -> dict[str, object]:
        paths = [*self.outside.rglob("*"), self.outside, *self._extra]
        paths += self._tops()
        found: dict[str, object] = {}
        for path in paths:
            with contextlib.suppress(OSError):
                info = path.lstat()
                attributes = os.listxattr(path, follow_symlinks=False)
                text = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
                found[str(path)] = (info.st_mode, info.st_uid, info.st_mtime_ns, attributes, text)
        return found

    def _tops(self) -> list[Path]:
        folders = ("/tmp", "/var/tmp", "/etc", "/usr", "/")  # noqa: S108
        return [Path(folder, self.token) for folder in folders]

    def _reached(self) -> Iterator[str]:
        for listener in self._listeners:
            with contextlib.suppress(BlockingIOError):
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
                yield repr(listener.getsockname())

    def _left(self) -> Iterator[int]:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if self.number.encode() in (entry / "cmdline").read_bytes():
                        yield int(entry.name)

    def _shadow(self) -> list[str]:
        try:
            return Path("/etc/shadow").read_text().splitlines()[:3]
        except OSError:
            return []
