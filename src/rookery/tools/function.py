"""Makes tools of Python functions: `@tool`, and `as_tool` for what a caller hands in."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload
from weakref import WeakKeyDictionary

from rookery.errors import AgentError
from rookery.tools import signature
from rookery.tools.base import (
    CONTEXT,
    Permitting,
    Tool,
    ToolContext,
    ToolResult,
    check_name,
    current_context,
)
from rookery.tools.convert import arguments
from rookery.tools.limits import NONE, Limits
from rookery.tools.outcome import failure, success
from rookery.tools.signature import Signature
from rookery.tools.thread import in_thread

P = ParamSpec("P")
R = TypeVar("R")

_SIGNATURES: WeakKeyDictionary[Any, dict[bool, Signature]] = WeakKeyDictionary()
"""What was read of each function: agents are made often, from the same functions."""


class FunctionTool(Generic[P, R]):
    """A function as a tool. It can still be called as the function it was."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        read_only: bool = False,
        limits: Limits = NONE,
        asks: Callable[[ToolContext], str | None] | None = None,
    ) -> None:
        """Read the function's signature and docstring. Raises AgentError."""
        inner = _inner(function)
        self._function = function
        self._signature = _read(function)
        self._is_async = inspect.iscoroutinefunction(inner)
        self._bindable = _is_unbound(function)
        self.name = check_name(name or str(getattr(inner, "__name__", "")))
        self.description = self._signature.summary if description is None else description
        self.input_schema = self._signature.schema
        self.read_only = read_only
        self.limits = limits
        self.asks = asks
        functools.update_wrapper(self, function, updated=())

    def __repr__(self) -> str:
        return f"<tool {self.name}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself; a context that is not given is the current one.

        Inside a run the call is decided about like those of the model: ToolError says why not.
        """
        around = CONTEXT.get(None)
        if around is None or around.permissions is None:
            return self._plainly(args, kwargs)
        given = self._given(args, kwargs)
        if self._is_async:
            return cast("R", self._permitted(args, kwargs, given, around))
        with _within(around.permissions.permit(self, given, around)):
            return self._plainly(args, kwargs)

    async def _permitted(
        self, args: Any, kwargs: Any, given: dict[str, Any], around: ToolContext
    ) -> Any:
        permissions = cast("Permitting", around.permissions)
        with _within(await permissions.apermit(self, given, around)):
            return await cast("Awaitable[Any]", self._plainly(args, kwargs))

    def _plainly(self, args: Any, kwargs: Any) -> R:
        """Call the function, with the current context where it wants one."""
        args, kwargs = self._with_context(args, kwargs)
        return self._function(*args, **kwargs)

    def _with_context(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        context = self._signature.context
        if context is None or context in kwargs:
            return args, kwargs
        at = self._position
        if len(args) <= at:
            return args, {**kwargs, context: current_context()}
        if not isinstance(args[at], ToolContext):
            return (*args[:at], current_context(), *args[at:]), kwargs
        return args, kwargs

    def _given(self, args: Any, kwargs: Any) -> dict[str, Any]:
        """Return the arguments as the input that a model would give; paths are text."""
        args, kwargs = self._with_context(args, kwargs)
        bound = inspect.signature(self._function).bind(*args, **kwargs).arguments
        return {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value
            for name, value in bound.items()
            if name != self._signature.context
        }

    def __get__(self, instance: object, owner: type | None = None) -> FunctionTool[..., R]:
        """Bind a decorated method to its instance."""
        if instance is None or not self._bindable:
            return self
        method = MethodType(self._function, instance)
        return FunctionTool(
            method,
            name=self.name,
            description=self.description,
            read_only=self.read_only,
            limits=self.limits,
            asks=self.asks,
        )

    async def call(self, input: dict[str, Any], context: ToolContext) -> ToolResult:  # noqa: A002 -- the wire's name
        """Check the input and call the function, a blocking one in a thread."""
        if self._bindable:
            return failure(AgentError(_unbound(self.name)))
        values, problems = arguments(self._signature.parameters, input, self.input_schema)
        if problems:
            return ToolResult("\n".join(problems), is_error=True)
        call = self._bind(values, context)
        with _within(context):
            try:
                if self._is_async:
                    return await _awaited(cast("Awaitable[Any]", call()))
                return await self._call_in_thread(call)
            except (Exception, SystemExit) as error:  # noqa: BLE001 -- a tool may raise anything
                return failure(error)

    def _bind(self, values: dict[str, Any], context: ToolContext) -> Callable[[], R]:
        if self._signature.context is not None:
            values[self._signature.context] = context
        positional = [
            values.pop(name, parameter.default)
            for name, parameter in self._signature.parameters.items()
            if parameter.positional
        ]
        return functools.partial(cast("Callable[..., R]", self._function), *positional, **values)

    async def _call_in_thread(self, call: Callable[[], R]) -> ToolResult:
        def run() -> ToolResult | Awaitable[Any]:
            try:
                value = call()
                return value if inspect.isawaitable(value) else success(value)
            except BaseException as error:  # noqa: BLE001 -- else the caller would wait for ever
                return failure(error)

        value = await in_thread(run)
        return value if isinstance(value, ToolResult) else await _awaited(value)

    @functools.cached_property
    def _position(self) -> int:
        """Where the context stands among the parameters."""
        return list(inspect.signature(self._function).parameters).index(
            cast("str", self._signature.context)
        )


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    read_only: bool = False,
    timeout: float | None = None,
    concurrency: int | None = None,
    asks: Callable[[ToolContext], str | None] | None = None,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    read_only: bool = False,
    timeout: float | None = None,
    concurrency: int | None = None,
    asks: Callable[[ToolContext], str | None] | None = None,
) -> FunctionTool[P, R] | Callable[[Callable[P, R]], FunctionTool[P, R]]:
    """Make a tool of a function or method, as `@tool` or `@tool(read_only=True)`.

    The schema comes from the annotations, the description from the docstring's first paragraph,
    those of the parameters from its `Args:` section or from `Annotated[..., "text"]`. A call may
    take `timeout` seconds, and at most `concurrency` calls run at a time in the whole process.
    `asks` says, where an agent has no policy, why a call has to be approved; None: it need not.
    Raises AgentError for a signature that a model cannot fill, and for what is no limit.
    """
    make = functools.partial(
        FunctionTool[P, R],
        name=name,
        description=description,
        read_only=read_only,
        asks=asks,
        limits=NONE
        if timeout is concurrency is None
        else Limits(timeout=timeout, concurrency=concurrency),
    )
    return make if function is None else make(function)


def as_tool(value: Tool | Callable[..., Any]) -> Tool:
    """Return a tool: `value` itself if it is one, else the tool of this function or method.

    Raises AgentError where it cannot be one.
    """
    if isinstance(value, FunctionTool) and value._bindable:
        raise AgentError(_unbound(value.name))
    if inspect.isclass(value):
        raise AgentError(f"{value.__name__} is a class: give an instance that is a tool.")
    if isinstance(value, Tool):
        return value
    if not (inspect.isroutine(value) or isinstance(value, functools.partial)):
        raise AgentError(f"{value!r} is neither a tool nor a function.")
    if _is_unbound(value):
        raise AgentError(_unbound(str(value)))
    return FunctionTool(value)


@contextmanager
def _within(context: ToolContext) -> Iterator[None]:
    """Make `context` the current one."""
    token = CONTEXT.set(context)
    try:
        yield
    finally:
        CONTEXT.reset(token)


async def _awaited(value: Awaitable[Any]) -> ToolResult:
    return success(await value)


def _read(function: Callable[..., Any]) -> Signature:
    """Return the signature, once per function: the parameters do not depend on the instance."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise AgentError(f"{function.__name__} cannot be a tool: it is a generator.")
    bound = MethodType(function, object()) if _is_unbound(function) else function
    key = getattr(bound, "__func__", bound)
    if not inspect.isfunction(key):
        return signature.read(bound)
    # A function and the method it is when bound differ by the first parameter.
    known = _SIGNATURES.setdefault(key, {})
    is_method = inspect.ismethod(bound)
    if is_method not in known:
        known[is_method] = signature.read(bound)
    return known[is_method]


def _inner(function: Callable[..., Any]) -> Any:
    return function.func if isinstance(function, functools.partial) else function


def _is_unbound(function: Any) -> bool:
    """Whether this is a method as it stands in its class, without an instance."""
    if not inspect.isfunction(function):
        return False
    scope = function.__qualname__.rpartition(".")[0]
    first = inspect.unwrap(function).__code__.co_varnames[:1]
    return bool(scope) and not scope.endswith("<locals>") and first in {("self",), ("cls",)}


def _unbound(name: str) -> str:
    return f"{name} is a method without its instance: give the bound one."
