"""Root causes that an incident can be made of: adding a kind is adding a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A template of a log line; `{n}`, `{ms}`, `{id}` and the like are filled in per line."""

    level: str
    logger: str
    text: str
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """One kind of root cause: what the broken service logs, and what its callers see."""

    kind: str
    summary: str
    """What is wrong, with `{service}` for the broken service."""
    lines: tuple[Line, ...]
    """What the broken service logs about its own problem."""
    every: float
    """Seconds between these lines, roughly."""
    seen: tuple[str, ...]
    """What callers log, with `{peer}` for the broken service."""
    status: int
    """What the gateway answers."""
    most: int = 24
    """How many lines about the problem itself there are at most."""
    before: tuple[Line, ...] = ()
    """Signs in the minutes before the first failure, part of the evidence."""
    change: str | None = None
    """The change that the deploy of the broken service brings; None where no deploy is to blame."""
    after: tuple[float, float] = (20.0, 90.0)
    """Seconds from that deploy to the first sign."""
    local: str | None = None
    """What else the broken service logs, more often, once it fails."""
    in_database: bool = False
    """What is broken is the database that services share; it logs the lines, and is the peer."""


TIMEOUTS = (
    "call to {peer} timed out after {ms} ms",
    "no answer from {peer} within deadline, request {id} dropped",
)
FAILURES = (
    "{peer} answered 503 for request {id}",
    "call to {peer} failed after 3 attempts, request {id} dropped",
)
ERRORS = (
    "{peer} answered 500 for request {id}",
    "unexpected reply from {peer}: status=500 request={id}",
)

CAUSES: tuple[Cause, ...] = (
    Cause(
        kind="pool-exhausted",
        summary="{service} ran out of database connections after a configuration deploy",
        lines=(
            Line(
                "ERROR",
                "db",
                "connection pool exhausted: active=4 max=4 waiting={n}, gave up after {ms} ms",
                (
                    "java.sql.SQLTransientConnectionException: pool main - no connection free",
                    "\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)",
                    "\tat com.acme.store.Repository.load(Repository.java:88)",
                ),
            ),
        ),
        every=14,
        seen=TIMEOUTS,
        status=504,
        change="config: tidy datasource settings",
        local="request {id} failed with status 500 after {ms} ms",
    ),
    Cause(
        kind="disk-full",
        summary="the disk of {service} is full",
        lines=(
            Line("ERROR", "journal", "write to /var/lib/data/wal-{n}.seg: No space left on device"),
        ),
        every=11,
        seen=FAILURES,
        status=503,
        before=(Line("WARN", "journal", "volume /var/lib/data is 97% used, {n} MB free"),),
    ),
    Cause(
        kind="certificate-expired",
        summary="the TLS certificate of {service} expired",
        lines=(
            Line(
                "FATAL",
                "tls",
                "server certificate CN={host} is past its notAfter date, refusing new sessions",
            ),
        ),
        every=70,
        most=4,
        seen=(
            "TLS handshake with {peer} failed: certificate verify failed",
            "cannot open a secure channel to {peer} for request {id}",
        ),
        status=502,
    ),
    Cause(
        kind="missing-column",
        summary="a release of {service} needs a column that its schema migration did not add",
        lines=(
            Line(
                "ERROR",
                "sql",
                'relation "entries" has no column "region_code" (SQLSTATE 42703)',
                (
                    "org.postgresql.util.PSQLException: undefined column region_code",
                    "\tat org.postgresql.core.v3.QueryExecutor.receive(QueryExecutor.java:2713)",
                    "\tat com.acme.store.EntryDao.insert(EntryDao.java:141)",
                ),
            ),
        ),
        every=9,
        seen=ERRORS,
        status=500,
        change="store the region of each entry",
        after=(3.0, 20.0),
        local="handler for request {id} returned status=500",
    ),
    Cause(
        kind="memory-leak",
        summary="{service} leaks memory since a release and is killed by the kernel",
        lines=(
            Line(
                "FATAL", "supervisor", "worker pid {n} was OOM-killed (rss {n} MB, limit 2048 MB)"
            ),
        ),
        every=75,
        most=9,
        seen=(
            "connection to {peer} reset by peer during request {id}",
            "connect to {peer} refused, request {id} dropped",
        ),
        status=502,
        before=(Line("WARN", "runtime", "heap at 9{d}% after full collection"),),
        change="keep parsed templates in memory",
        after=(600.0, 1100.0),
        local="restarting, {n} requests in flight lost",
    ),
    Cause(
        kind="wrong-host",
        summary="a configuration deploy gave {service} a database host that does not resolve",
        lines=(
            Line(
                "ERROR", "net", "getaddrinfo ENOTFOUND {host}: name does not resolve (attempt {n})"
            ),
        ),
        every=12,
        seen=FAILURES,
        status=503,
        change="config: move to the new database address",
        after=(4.0, 30.0),
    ),
    Cause(
        kind="quota-exceeded",
        summary="a third party throttles {service}: its quota is used up",
        lines=(
            Line(
                "WARN",
                "geo",
                "api.geodata.example replied 429 Too Many Requests: monthly quota used, code {n}",
            ),
        ),
        every=8,
        most=40,
        seen=TIMEOUTS,
        status=504,
        local="work item {id} parked, backlog is {n}",
    ),
    Cause(
        kind="deadlock",
        summary="two jobs block each other in the database {service}",
        lines=(
            Line(
                "ERROR",
                "",
                "deadlock detected",
                (
                    "\tDETAIL:  Process 2207 waits for ShareLock on transaction 88121.",
                    "\tSTATEMENT:  UPDATE movements SET state = $1 WHERE id = $2",
                ),
            ),
        ),
        every=13,
        seen=TIMEOUTS,
        status=504,
        in_database=True,
    ),
    Cause(
        kind="lock-queue",
        summary="a migration holds a table of the database {service}, and all wait for it",
        lines=(
            Line(
                "ERROR",
                "",
                "canceling statement due to lock timeout",
                ("\tSTATEMENT:  SELECT id, state FROM movements WHERE id = $1",),
            ),
            Line(
                "INFO",
                "",
                "process {n} still waiting for AccessShareLock on relation 16402 of database 5 "
                "after 1000.{d} ms",
            ),
        ),
        every=7,
        most=60,
        seen=FAILURES,
        status=503,
        change="migration: rewrite movements with a new type of id",
        after=(2.0, 15.0),
        in_database=True,
    ),
    Cause(
        kind="missing-index",
        summary="a migration of the database {service} dropped an index that a query needs",
        lines=(
            Line(
                "ERROR",
                "",
                "canceling statement due to statement timeout",
                ("\tSTATEMENT:  SELECT id, total FROM movements WHERE region_code = $1",),
            ),
            Line(
                "INFO",
                "",
                "duration: {slow}.{d} ms  statement: SELECT id, total FROM movements "
                "WHERE region_code = $1",
            ),
        ),
        every=6,
        most=70,
        seen=TIMEOUTS,
        status=504,
        change="migration: drop indexes that look unused",
        after=(5.0, 60.0),
        in_database=True,
    ),
)


def cause_of(kind: str) -> Cause:
    """Look up a kind; an unknown one is a ValueError that names those there are."""
    for cause in CAUSES:
        if cause.kind == kind:
            return cause
    known = ", ".join(cause.kind for cause in CAUSES)
    raise ValueError(f"There is no kind of incident {kind!r}. Kinds: {known}.")
