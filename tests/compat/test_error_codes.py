"""Each rule of the table arrives as the class that the official client has for it.

The client chooses by status and `error.details.error_code`; a code that it does not know would
silently fall back to the class of the status.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import anthropic
import pytest
from anthropic import APIStatusError, Omit
from anthropic._error_classes import ERROR_CLASSES  # the table itself: nothing public has it

from rookery.rules.rule import Rule
from rookery.rules.table import ALL
from rookery.server.local import LocalServer
from rookery.settings import Settings
from rookery.testing import KEY
from rookery.testing.conformance.refusals import CASES
from rookery.testing.conformance.refusals.case import MODEL, Case
from rookery.testing.conformance.target import Target
from tests.compat.servers import connect
from tests.rules.test_table import SERVERS, SETTINGS

pytestmark = pytest.mark.compat

OF_STATUS = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    404: anthropic.NotFoundError,
    413: anthropic.ContentTooLargeError,
}
FIRST: dict[str, Case] = {case.rule.name: case for case in reversed(CASES) if not case.raw}
"""One case of each rule that a client can break: not those of broken HTTP."""


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LocalServer]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                LocalServer(gateway(), key=KEY, settings=SETTINGS.get(name, Settings()))
            )
            for name, gateway in SERVERS.items()
        }


def name_of(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_")) + "Error"


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.code], ids=lambda rule: rule.name)
def test_the_client_has_a_class_for_each_code(rule: Rule) -> None:
    found = ERROR_CLASSES.get((rule.status or rule.kind.status, rule.code))
    assert found is not None
    assert found.__name__.removeprefix("Beta") == name_of(rule.code or "")


@pytest.mark.parametrize("name", FIRST)
def test_a_broken_rule_raises_its_class(name: str, servers: dict[str, LocalServer]) -> None:
    case = FIRST[name]
    server = servers[case.server]
    with case.prepared(Target(server.url, server.key, MODEL)) as ready:
        error = send(server, ready)
    assert error.api_message == case.message
    assert error.error_code == case.rule.code
    if case.rule.code:
        assert type(error).__name__.removeprefix("Beta") == name_of(case.rule.code)
    else:
        assert type(error) is OF_STATUS.get(error.status_code, APIStatusError)


def send(server: LocalServer, case: Case) -> APIStatusError:
    """Send a case with the client, and return what it raises."""
    headers: dict[str, str | Omit] = {
        "content-type": "application/json",
        "anthropic-version": case.version or Omit(),
        "anthropic-beta": case.betas or Omit(),
    }
    if any(header == "x-api-key" for header, _ in case.headers):
        headers["authorization"] = Omit()
    headers |= {header: value or Omit() for header, value in case.headers}
    with connect(server) as client, pytest.raises(APIStatusError) as caught:
        if case.method == "GET":
            client.get(case.path, cast_to=object, options={"headers": headers})
        else:
            client.post(case.path, cast_to=object, content=case.data, options={"headers": headers})
    return caught.value
