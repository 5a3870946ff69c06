"""Which hosts of the internet a tool may ask."""

from __future__ import annotations

import re
from collections.abc import Collection

from rookery.errors import AgentError

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(\*|(\*\.)?{_LABEL}(\.{_LABEL})*)")


def is_domain(name: str) -> bool:
    """Whether a name in plain form is a host, all below one (`*.python.org`), or `*`."""
    return _DOMAIN.fullmatch(name) is not None


def plain(name: str) -> str:
    """Return a name in small ASCII letters, without the dot of the root.

    A name that the versions of IDNA write in different ways, such as one with `ß`, stays as it is.
    """
    text = str(name).rstrip(".").lower()
    try:
        ascii_form = text.encode("idna")
        return ascii_form.decode() if ascii_form.decode("idna") == text else text
    except UnicodeError:
        return text


def covers(name: str, host: str) -> bool:
    """Whether a host is one that a name stands for; both in plain form."""
    return name in ("*", host) or (name[0] == "*" and host.endswith(name[1:]))


class Domains:
    """Hosts by name: `docs.python.org` is that host, `*.python.org` all below it, `*` every host.

    Names of other scripts are given and compared in their ASCII form (`xn--...`).
    """

    def __init__(self, names: Collection[str]) -> None:
        """Take the names. Raises AgentError for what is none."""
        if isinstance(names, str) or not names:
            raise AgentError("allow_domains must be a list of hosts, such as ['docs.python.org'].")
        self.names = tuple(plain(name) for name in names)
        for name in self.names:
            if not is_domain(name):
                raise AgentError(
                    f"{name!r} is no domain: docs.python.org, *.python.org or * are some."
                )

    def allow(self, host: str) -> bool:
        """Say whether a host may be asked."""
        host = plain(host)
        return any(covers(name, host) for name in self.names)
