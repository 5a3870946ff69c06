"""Decides about each call of a tool in a run: the model's, and those that tools make in turn.

A policy decides; where it asks, somebody is asked; what a call may then do is in its context.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

from msgspec import Struct, field
from msgspec.structs import replace

from rookery.agent.approval import (
    Allow,
    Answer,
    ApprovalRequest,
    Approve,
    Deny,
    Later,
    SuspendedError,
    approval_id,
    as_json,
    what_runs,
)
from rookery.agent.ask import ask, called
from rookery.agent.events import ApprovalRequested, By, Decided
from rookery.agent.grants import Grants, narrow_rule
from rookery.agent.hooks import Hooks, ToolUse
from rookery.agent.tell import Tell
from rookery.errors import SandboxError, ToolError
from rookery.policy.commands import ShellOnly
from rookery.policy.decision import Decision
from rookery.policy.known import KNOWN, Compared, compares
from rookery.policy.narrowing import Narrowing
from rookery.policy.policy import Policy
from rookery.tools.base import Tool, ToolContext, ToolResult
from rookery.tools.folder import begins_in
from rookery.tools.outcome import added
from rookery.tools.place import Place

Given = Mapping[str, Any]

_LOOK = 0.2
"""Seconds between looks whether a call that waits for an approval is over."""


class Permit(Struct, frozen=True):
    """What a call may run with."""

    given: dict[str, Any]
    context: ToolContext
    note: str = ""
    """What the model is told besides the answer."""


class Earlier(Struct, frozen=True):
    """What was decided about a call before, by the id of the request."""

    id: str
    answer: Answer


class Permissions(Struct, frozen=True, kw_only=True):
    """Who decides in the runs of an agent."""

    policy: Policy | ShellOnly | Narrowing | None = None
    approve: Approve | Literal["pending"] | None = None
    """Who is asked; None: nobody, so that asking is denying."""
    timeout: float | None = None
    """Seconds that they may take."""
    grants: Grants = field(default_factory=Grants)
    hooks: Hooks = field(default_factory=Hooks)

    def below(self, above: Permissions) -> Permissions:
        """Return who decides where an agent works for another: its own policy, and whoever it asks
        itself, where it has them, else those above; and the hooks of both."""
        asked = self if self.approve is not None else above
        return Permissions(
            policy=self.policy if self.policy is not None else above.policy,
            approve=asked.approve,
            timeout=asked.timeout,
            grants=self.grants if self.policy is not None else above.grants,
            hooks=above.hooks + self.hooks,
        )

    def known(self, tools: dict[str, Tool]) -> dict[str, Tool]:
        """Return the tools that a model is told of: those that are not denied by their name."""
        if self.policy is None:
            return tools
        return {name: one for name, one in tools.items() if not self.policy.removes(name)}

    def decide(self, tool: Tool, given: Given, context: ToolContext) -> Decision | None:
        """Return what is decided without asking anybody; None: nothing decides about it."""
        moved = _folder(tool, context) != str(context.workspace.root)
        decision: Decision | None = None
        if self.policy is not None:
            decision = self.policy.decide(
                tool.name,
                given,
                read_only=bool(tool.read_only),
                workspace=context.workspace,
                moved=moved,
            )
        if decision is None and (reason := _asks(tool, context)):
            decision = Decision("ask", None, reason)
        if decision is None or decision.verdict != "ask":
            return decision
        granted = self.grants.decide(tool.name, given, workspace=context.workspace, moved=moved)
        return granted or decision


class Deciding:
    """Decides about one call of the model, and about those that are made inside it."""

    def __init__(self, permissions: Permissions, call: str, tell: Tell) -> None:
        """Decide about the tool call with the id `call`; `tell` is told, from any thread."""
        self._of = permissions
        self._call = call
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    async def begin(
        self, tool: Tool, given: dict[str, Any], context: ToolContext, known: Earlier | None = None
    ) -> Permit:
        """Return what the model's call may run with; `known` is an answer to a request before.

        Raises ToolError with the reason why it may not run, and SuspendedError.
        """
        use = ToolUse(id=self._call, name=tool.name, input=given)
        for answer in await self._of.hooks.ask("before_tool", use, tell=self._tell, tool=tool.name):
            if isinstance(answer, Deny):
                reason = answer.reason or "A hook denies it."
                self._deny(tool, Decision("deny"), reason, "hook")
            given = answer.input
        return await self._settle(tool, given, context, known)

    async def end(self, tool: Tool, given: dict[str, Any], result: ToolResult) -> ToolResult:
        """Return the answer of the call, with what hooks add to it."""
        use = ToolUse(id=self._call, name=tool.name, input=given)
        answers = await self._of.hooks.ask(
            "after_tool", use, result, tell=self._tell, tool=tool.name
        )
        for answer in answers:
            result = added(result, after=answer.text)
        return result

    async def _settle(
        self, tool: Tool, given: dict[str, Any], context: ToolContext, known: Earlier | None = None
    ) -> Permit:
        context = _settled(tool, context)
        decision: Decision | None = await self._looked(self._of.decide, tool, given, context)
        if known is not None and (decision is None or decision.verdict == "allow"):
            decision = Decision("ask", None, "It was asked about before.")
        if decision is None or decision.verdict != "ask":
            return Permit(given, self._permitted(tool, given, context, decision))
        request: ApprovalRequest = await self._looked(self._request, tool, given, context, decision)
        if known is None:
            answer = await self._asked(tool, request)
        elif known.id == request.id or isinstance(known.answer, Later):
            answer = known.answer
        else:
            reason = "The call, or where it would act, is not what was decided about."
            self._deny(tool, decision, reason, "nobody")
        if isinstance(answer, Later):
            raise SuspendedError(request)
        if isinstance(answer, Deny):
            self._deny(tool, decision, answer.reason or "The call was not approved.", "person")
        return self._approved(tool, context, request, answer)

    async def _looked(self, look: Callable[..., Any], tool: Tool, *args: Any) -> Any:
        """Call `look`; for a command in a thread, as its sandbox may have to be tried out first."""
        if getattr(tool, "asks", None) is None:
            return look(tool, *args)
        return await called(look, tool, *args)

    async def _asked(self, tool: Tool, request: ApprovalRequest) -> Answer:
        if self._of.approve is None:
            reason = f"{request.reason} Nobody can be asked."
            self._deny(tool, Decision("deny", request.rule), reason, "nobody")
        self._tell(ApprovalRequested(request=request))
        return await ask(self._of.approve, request, self._of.timeout)

    def _request(
        self, tool: Tool, given: dict[str, Any], context: ToolContext, decision: Decision
    ) -> ApprovalRequest:
        """Return what is asked about a call."""
        place = _place(tool, given, context)
        return ApprovalRequest(
            id=approval_id(self._call, tool.name, given, place),
            call=self._call,
            tool=tool.name,
            input=given,
            rule=decision.rule,
            reason=decision.reason,
            runs=what_runs(tool.name, given),
            place=place,
            sandbox=_sandbox(tool, context),
            always=narrow_rule(tool.name, given, context.workspace),
        )

    def _approved(
        self, tool: Tool, context: ToolContext, request: ApprovalRequest, answer: Allow
    ) -> Permit:
        given, note = request.input, ""
        decision = Decision("allow", request.rule, "The call was approved.")
        if answer.input is not None and answer.input != request.input:
            given = answer.input
            again = self._of.decide(tool, given, context)
            if again is not None and again.verdict == "deny":
                self._deny(tool, again, f"As it was changed: {again.reason}")
            decision = again if again and again.verdict == "allow" else decision
            note = f"(The call was approved with another input: {as_json(given)})"
        if answer.always and request.always:
            self._of.grants.add(request.always)
        changed = given if note else None
        self._tell_of(tool, decision, "person", changed)
        return Permit(given, self._context(tool, given, context, decision, approved=True), note)

    # --- calls inside a call ---

    def permit(self, tool: Tool, given: Given, context: ToolContext) -> ToolContext:
        """Return the context in which `tool` may run; see `rookery.tools.base.Permitting`."""
        context = _settled(tool, context)
        decision = self._of.decide(tool, given, context)
        if decision is None or decision.verdict != "ask" or self._of.approve is None:
            return self._permitted(tool, given, context, decision)
        if threading.get_ident() == self._thread:
            advice = f"call it in a thread: await asyncio.to_thread({tool.name}, ...)"
            self._deny(tool, decision, f"{decision.reason} It cannot be asked here: {advice}")
        work = self._inner(tool, dict(given), context)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        while not future.done():
            concurrent.futures.wait([future], timeout=_LOOK)
            if context.cancellation.is_set():
                future.cancel()
                context.demand_going_on()
        return future.result()

    async def apermit(self, tool: Tool, given: Given, context: ToolContext) -> ToolContext:
        """Return the context in which `tool` may run; see `rookery.tools.base.Permitting`."""
        work = self._inner(tool, dict(given), context)
        if asyncio.get_running_loop() is self._loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _inner(self, tool: Tool, given: dict[str, Any], context: ToolContext) -> ToolContext:
        try:
            permit = await self._settle(tool, given, context)
        except SuspendedError as error:
            reason = f"{error.request.reason} A call inside another tool cannot wait for it."
            self._deny(tool, Decision("deny", error.request.rule), reason, "nobody")
        if permit.given != given:
            reason = "The input of a call inside another tool cannot be changed."
            self._deny(tool, Decision("deny"), reason, "nobody")
        return permit.context

    # --- what is decided ---

    def _permitted(
        self, tool: Tool, given: Given, context: ToolContext, decision: Decision | None
    ) -> ToolContext:
        """Return the context of a call that nobody is asked about. Raises ToolError."""
        if decision is not None:
            if decision.verdict == "ask":
                self._deny(tool, decision, f"{decision.reason} Nobody can be asked.", "nobody")
            if decision.verdict == "deny":
                self._deny(tool, decision, decision.reason)
            self._tell_of(tool, decision, _by(decision))
        return self._context(tool, given, context, decision, approved=False)

    def _deny(self, tool: Tool, decision: Decision, reason: str, by: By | None = None) -> NoReturn:
        denied = Decision("deny", decision.rule, reason)
        self._tell_of(tool, denied, by or _by(decision))
        raise ToolError(f"{tool.name} was not run. {reason}")

    def _tell_of(
        self, tool: Tool, decision: Decision, by: By, changed: dict[str, Any] | None = None
    ) -> None:
        self._tell(
            Decided(
                id=self._call,
                name=tool.name,
                verdict="allow" if decision.verdict == "allow" else "deny",
                by=by,
                rule=decision.rule,
                reason=decision.reason,
                input=changed,
            )
        )

    def _context(
        self,
        tool: Tool,
        given: Given,
        context: ToolContext,
        decision: Decision | None,
        *,
        approved: bool,
    ) -> ToolContext:
        policy, workspace, unread = self._of.policy, context.workspace, context.unread
        if policy is not None and compares(tool.name) is Compared.PATH:
            unread = policy.unread(tool.name, context.workspace, approved=approved)
            asked = _place(tool, given, context) if approved else None
            workspace = workspace.guarded(self._guard(tool, given, context, asked))
        return replace(
            context, decision=decision, workspace=workspace, unread=unread, permissions=self
        )

    def _guard(
        self, tool: Tool, given: Given, context: ToolContext, asked: str | None
    ) -> Callable[[Place], None]:
        """Return what holds a file tool to the rules at the place that it opens.

        A path may lead elsewhere than when it was decided about.
        """
        known = KNOWN[tool.name]

        def check(place: Place) -> None:
            there = self._of.decide(tool, {**given, known.field: place.path}, context)
            verdict = "allow" if there is None else there.verdict
            if verdict != "allow" and not (verdict == "ask" and place.path == asked):
                raise ToolError(f"{place} may not be used. {there.reason if there else ''}")

        return check


def _asks(tool: Tool, context: ToolContext) -> str | None:
    """Return why a call is to be asked about where there is no policy."""
    asks = getattr(tool, "asks", None)
    return asks(context) if asks is not None else None


def _by(decision: Decision) -> By:
    return "rule" if decision.rule is not None else "mode"


def _folder(tool: Tool, context: ToolContext) -> str:
    """Return the folder that a call begins in: that of the command before, else the workspace."""
    if compares(tool.name) is not Compared.COMMAND:
        return str(context.workspace.root)
    return begins_in(context)


def _settled(tool: Tool, context: ToolContext) -> ToolContext:
    """Return a context in which a command stays in its folder, wherever other calls go."""
    context = replace(context, folder=None)
    return replace(context, folder=_folder(tool, context))


def _place(tool: Tool, given: Given, context: ToolContext) -> str:
    """Return where a call acts: the real path of a file, else the folder."""
    if compares(tool.name) is not Compared.PATH:
        return _folder(tool, context)
    known = KNOWN[tool.name]
    path = str(given.get(known.field, known.default))
    try:
        return str(context.workspace.resolve(path))
    except ToolError:
        return path


def _sandbox(tool: Tool, context: ToolContext) -> str | None:
    """Return the sandbox of a command; None: it is no command."""
    if compares(tool.name) is not Compared.COMMAND:
        return None
    from rookery.tools.sandboxed import sandboxed  # noqa: PLC0415 -- of commands only

    try:
        return sandboxed(context.sandbox).chosen().name
    except SandboxError as error:
        return error.message
