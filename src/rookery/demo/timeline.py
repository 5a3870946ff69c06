"""The tool `log_timeline`: when each kind of log line began, and what an incident began with.

It knows nothing of any particular system: it reads whatever logs lie below a path.
"""

from __future__ import annotations

from datetime import UTC, datetime

from rookery.demo.kinds import Deploy, Kind, Survey
from rookery.demo.logfiles import Logs
from rookery.demo.loglines import ERROR, read_lines
from rookery.demo.suspects import Finding, Suspect, investigate, names_service
from rookery.tools import Workspace, current_context

MOST_CHARACTERS = 6000
LONGEST_QUOTE = 280


def log_timeline(path: str = ".") -> str:
    """Read the log files below a path and find the likely root cause of an incident.

    Shows when each kind of warning and error first appeared in the logs, how often, and
    after which deploy, across all services; names the log line an incident or outage most
    likely began with, or says that no incident was found. Every quoted line is given as
    path:line: text.

    Args:
        path: A folder with log files, or one log file, in the workspace. "." is all of it.
    """
    workspace = current_context().workspace
    logs, survey = Logs(workspace, path), Survey()
    for name, entry in logs:
        survey.add(name, entry)
    if not survey.lines:
        return "\n".join([f"No log lines with a time found in {path!r}.", *logs.notes[:10]])
    finding = investigate(survey)
    report = _calm(workspace, survey) if finding is None else _incident(workspace, survey, finding)
    return _capped([*report, *logs.notes[:5]])


def _calm(workspace: Workspace, survey: Survey) -> list[str]:
    """The report when nothing stands out."""
    errors = [kind for kind in survey.kinds.values() if kind.severity >= ERROR]
    count = sum(kind.count for kind in errors)
    if count:
        known = f"{count} error lines of {len(errors)} kinds, spread over the time as usual"
    else:
        known = "no error lines"
    frequent = sorted(errors, key=lambda kind: -kind.count)[:8]
    span = _span(survey.start, survey.end)
    told = (
        f"No incident found: in {survey.lines} log lines {span} no kind of error stands out: none "
        f"is new and frequent, none rises far above its own past ({known})."
    )
    return [
        told,
        *_section("Most frequent errors:", [_row(workspace, kind) for kind in frequent]),
        *_deploys(survey, None),
    ]


def _incident(workspace: Workspace, survey: Survey, finding: Finding) -> list[str]:
    """The report on an incident: the conclusion first, then what it rests on."""
    cause = finding.root
    others = [one for one in finding.suspects if one is not cause and one.is_clear]
    complaining = {one.kind.service for one in others if one.blames_trouble}
    effects = [one for one in others if _is_effect(one, cause, complaining)]
    effects.sort(key=lambda one: (-one.inside, one.onset))
    unclear = [one for one in others if one not in effects]
    return [
        f"Likely root cause: {_onset(workspace, cause)}",
        _when(survey, finding),
        *_because(finding),
        *_section(
            f"Consequences ({sum(one.inside for one in effects)} lines):",
            [f"{_onset(workspace, one)} ({one.inside} times)" for one in effects[:7]],
        ),
        *_section(
            "Also new or more frequent, less likely the cause:",
            [f"{_onset(workspace, one)} ({one.inside} times)" for one in unclear[:4]],
        ),
        *_deploys(survey, finding.deploy),
        *_table(finding),
    ]


def _is_effect(one: Suspect, cause: Suspect, complaining: set[str]) -> bool:
    """Say whether a kind began after the cause, in its program or one that names another."""
    is_near = one.kind.service in complaining | {cause.kind.service} or one.kind.is_access
    return is_near and one.onset >= cause.onset - 1


def _when(survey: Survey, finding: Finding) -> str:
    cause, deploy = finding.root, finding.deploy
    times = "once" if cause.inside == 1 else f"{cause.inside} times"
    day = datetime.fromtimestamp(cause.onset, UTC).date().isoformat()
    said = "First seen" if not cause.before else f"Seen {cause.before} times before, rising from"
    said = f"{said} {_time(cause.onset)} UTC on {day}, {times}"
    if deploy is None:
        return f"{said}; no deploy in the half hour before."
    seconds = cause.onset - deploy.entry.at
    own = names_service(deploy, cause.kind.service)
    whose = "the deploy" if own else "a deploy that does not name this service"
    return f"{said}, {_duration(seconds)} after {whose} {_deploy(deploy)}"


def _because(finding: Finding) -> list[str]:
    cause, window = finding.root, finding.window
    past = "is more frequent than before" if cause.before else "was never seen before"
    reasons = [f"this line {past}"]
    if not cause.blames_trouble:
        reasons.append("it names no other service with trouble of its own")
    if finding.accusers:
        reasons.append(
            f"new errors of {', '.join(sorted(finding.accusers))} name {cause.kind.service}"
        )
    when = _span(window.start, window.end)
    return [
        f"Why: {'; '.join(reasons)}.",
        f"Extent: {window.inside} errors {when}, {window.outside} in the rest of the logs.",
    ]


def _deploys(survey: Survey, chosen: Deploy | None) -> list[str]:
    rows = sorted(survey.deploys, key=lambda deploy: deploy.entry.at)
    if chosen is not None:  # those around the one that matters
        place = rows.index(chosen)
        rows = rows[max(0, place - 3) : place + 3]
    return _section("Deploys:", [_deploy(deploy) for deploy in rows[-6:]])


def _table(finding: Finding) -> list[str]:
    clear = [one for one in finding.suspects if one.is_clear or one is finding.root]
    rows = sorted(clear[:14], key=lambda one: one.onset)
    return _section(
        "Timeline (start, lines before -> from then on, service, kind):",
        [
            f"{_time(one.onset)}  {one.before} -> {one.inside}  {one.kind.service}  "
            f"{_clipped(one.kind.template, 90)}"
            for one in rows
        ],
    )


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", title, *(f"  {row}" for row in rows)] if rows else []


def _row(workspace: Workspace, kind: Kind) -> str:
    return f"{_quote(kind.path, kind.first.line, kind.first.text)} ({kind.count} times)"


def _deploy(deploy: Deploy) -> str:
    return _quote(deploy.path, deploy.entry.line, deploy.entry.text)


def _onset(workspace: Workspace, suspect: Suspect) -> str:
    """Quote the line a suspect began with, which for a surge is not the first of its kind."""
    kind = suspect.kind
    _, line = kind.seconds.get(int(suspect.onset), (0, kind.first.line))
    if line == kind.first.line or not suspect.before:
        return _quote(kind.path, kind.first.line, kind.first.text)
    for number, text in read_lines(workspace.resolve(kind.path)):
        if number == line:
            return _quote(kind.path, number, text)
    return _quote(kind.path, kind.first.line, kind.first.text)


def _quote(path: str, line: int, text: str) -> str:
    return f"{path}:{line}: {_clipped(text.strip(), LONGEST_QUOTE)}"


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def _span(start: float, end: float) -> str:
    first, last = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    day = "%Y-%m-%d %H:%M:%S"
    until = "%H:%M:%S" if first.date() == last.date() else day
    return f"from {first.strftime(day)} to {last.strftime(until)} UTC"


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"


def _capped(lines: list[str]) -> str:
    """Join lines up to the most characters, whole lines only."""
    size = 0
    for index, line in enumerate(lines):
        size += len(line) + 1
        if size > MOST_CHARACTERS - 40:
            return "\n".join([*lines[:index], f"({len(lines) - index} more lines left out)"])
    return "\n".join(lines)
