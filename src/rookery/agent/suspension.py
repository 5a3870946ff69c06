"""A run that waits for approvals, as a JSON document; and what is taken back from one.

The document is data only. Tools, policy and workspace are those of the agent that resumes, and of
the calls in it nothing runs but what a decision names: by an id that is a digest of the call, its
input and its place, which are looked up and digested again here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from rookery.agent import check
from rookery.agent.approval import ApprovalRequest, answer_of, approval_id, what_runs
from rookery.agent.loop import Answer as Result
from rookery.agent.loop import Content, Run, ToolCall, tool_calls
from rookery.agent.permissions import Earlier
from rookery.errors import AgentError, StreamError


class _Answered(Struct, frozen=True, forbid_unknown_fields=True):
    """The answer of a call that ran."""

    id: str
    content: Content
    is_error: bool


class _Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """A reply of the model."""

    role: Literal["assistant"]
    content: list[dict[str, Any]]


class Resumed(Struct, frozen=True, kw_only=True):
    """What a run that was suspended goes on with."""

    calls: list[ToolCall]
    """The calls that wait, with the input that was asked about."""
    decided: dict[str, Earlier]
    """What was decided about each, by its id."""


class Suspension(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run between a reply of the model and the answers to all of its calls."""

    suspended_run: Literal[1] = 1
    """What this document is, and its version."""
    task: Content
    step: Annotated[int, Meta(ge=0)]
    """How often the model was called."""
    messages: list[dict[str, Any]]
    """The history before the reply."""
    reply: _Reply
    """The reply, in wire form."""
    answers: list[_Answered]
    """The answers of its calls that ran."""
    requests: list[ApprovalRequest]
    """What its other calls wait for."""

    @classmethod
    def of(cls, run: Run, task: Content, requests: list[ApprovalRequest]) -> Suspension:
        """Return a run that has just been suspended."""
        return cls(
            task=task,
            step=run.step,
            messages=list(run.messages),
            reply=msgspec.convert(run.pending, _Reply),
            answers=[_Answered(one.call.id, one.content, one.is_error) for one in run.answers],
            requests=requests,
        )

    @classmethod
    def read(cls, state: Any, betas: tuple[str, ...] = ()) -> Suspension:
        """Return what a document says. Raises AgentError where it is not one of a run."""
        try:
            found = msgspec.convert(state, cls)
            found._demand_fitting(betas)
        except (msgspec.ValidationError, StreamError, RecursionError) as error:
            raise AgentError(f"This is not the state of a suspended run: {error}") from error
        return found

    @property
    def document(self) -> dict[str, Any]:
        """The run as plain data, ready for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def run(self, max_turns: int) -> Run:
        """Return the run as it was."""
        by_id = {call.id: call for call in tool_calls(self.reply.content)}
        return Run(
            messages=list(self.messages),
            max_turns=max_turns,
            step=self.step,
            pending=msgspec.to_builtins(self.reply),
            answers=[Result(by_id[one.id], one.content, one.is_error) for one in self.answers],
        )

    def resumed(self, decisions: Any) -> Resumed:
        """Return what to go on with; calls without a decision go on waiting.

        Raises AgentError for decisions about anything else.
        """
        if not isinstance(decisions, Mapping):
            raise AgentError(
                f"decisions must be a dict by ids of requests, not {decisions!r:.100}."
            )
        ids = [request.id for request in self.requests]
        unknown = [one for one in decisions if one not in ids]
        if unknown:
            raise AgentError(f"No call waits for {unknown}; those that wait: {ids}.")
        return Resumed(
            calls=[ToolCall(one.call, one.tool, one.input) for one in self.requests],
            decided={
                one.call: Earlier(one.id, answer_of(decisions.get(one.id, "later")))
                for one in self.requests
            },
        )

    def _demand_fitting(self, betas: tuple[str, ...]) -> None:
        """Raise AgentError where the parts do not belong together, or the API would refuse them."""
        asked = tool_calls(self.reply.content)
        calls = {call.id: call for call in asked}
        ids = [*(one.id for one in self.answers), *(one.call for one in self.requests)]
        if not self.requests or sorted(ids) != sorted(call.id for call in asked):
            raise AgentError("The state of the run was changed: its calls are not those that wait.")
        for one in self.requests:
            true_id = approval_id(one.call, one.tool, one.input, one.place)
            is_true = one.id == true_id and one.runs == what_runs(one.tool, one.input)
            if not is_true or calls[one.call].name != one.tool:
                raise AgentError(f"The state of the run was changed: it lies about {one.call}.")
        known = {one.id: one.content for one in self.answers}
        results = [
            {"type": "tool_result", "tool_use_id": call, "content": known.get(call, "")}
            for call in calls
        ]
        reply = msgspec.to_builtins(self.reply)
        check.history([*self.messages, reply, {"role": "user", "content": results}], betas)
