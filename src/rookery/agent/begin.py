"""Begins a run of an agent: what it is made of, its own or taken over from the agent above."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from rookery.agent import check
from rookery.agent.budget import Purse
from rookery.agent.choose import choose_model, words
from rookery.agent.connect import INHERIT
from rookery.agent.driver import Driver
from rookery.agent.fields import request_fields
from rookery.agent.loop import Content, Run
from rookery.agent.room import room_for
from rookery.agent.spending import Spending
from rookery.agent.stream import OnEvent
from rookery.agent.suspension import Resumed, Suspension
from rookery.agent.team import Above, Team, Worker, check_agents, subagent_tools
from rookery.agent.tell import Tell
from rookery.agent.view import Cut
from rookery.errors import AgentError
from rookery.gateway.gateway import Gateway
from rookery.gateway.meter import utc_now
from rookery.tools.base import Tool, ToolContext

if TYPE_CHECKING:
    from rookery.agent.agent import Agent
    from rookery.agent.journal import Journal


def begin(
    agent: Agent[Any],
    task: Content,
    on_event: OnEvent | None,
    *,
    tools: Any = None,
    subagents: Any = (),
    messages: Any = None,
    journal: Journal | None = None,
    resumed: Resumed | None = None,
    run: Run | None = None,
    budget: Any = None,
    purse: Purse | None = None,
    above: Above | None = None,
    path: tuple[str, ...] = (),
) -> Driver:
    """Return a run of a task that has not begun; `above` is the run that gives it.

    It goes on from `run`, which was `resumed`, or begins with the history of `journal`, or with
    `messages`, or with the history of the agent. It spends of `budget`, or that of the agent, and
    of `purse`, which it shares with others. Raises AgentError.
    """
    purse = _purse(agent, budget, above.purse if above else purse)
    here = _here(agent, task, check.added(agent.tools, tools), above, path=path, purse=purse)
    below = subagent_tools((*agent.subagents, *check_agents(subagents, (agent,))), here)
    own = here.permissions.known(check.added({**here.tools}, below.values()))
    check.apart(own, agent._asked.server_tools)
    known = here.gateway.catalog.find(here.model)
    fields = request_fields(
        here.model,
        known,
        asked=agent._asked,
        system=agent.system,
        output=agent._output,
        max_tokens=agent._max_tokens,
        tools=own,
    )
    return Driver(
        here.gateway,
        run or Run(messages=_history(agent, messages, journal), max_turns=agent.max_turns),
        fields=fields,
        betas=agent._asked.betas,
        tools=own,
        context=here.context,
        on_event=on_event,
        ids=agent._ids,
        clock=utc_now,
        name=agent.name,
        ledger=agent._ledger,
        output=agent._output,
        cache=agent._cache,
        permissions=here.permissions,
        room=room_for(known, fields, own, agent._compact_at, journal.cut if journal else Cut()),
        journal=journal,
        resumed=resumed,
        path=path,
        steps=here.steps,
        spending=_spending(agent, here, fields),
    )


def _purse(agent: Agent[Any], budget: Any, above: Purse | None) -> Purse | None:
    own = check.budget(budget) or agent._budget
    return above if own is None else Purse(own, above)


def _spending(agent: Agent[Any], here: Above, fields: dict[str, Any]) -> Spending | None:
    if here.purse is None:
        return None
    hour = agent._cache == "1h" or '"ttl": "1h"' in json.dumps(fields)
    return Spending(here.purse, fields, here.gateway.catalog, utc_now, hour=hour)


def begin_again(
    agent: Agent[Any],
    held: Suspension,
    decisions: Any,
    on_event: OnEvent | None,
    **given: Any,
) -> Driver:
    """Return a run that was suspended, to go on with what was decided. Raises AgentError.

    `given` are further arguments of `begin`.
    """
    resumed, run = held.resumed(decisions), held.run(agent.max_turns)
    return begin(agent, held.task, on_event, resumed=resumed, run=run, **given)


def _history(agent: Agent[Any], messages: Any, journal: Journal | None) -> list[dict[str, Any]]:
    if journal is not None:
        return journal.messages
    if messages is not None:
        return check.history(messages, agent._asked.betas)
    return [*agent._messages]


def _below(worker: Worker, task: str, tell: Tell, above: Above, path: tuple[str, ...]) -> Driver:
    return begin(cast("Agent[Any]", worker), task, tell, above=above, path=path)


def _here(
    agent: Agent[Any],
    task: Content,
    tools: dict[str, Tool],
    above: Above | None,
    *,
    path: tuple[str, ...],
    purse: Purse | None,
) -> Above:
    """Return what a run is made with; those below it may take it over."""
    workspace, permissions, deps = agent.workspace, agent._permissions, agent._deps
    sandbox = agent._sandbox
    gateway = agent._own_gateway or (above.gateway if above else agent._gateway)
    if above is not None:
        workspace = agent.workspace if agent._own_workspace else above.context.workspace
        permissions = permissions.below(above.permissions)
        deps = above.context.deps if deps is None else deps
        sandbox = above.context.sandbox if sandbox == "auto" else sandbox
        tools = {**above.tools, **tools} if agent._inherits_tools else tools
    return Above(
        gateway=gateway,
        model=_model_for(agent, task, gateway, above),
        tools=tools,
        context=ToolContext(workspace=workspace, deps=deps, sandbox=sandbox),
        permissions=permissions,
        path=path,
        team=above.team if above else Team(),
        begin=_below,
        purse=purse,
        steps=[],
    )


def _model_for(agent: Agent[Any], task: Content, gateway: Gateway, above: Above | None) -> str:
    """Return the model that this task is for."""
    if callable(agent.model):
        return check.name_of_model(agent.model(words(task)))
    if agent.model == "auto":
        return choose_model(task=words(task), catalog=gateway.catalog)
    if agent.model != INHERIT:
        return agent.model
    if above is None:
        raise AgentError(f"The model is {INHERIT!r}, and no agent is above this one.")
    return above.model
