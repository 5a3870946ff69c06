"""What healthy services log all day: traffic, slow moments, and errors that mean nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rookery.demo.formats import Event

AGENTS = ("Mozilla/5.0", "curl/8.5.0", "okhttp/4.12", "python-requests/2.32")
USERS = ("ana", "ben", "chi", "dora", "emil", "fatou", "goran", "hana")
VERBS = ("GET", "GET", "GET", "POST", "PUT")

ROUTINE = (
    ("http", "handled {verb} /{service}/{n} in {ms} ms"),
    ("http", "handled {verb} /{service}/{n} in {ms} ms"),
    ("jobs", "job {id} finished in {ms} ms"),
    ("cache", "refreshed {n} entries"),
    ("events", "published event {id} for user {user}"),
    ("peer", "called {peer} in {ms} ms"),
    ("auth", "session {id} opened for user {user}"),
)
WARNINGS = (
    ("http", "slow request {id}: {ms} ms"),
    ("peer", "retrying call to {peer}, attempt 2"),
    ("http", "client {user} still sends the old field names"),
    ("jobs", "queue is {n} items long"),
)
ERRORS = (
    ("http", "rejected request {id}: body is not valid JSON"),
    ("http", "client went away while writing reply {id}"),
    ("mail", "webhook of customer {user} answered 404"),
    ("peer", "call to {peer} failed once for request {id}, gave a stale answer"),
)
STATEMENTS = (
    ("SELECT id, total FROM movements WHERE region_code = $1", 40),
    ("SELECT id, state FROM movements WHERE id = $1", 9),
    ("UPDATE movements SET state = $1 WHERE id = $2", 14),
    ("INSERT INTO entries (id, owner, body) VALUES ($1, $2, $3)", 8),
    ("SELECT body FROM entries WHERE owner = $1 ORDER BY id DESC LIMIT 20", 25),
    ("DELETE FROM sessions WHERE seen < $1", 60),
)
"""What a database is asked, and the milliseconds that it usually takes."""
UPKEEP = (
    "checkpoint starting: time",
    "checkpoint complete: wrote {n} buffers (1.{d}%)",
    'automatic vacuum of table "main.public.sessions": index scans: 1, tuples removed: {n}',
    "connection authorized: user=app database=main application_name={id}",
)
DATABASE_ERRORS = (
    'duplicate key value violates unique constraint "entries_pkey"',
    "canceling statement due to user request",
    'invalid input syntax for type uuid: "{id}"',
)
TRACED = (
    "java.io.IOException: Broken pipe",
    "\tat java.base/sun.nio.ch.SocketDispatcher.writev(SocketDispatcher.java:66)",
    "\tat com.acme.http.Reply.flush(Reply.java:121)",
)
HERRINGS = (
    ("config", "setting cache.legacy is deprecated and will go away, using default"),
    ("metrics", "label set of histogram latency is large: {n} series"),
    ("jobs", "nightly report {id} has no recipients"),
    ("http", "response for user {user} lacks an etag header"),
)
CHANGES = ("refresh dependencies", "new dashboard labels", "faster start", "clean up flags")


@dataclass(frozen=True, slots=True)
class Span:
    """The time the logs cover, in seconds since 1970."""

    start: float
    end: float

    def moments(self, rng: Random, count: int) -> list[float]:
        """Random times in the span, in order."""
        return sorted(rng.uniform(self.start, self.end) for _ in range(count))


def filled(rng: Random, text: str, **given: str) -> str:
    """Fill the placeholders of a template line."""
    while "{n}" in text:
        text = text.replace("{n}", str(rng.randint(11, 4999)), 1)
    values = {
        "d": str(rng.randint(2, 9)),
        "ms": str(rng.randint(3, 900)),
        "slow": str(rng.randint(4000, 9900)),
        "id": f"{rng.getrandbits(32):08x}",
        "user": rng.choice(USERS),
        "verb": rng.choice(VERBS),
        **given,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def service_noise(
    rng: Random, service: str, peers: Sequence[str], span: Span, *, traced: bool
) -> list[Event]:
    """The ordinary life of one service that calls some others."""
    events = []
    choices = {
        "INFO": [row for row in ROUTINE if peers or "{peer}" not in row[1]],
        "WARN": [row for row in WARNINGS if peers or "{peer}" not in row[1]],
        "ERROR": [row for row in ERRORS if peers or "{peer}" not in row[1]],
    }
    counts = {
        "INFO": rng.randint(330, 520),
        "WARN": rng.randint(8, 26),
        "ERROR": rng.randint(4, 14),
    }
    for level, count in counts.items():
        for at in span.moments(rng, count):
            logger, text = rng.choice(choices[level])
            peer = rng.choice(peers) if peers else ""
            message = filled(rng, text, service=service, peer=peer)
            fields = (("user", rng.choice(USERS)),) if rng.random() < 0.3 else ()
            events.append(Event(at, level, logger, message, fields))
    if traced:
        for at in span.moments(rng, rng.randint(2, 6)):
            text = filled(rng, "could not finish reply {id}")
            events.append(Event(at, "ERROR", "http", text, (), TRACED))
    return events


def database_noise(rng: Random, span: Span) -> list[Event]:
    """The ordinary life of a database: statements, upkeep, and a few mistakes of its clients."""
    events = []
    for at in span.moments(rng, rng.randint(500, 800)):
        statement, usual = rng.choice(STATEMENTS)
        ms = usual * rng.lognormvariate(0, 0.5)
        events.append(Event(at, "INFO", "", f"duration: {ms:.3f} ms  statement: {statement}"))
    events += [
        Event(at, level, "", filled(rng, rng.choice(texts)))
        for level, texts, count in (("INFO", UPKEEP, 90), ("ERROR", DATABASE_ERRORS, 6))
        for at in span.moments(rng, rng.randint(count // 2, count * 3 // 2))
    ]
    return events


def gateway_noise(rng: Random, peers: Sequence[str], span: Span) -> list[Event]:
    """Requests that reach the gateway: nearly all are answered well."""
    events = []
    for at in span.moments(rng, rng.randint(1000, 1500)):
        chance = rng.random()
        status = 200 if chance < 0.93 else 404 if chance < 0.97 else 401 if chance < 0.994 else 502
        events.append(request(rng, at, rng.choice(peers), status, rng.randint(4, 400)))
    return events


def request(rng: Random, at: float, peer: str, status: int, ms: int) -> Event:
    """One request through the gateway."""
    verb = rng.choice(VERBS)
    size = rng.randint(90, 9000)
    message = f'"{verb} /{peer}/{rng.randint(1, 9999)} HTTP/1.1" {status} {size}'
    client = f"10.{rng.randint(0, 9)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
    fields = (("client", client), ("upstream", peer), ("rt", f"{ms / 1000:.3f}"))
    return Event(at, "INFO", rng.choice(AGENTS), message, fields)


def herring(rng: Random, span: Span, *, count: int) -> list[Event]:
    """A harmless warning that was never seen before and has nothing to do with anything."""
    logger, text = rng.choice(HERRINGS)
    return [Event(at, "WARN", logger, filled(rng, text)) for at in span.moments(rng, count)]


def deploy(rng: Random, at: float, service: str, change: str) -> Event:
    """A deployment as the deploy log tells it."""
    version = f"{rng.randint(1, 6)}.{rng.randint(0, 40)}.{rng.randint(0, 9)}"
    fields: Mapping[str, str] = {
        "service": service,
        "version": version,
        "by": rng.choice(USERS),
        "change": change,
        "result": "ok",
    }
    return Event(at, "INFO", "pipeline", "deploy finished", tuple(fields.items()))
