"""Every error that rookery raises, in one tree.

RookeryError
|-- SettingsError
|-- UnknownModelError
|-- StreamError
|-- FetchError
|-- ScriptError
|-- ToolError
|-- SandboxError
|-- PolicyError
|-- SessionError
|   `-- SessionConflictError
|-- AgentError
|   `-- RunError
`-- APIError
    |-- InvalidRequestError
    |-- AuthenticationError
    |-- BillingError
    |-- PermissionDeniedError
    |-- NotFoundError
    |-- MethodNotAllowedError
    |-- ConflictError
    |-- RequestTooLargeError
    |-- RateLimitError
    |-- InternalServerError
    |-- ConnectionFailedError
    |   `-- StreamCutError
    |-- GatewayTimeoutError
    `-- OverloadedError

`APIError` and what hangs below it can cross the wire: each class is one row of error type and
HTTP status (platform.claude.com, "Errors"). A class's docstring is its default message.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RookeryError(Exception):
    """Something went wrong in rookery."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        super().__init__(self.message)


class SettingsError(RookeryError):
    """A setting is missing or has a value that cannot be used."""


class UnknownModelError(RookeryError):
    """The catalog does not know this model."""


class StreamError(RookeryError):
    """The event stream breaks the grammar of the Claude API."""


class FetchError(RookeryError):
    """The file cannot be fetched."""


class ScriptError(RookeryError):
    """The script of the scripted provider cannot be used."""


class ToolError(RookeryError):
    """The tool could not do what it was asked; its message is shown to the model."""


class SandboxError(RookeryError):
    """The sandbox cannot do what it promises."""


class PolicyError(RookeryError):
    """The rule of a policy cannot be read."""


class SessionError(RookeryError):
    """The session cannot be read, written or continued."""


class SessionConflictError(SessionError):
    """Another writer has the session, or has continued it."""


class AgentError(RookeryError):
    """The agent was built or called in a way that cannot work."""


class RunError(AgentError):
    """The run failed; `result` holds what was reached, with a valid history."""

    def __init__(self, message: str | None = None, *, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


class APIError(RookeryError):
    """Internal server error."""

    type: ClassVar[str] = "api_error"
    status: int = 500
    rule: str = ""
    """The name of the rule that was broken (`rookery.rules`), where it is one of them."""

    def __init__(
        self,
        message: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        status: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Make an error that can be answered over HTTP.

        `details` is the API's `error.details` (its `error_code` selects the client's exception
        class); `status` overrides the class's HTTP status; `headers` are response headers to
        pass on, such as `retry-after` and `x-should-retry`.
        """
        super().__init__(message)
        self.details = details
        self.headers = headers or {}
        if status is not None:
            self.status = status


class InvalidRequestError(APIError):
    """The request is not valid."""

    type = "invalid_request_error"
    status = 400


class AuthenticationError(APIError):
    """invalid x-api-key"""

    type = "authentication_error"
    status = 401


class BillingError(APIError):
    """There is a problem with the billing of this account."""

    type = "billing_error"
    status = 402


class PermissionDeniedError(APIError):
    """This key may not use the resource."""

    type = "permission_error"
    status = 403


class NotFoundError(APIError):
    """Not Found"""

    type = "not_found_error"
    status = 404


class MethodNotAllowedError(APIError):
    """Method Not Allowed"""

    type = "invalid_request_error"
    status = 405


class ConflictError(APIError):
    """The request conflicts with the state of the resource."""

    type = "conflict_error"
    status = 409


class RequestTooLargeError(APIError):
    """Request exceeds the maximum size"""

    type = "request_too_large"
    status = 413


class RateLimitError(APIError):
    """This request would exceed a rate limit."""

    type = "rate_limit_error"
    status = 429


class InternalServerError(APIError):
    """Internal server error"""

    type = "api_error"
    status = 500


class ConnectionFailedError(APIError):
    """The model backend could not be reached."""

    type = "api_error"
    status = 502


class StreamCutError(ConnectionFailedError):
    """The connection to the model backend broke here, as its script asked for."""


class GatewayTimeoutError(APIError):
    """The model backend did not answer in time."""

    type = "timeout_error"
    status = 504


class OverloadedError(APIError):
    """Overloaded"""

    type = "overloaded_error"
    status = 529


BY_TYPE: dict[str, type[APIError]] = {
    error.type: error for error in reversed(APIError.__subclasses__())
}
"""The class of each `error.type` of the wire; of those that share a type, the first above."""

BY_STATUS: dict[int, type[APIError]] = {error.status: error for error in APIError.__subclasses__()}
"""The class of each HTTP status that the API uses."""


def class_of_status(status: int) -> type[APIError]:
    """Return the class for a status of 400 or more, also for one that the API does not use."""
    return BY_STATUS.get(status, InvalidRequestError if status < 500 else InternalServerError)
