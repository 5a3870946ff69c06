"""Runs inside of a sandbox, by itself: leads the proxy's address on the loopback to its socket.

Started as `python -I -S -c SOURCE SOCKET PROGRAM ARGUMENT...`, with nothing but the standard
library: it listens, leaves a process that serves, and becomes the program.
"""

import contextlib
import os
import socket
import sys
import threading


def copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until one side ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for side, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            side.shutdown(how)


def serve(listener: socket.socket, address: str) -> None:
    """Connect every caller with the proxy."""
    while True:
        caller, _ = listener.accept()
        proxy = socket.socket(socket.AF_UNIX)
        try:
            proxy.connect(address)
        except OSError:
            caller.close()
            continue
        for pair in ((caller, proxy), (proxy, caller)):
            threading.Thread(target=copy, args=pair, daemon=True).start()


def main(address: str, argv: list[str]) -> None:
    """Leave a process that serves, and become the program, with the proxy in its environment."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            serve(listener, address)
        os._exit(0)
    os.wait()
    listener.close()
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = url
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
    os.execv(argv[0], argv)  # noqa: S606 -- no shell


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
