"""A folder of made-up logs with one planted root cause, or with none; a seed decides all of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from rookery.demo import noise
from rookery.demo.causes import CAUSES, FAILURES, TIMEOUTS, Cause, Line, cause_of
from rookery.demo.formats import FORMATS, TRACED, Event, Format, access, logfmt, postgres, threaded
from rookery.demo.noise import Span, filled

NAMES = (
    *("accounts", "basket", "billing", "listings", "coupons", "fraud", "inventory", "invoices"),
    *("ledger", "loyalty", "mailer", "orders", "pricing", "refunds", "reviews", "parcels"),
)
GATEWAYS = ("edge", "gateway", "ingress", "front")
DATABASES = ("maindb", "recordsdb", "pgprimary", "tradedb")
HOURS_COVERED = 2
DEPLOYS = "deploys.log"

CLEAN = "no incident found"
"""What an answer says, in any case of letters, when it finds nothing wrong."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of a log file, as it stands there."""

    path: str
    """Relative to the incident folder, with forward slashes."""
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """What was planted, for whoever judges an answer."""

    seed: int
    kind: str | None
    """None where there is no incident."""
    summary: str
    service: str | None
    services: tuple[str, ...]
    cause: tuple[Evidence, ...]
    """Every line that tells of the root cause itself; empty where there is no incident."""
    deploys: tuple[Evidence, ...]
    started_at: datetime | None
    lines: int

    def is_named_in(self, answer: str) -> bool:
        """Say whether the first line an answer quotes is one of the root cause.

        Where nothing is planted, the answer has to begin with that no incident was found.
        """
        if self.kind is None:
            return answer.lstrip().lower().startswith(CLEAN)
        quoted = re.search(r"([\w./-]+\.log):(\d+)\b", answer)
        if quoted is None:
            return False
        path, line = quoted[1], int(quoted[2])
        return any(
            line == known.line and (path == known.path or path.endswith(f"/{known.path}"))
            for known in self.cause
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who calls whom, when what happens, and how each service writes."""

    gateway: str
    database: str
    """What some of the services share."""
    calls: dict[str, list[str]]
    formats: dict[str, Format]
    span: Span
    broken: str
    bystander: str
    cause: Cause | None
    start: float
    end: float


def write_incident(
    folder: Path, *, seed: int, kind: str | None = None, incident: bool = True
) -> Incident:
    """Write the logs of some services into a folder and say what was planted in them.

    Args:
        folder: Where to write; made if it does not exist.
        seed: The same seed gives the same files, everywhere.
        kind: The kind of root cause, one of `causes.CAUSES`; the seed chooses if None.
        incident: False for the same sort of logs with nothing planted.
    """
    rng = Random(seed)  # noqa: S311 - made-up logs, not secrets
    chosen = cause_of(kind) if kind is not None else rng.choice(CAUSES)
    plan = _plan(rng, chosen if incident else None)
    events = _background(rng, plan)
    deploys = _deploys(rng, plan)
    if plan.cause is not None:
        _break(rng, plan, plan.cause, events)
    written = _write(folder, plan, events, deploys)
    cause = tuple(evidence for evidence, is_cause in written if is_cause)
    told = "nothing is wrong" if plan.cause is None else plan.cause.summary
    return Incident(
        seed=seed,
        kind=plan.cause.kind if plan.cause else None,
        summary=told.format(service=plan.broken),
        service=plan.broken if plan.cause else None,
        services=(plan.gateway, *plan.formats),
        cause=cause,
        deploys=tuple(evidence for evidence, _ in written if evidence.path == DEPLOYS),
        started_at=datetime.fromtimestamp(plan.start, UTC) if plan.cause else None,
        lines=len(written),
    )


def _plan(rng: Random, cause: Cause | None) -> _Plan:
    names = rng.sample(NAMES, rng.randint(4, 6))
    gateway = rng.choice(GATEWAYS)
    calls: dict[str, list[str]] = {gateway: names[:2], **{name: [] for name in names}}
    for index, name in enumerate(names[2:], 2):
        # The third is called by the first, so that at least one service never meets another.
        calls[names[0] if index == 2 else rng.choice(names[:index])].append(name)
    database = rng.choice(DATABASES)
    for name in (names[0], names[2]):
        calls[name].append(database)
    broken = rng.choice(names[2:])
    if cause is not None and cause.in_database:
        broken = database
    above = _above(calls, broken)
    apart = [name for name in names if name != broken and name not in above]
    order = list(FORMATS)
    rng.shuffle(order)
    if threaded not in order[: len(names)]:
        order[0] = threaded
    start = datetime(2025, 1, 1, tzinfo=UTC).timestamp() + rng.randint(0, 600) * 86400
    start += rng.randint(4 * 3600, 20 * 3600)
    span = Span(start, start + HOURS_COVERED * 3600)
    begun = start + rng.uniform(0.5, 0.8) * HOURS_COVERED * 3600
    end = span.end if rng.random() < 0.5 else min(span.end, begun + rng.uniform(720, 1500))
    formats = {**dict(zip(names, order, strict=False)), database: postgres}
    bystander = rng.choice(apart) if apart else names[1]
    return _Plan(gateway, database, calls, formats, span, broken, bystander, cause, begun, end)


def _above(calls: dict[str, list[str]], service: str) -> list[str]:
    """All that call a service, directly or through others, the nearest first."""
    found = [name for name, peers in calls.items() if service in peers]
    for name in found:
        found.extend(one for one, peers in calls.items() if name in peers and one not in found)
    return found


def _background(rng: Random, plan: _Plan) -> dict[str, list[Event]]:
    events = {plan.gateway: noise.gateway_noise(rng, plan.calls[plan.gateway], plan.span)}
    for name, form in plan.formats.items():
        if name == plan.database:
            events[name] = noise.database_noise(rng, plan.span)
            continue
        peers = plan.calls[name]
        events[name] = noise.service_noise(rng, name, peers, plan.span, traced=form is threaded)
    late = Span(plan.start + rng.uniform(-400, 300), plan.span.end)
    events[plan.bystander] += noise.herring(rng, late, count=rng.randint(4, 12))
    return events


def _deploys(rng: Random, plan: _Plan) -> list[Event]:
    names = list(plan.formats)
    early = Span(plan.span.start, plan.start - 1500)
    rows = [
        noise.deploy(rng, at, rng.choice(names), rng.choice(noise.CHANGES))
        for at in early.moments(rng, rng.randint(2, 4))
    ]
    # One of a service that has nothing to do with it, at the time everyone looks at.
    shortly = plan.start - rng.uniform(30, 200)
    rows.append(noise.deploy(rng, shortly, plan.bystander, rng.choice(noise.CHANGES)))
    if plan.cause is not None and plan.cause.change is not None:
        at = plan.start - rng.uniform(*plan.cause.after)
        rows.append(noise.deploy(rng, at, plan.broken, plan.cause.change))
    return rows


def _break(rng: Random, plan: _Plan, cause: Cause, events: dict[str, list[Event]]) -> None:
    """Add what the broken service logs, and what all see that depend on it."""
    own = events[plan.broken]
    own += _cause_events(rng, plan, cause)
    if cause.local is not None:
        for at in _repeated(rng, plan.start + rng.uniform(1.2, 6), plan.end, 7):
            own.append(Event(at, "ERROR", "http", filled(rng, cause.local)))
    broken = {plan.broken}
    # Those further away see only that the one they call is slow or fails.
    far = TIMEOUTS if cause.status == 504 else FAILURES
    since, every = plan.start, 4.0
    for name in _above(plan.calls, plan.broken):
        since += rng.uniform(0.4, 12)
        if name == plan.gateway:
            continue
        peers = [peer for peer in plan.calls[name] if peer in broken]
        texts = cause.seen if plan.broken in plan.calls[name] else far
        for at in _repeated(rng, since, plan.end, every):
            text = rng.choice((*texts, "request {id} not completed: a dependency failed"))
            message = filled(rng, text, peer=rng.choice(peers), ms="3000")
            events[name].append(Event(at, rng.choice(("ERROR", "ERROR", "WARN")), "peer", message))
        broken.add(name)
        every += 2.0
    _fail_requests(rng, plan, cause, events[plan.gateway], broken)


def _cause_events(rng: Random, plan: _Plan, cause: Cause) -> list[Event]:
    events = []
    has_traces = plan.formats[plan.broken] in TRACED
    host = f"{plan.broken}-db.prod.internl"
    if cause.before:
        sign = rng.choice(cause.before)
        times = Span(plan.start - 420, plan.start).moments(rng, rng.randint(3, 6))
        events += [_cause_event(rng, at, sign, host, has_traces) for at in times]
    times = _repeated(rng, plan.start, plan.end, cause.every)[: cause.most]
    for index, at in enumerate(times):
        line = cause.lines[index % len(cause.lines)]
        events.append(_cause_event(rng, at, line, host, has_traces))
    return events


def _cause_event(rng: Random, at: float, line: Line, host: str, has_traces: bool) -> Event:
    message = filled(rng, line.text, host=host)
    trace = line.trace if has_traces else ()
    return Event(at, line.level, line.logger, message, (), trace, is_cause=True)


def _fail_requests(
    rng: Random, plan: _Plan, cause: Cause, events: list[Event], broken: set[str]
) -> None:
    doors = [peer for peer in plan.calls[plan.gateway] if peer in broken]
    for at in _repeated(rng, plan.start + rng.uniform(1, 15), plan.end, 4):
        ms = rng.randint(2900, 3400) if cause.status == 504 else rng.randint(5, 90)
        events.append(noise.request(rng, at, rng.choice(doors), cause.status, ms))


def _repeated(rng: Random, start: float, end: float, every: float) -> list[float]:
    """Times from start to end, the first at the start itself."""
    times = [start]
    while (following := times[-1] + rng.expovariate(1 / every)) < end:
        times.append(following)
    return times


def _write(
    folder: Path, plan: _Plan, events: dict[str, list[Event]], deploys: list[Event]
) -> list[tuple[Evidence, bool]]:
    """Write all files; return every line with whether it tells of the root cause."""
    for name in ("logs", "database"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(_readme(plan), encoding="utf-8")
    written = _write_log(folder, DEPLOYS, "deploys", logfmt, deploys)
    gateway = f"logs/{plan.gateway}.access.log"
    written += _write_log(folder, gateway, plan.gateway, access, events[plan.gateway])
    for name, form in plan.formats.items():
        part = "database" if name == plan.database else "logs"
        written += _write_log(folder, f"{part}/{name}.log", name, form, events[name])
    return written


def _write_log(
    folder: Path, path: str, service: str, form: Format, events: list[Event]
) -> list[tuple[Evidence, bool]]:
    rows: list[tuple[Evidence, bool]] = []
    for event in sorted(events, key=lambda event: event.at):
        for text in (form(service, event), *event.trace):
            tells = event.is_cause and not text.startswith("\t")
            rows.append((Evidence(path, len(rows) + 1, text), tells))
    text = "".join(f"{evidence.text}\n" for evidence, _ in rows)
    (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return rows


def _readme(plan: _Plan) -> str:
    rows = "".join(
        f"- {name} calls {', '.join(peers) or 'no other service'}\n"
        for name, peers in plan.calls.items()
    )
    return (
        "# Logs\n\nOne log file per service in `logs/`, that of the database in `database/`; all "
        "times are UTC. "
        f"`{DEPLOYS}` tells which version of what went live when.\n\n"
        f"Requests come in at {plan.gateway}.\n\n{rows}"
    )
