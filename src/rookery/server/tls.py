"""TLS for those who have no proxy that does it."""

from __future__ import annotations

import ssl
from pathlib import Path

from rookery.errors import SettingsError
from rookery.settings import Settings


def context(settings: Settings) -> ssl.SSLContext | None:
    """Return what TLS needs: 1.2 or newer, no renegotiation; None where it is not asked for.

    Raises SettingsError that names the setting which cannot be used.
    """
    if settings.tls_cert is None:
        if settings.tls_key is not None:
            raise SettingsError("`tls_key` is set, but `tls_cert` is not.")
        return None
    for name in ("tls_cert", "tls_key"):
        _check_readable(name, getattr(settings, name))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION
    made.set_alpn_protocols(["http/1.1"])
    _load(made, settings, settings.tls_cert)
    return made


def _check_readable(name: str, path: str | None) -> None:
    if path is None:
        return
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise SettingsError(f"`{name}` cannot be used: {path}: {error.strerror}.") from error


def _load(made: ssl.SSLContext, settings: Settings, cert: str) -> None:
    password = settings.tls_key_password
    asked = False

    def reveal() -> str:  # without it, the library would ask at the terminal
        nonlocal asked
        asked = True
        return password.reveal() if password is not None else ""

    try:
        made.load_cert_chain(cert, settings.tls_key, password=reveal)
    except (OSError, ValueError) as error:
        raise SettingsError(_reason(error, settings, asked=asked)) from error


def _reason(error: Exception, settings: Settings, *, asked: bool) -> str:
    key = settings.tls_key or settings.tls_cert
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return f"`tls_key` cannot be used: the key in {key} is not that of `tls_cert`."
    if asked:
        return f"`tls_key_password` does not open the key in {key}."
    return (
        f"`tls_cert` and `tls_key` cannot be used: {settings.tls_cert} must have certificates "
        f"and {key} the key of the first, in PEM."
    )
