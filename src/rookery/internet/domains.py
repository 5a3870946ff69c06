"""Which hosts of the internet a tool may ask."""

from __future__ import annotations

import re
from collections.abc import Collection

from rookery.errors import AgentError

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(\*|(\*\.)?{_LABEL}(\.{_LABEL})*)")


class Domains:
    """Hosts by name: `docs.python.org` is that host, `*.python.org` all below it, `*` every host.

    Names of other scripts are given and compared in their ASCII form (`xn--...`).
    """

    def __init__(self, names: Collection[str]) -> None:
        """Take the names. Raises AgentError for what is none."""
        if isinstance(names, str) or not names:
            raise AgentError("allow_domains must be a list of hosts, such as ['docs.python.org'].")
        self.names = tuple(_plain(name) for name in names)
        for name in self.names:
            if not _DOMAIN.fullmatch(name):
                raise AgentError(
                    f"{name!r} is no domain: docs.python.org, *.python.org or * are some."
                )

    def allow(self, host: str) -> bool:
        """Say whether a host may be asked."""
        host = _plain(host)
        return any(
            name in ("*", host) or (name[0] == "*" and host.endswith(name[1:]))
            for name in self.names
        )


def _plain(name: str) -> str:
    """Return a name in small ASCII letters, without the dot of the root."""
    text = str(name).removesuffix(".").lower()
    try:
        return text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return text
