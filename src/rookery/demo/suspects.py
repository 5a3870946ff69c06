"""From kinds of lines to a root cause, by when they began and whom they name.

The rules are those of an engineer on call. An incident is a stretch of time with far more errors
than the rest. Its cause is a kind of line that is new, or far more frequent than before, at the
start of it. A line that names another program in trouble is a consequence of that program's
trouble; a line about something the others complain of is nearer to the cause; a bare status code
explains nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rookery.demo.kinds import Deploy, Kind, Survey
from rookery.demo.loglines import ERROR
from rookery.demo.windows import BINS, Scale, Window, merged

LEAST_ERRORS = 8
LEAST_WEIGHT = 25.0
LEAST_RATIO = 3.0
"""What makes an incident: so many errors in it, so much evidence, so many times the usual rate."""

SURGE_WEIGHT = 8.0
"""The evidence at which one kind of line counts as surging."""

MOST_SERIES = 300
"""Kinds that are weighed one by one, the most frequent first."""


@dataclass(slots=True)
class Suspect:
    """A kind of line that is new or surging around the start of the incident."""

    kind: Kind
    onset: float
    inside: int
    before: int
    weight: float
    chance: float
    """The chance that a kind so rare is first seen this late although nothing changed."""
    blames: frozenset[str] = frozenset()
    """The programs in trouble that the line names, other than its own."""
    blames_trouble: bool = False
    """One of these has new errors of its own."""
    score: float = 0.0

    @property
    def is_clear(self) -> bool:
        """The kind did change; it is not one of the rare lines that come once in a while."""
        return self.weight >= SURGE_WEIGHT or self.evidence >= 3

    @property
    def evidence(self) -> float:
        """How little chance explains that the kind is new: 3 is one in twenty."""
        return -math.log(max(self.chance, 1e-12))


@dataclass(slots=True)
class Finding:
    """An incident, its likely root cause, and what followed."""

    window: Window
    root: Suspect
    suspects: list[Suspect] = field(default_factory=list)
    """Best first, the root cause among them."""
    accusers: frozenset[str] = frozenset()
    """Programs whose new trouble names the program of the root cause."""
    deploy: Deploy | None = None


def investigate(survey: Survey) -> Finding | None:
    """Find the incident of a survey and its likely root cause; None where nothing stands out."""
    if survey.end <= survey.start:
        return None
    scale = Scale.of(survey.start, survey.end, survey.traffic)
    window = _incident(survey, scale)
    if window is None:
        return None
    suspects = _suspects(survey, scale, window)
    if not suspects:
        return None
    accusers = _blame(survey, suspects)
    downstream = {suspect.kind.service for suspect in suspects if suspect.blames_trouble}
    for suspect in suspects:
        own = suspect.kind.service
        suspect.score = _score(suspect, window, survey, len(accusers[own]), own in downstream)
    suspects.sort(key=_best_first)
    root = _earliest_equal(suspects)
    return Finding(
        window,
        root,
        suspects,
        frozenset(accusers[root.kind.service]),
        nearest_deploy(survey, root),
    )


def _incident(survey: Survey, scale: Scale) -> Window | None:
    """The stretch of time with far too many errors: of all programs, of one, or of one kind."""
    errors = sorted(
        (kind for kind in survey.kinds.values() if kind.severity >= ERROR),
        key=lambda kind: -kind.count,
    )
    by_service: dict[str, list[Kind]] = {}
    for kind in errors:
        by_service.setdefault(kind.service, []).append(kind)
    groups = [errors, *by_service.values()]
    broad = _outstanding(scale, (merged(map(_counts, kinds)) for kinds in groups))
    single = _outstanding(scale, map(_counts, errors[:MOST_SERIES]))
    if not broad and not single:
        return None
    main = max(broad + single, key=lambda window: window.weight)
    # An incident is often plainest in a later effect: it starts with the first of its kinds. Many
    # kinds together are less exact, because some of their lines have nothing to do with it.
    meeting = [one for one in single if one.end >= main.start and one.start <= main.end]
    return replace(main, start=min((one.start for one in meeting), default=main.start))


def _outstanding(scale: Scale, series: Iterable[Mapping[int, int]]) -> list[Window]:
    found = [scale.strongest(seconds) for seconds in series]
    return [
        window
        for window in found
        if window is not None
        and window.inside >= LEAST_ERRORS
        and window.weight >= LEAST_WEIGHT
        and window.ratio >= LEAST_RATIO
    ]


def _counts(kind: Kind) -> dict[int, int]:
    return {second: count for second, (count, _) in kind.seconds.items()}


def _suspects(survey: Survey, scale: Scale, window: Window) -> list[Suspect]:
    """Kinds of warnings and errors that began around the start of the incident."""
    earliest = window.start - _lead(window, survey)
    latest = window.start + max(120.0, 0.5 * (window.end - window.start))
    found = []
    kinds = sorted(
        (kind for kind in survey.kinds.values() if kind.seconds), key=lambda kind: -kind.count
    )
    for index, kind in enumerate(kinds):
        own = scale.strongest(_counts(kind)) if index < MOST_SERIES else None
        suspect = _suspect(kind, own, scale, survey.start, window.start)
        if suspect is not None and earliest <= suspect.onset <= latest:
            found.append(suspect)
    return found


def _suspect(
    kind: Kind, own: Window | None, scale: Scale, start: float, trouble: float
) -> Suspect | None:
    """Judge one kind by its own past: new with its first line, or surging from its window on.

    `start` is that of the logs, `trouble` that of the incident.
    """
    first = kind.first.at
    surges = own is not None and own.weight >= SURGE_WEIGHT and own.ratio >= LEAST_RATIO
    # What was never seen before the incident is new, even if it comes thickest later on.
    is_old = first < trouble - scale.width
    if own is not None and surges and is_old and own.start > first + 1:
        before = sum(count for second, (count, _) in kind.seconds.items() if second < own.start)
        if before:
            return Suspect(kind, own.start, own.inside, before, own.weight, 1.0)
    unseen = scale.share(start, first)
    chance = (1.0 - unseen) ** kind.count
    weight = own.weight if own is not None else 0.0
    # A kind that has been there from the start and does not surge has nothing to tell.
    if not surges and chance > 0.6:
        return None
    return Suspect(kind, first, kind.count, 0, weight, chance)


def _blame(survey: Survey, suspects: list[Suspect]) -> dict[str, set[str]]:
    """Note whom each suspect names; return for each program who names it."""
    services = survey.services()
    accusers: dict[str, set[str]] = {suspect.kind.service: set() for suspect in suspects}
    trouble = {one.kind.service for one in suspects if one.kind.severity >= ERROR}
    for suspect in suspects:
        own = suspect.kind.service
        named = {_service(word, services) for word in suspect.kind.names} - {None, own}
        suspect.blames = frozenset(name for name in named if name is not None)
        suspect.blames_trouble = bool(suspect.blames & trouble) and suspect.is_clear
        if suspect.is_clear:
            for name in suspect.blames:
                accusers.setdefault(name, set()).add(own)
    return accusers


def _service(word: str, services: frozenset[str]) -> str | None:
    """The program a word names: itself, or an instance of it such as `name-7f9c`."""
    while word not in services:
        cut = max(word.rfind("-"), word.rfind("_"))
        if cut < 0:
            return None
        word = word[:cut]
    return word


def _score(
    suspect: Suspect, window: Window, survey: Survey, accusers: int, downstream: bool
) -> float:
    kind = suspect.kind
    # One event alone weighs log(BINS) in the narrowest window, and means nothing.
    score = min(max(0.0, suspect.weight - math.log(BINS)) / 10, 2.5)
    score += min(suspect.evidence, 4.0) / 2
    score += (0.0, 0.5, 2.0, 3.0)[kind.severity]
    score += min(1.5 * accusers, 4.0)
    score += _timing(suspect.onset, window, survey)
    if kind.is_access:
        score -= 3
    if suspect.blames_trouble:
        score -= 6
    elif downstream:
        score -= 3
    elif suspect.blames:
        score -= 1
    deploy = nearest_deploy(survey, suspect)
    if deploy is not None and names_service(deploy, kind.service):
        score += 1
    return score


def _timing(onset: float, window: Window, survey: Survey) -> float:
    """What begins with the incident counts most: few things fall into that minute by chance."""
    late = onset - window.start
    if late > 2:
        return 3.0 - 5.0 * min(1.0, late / max(60.0, 0.05 * (window.end - window.start)))
    early = math.log1p(max(0.0, -late) / 30) / math.log1p(_lead(window, survey) / 30)
    return 3.0 - 3.0 * min(1.0, early)


def _lead(window: Window, survey: Survey) -> float:
    """How long before the incident its first sign may be."""
    return max(900.0, 0.25 * (window.start - survey.start))


def _best_first(suspect: Suspect) -> tuple[float, float, str, int]:
    return (-suspect.score, suspect.onset, suspect.kind.path, suspect.kind.first.line)


def _earliest_equal(suspects: list[Suspect]) -> Suspect:
    """Of the most suspicious program's comparably suspicious kinds, the one that began first.

    Within one program the cause comes before the failures it leads to, which are more numerous.
    """
    top = suspects[0]
    equals = [
        suspect
        for suspect in suspects
        if suspect.kind.service == top.kind.service
        and suspect.score >= top.score - 3
        and (suspect is top or suspect.is_clear)
        and suspect.blames <= top.blames
        and suspect.kind.is_access <= top.kind.is_access
    ]
    return min(equals, key=lambda one: (math.floor(one.onset), one.kind.path, one.kind.first.line))


def nearest_deploy(survey: Survey, suspect: Suspect) -> Deploy | None:
    """The last deployment in the half hour before a suspect began, of its own program if any."""
    recent = [
        deploy for deploy in survey.deploys if 0 <= suspect.onset + 1 - deploy.entry.at <= 1800
    ]
    own = [deploy for deploy in recent if names_service(deploy, suspect.kind.service)]
    return max(own or recent, key=lambda deploy: deploy.entry.at, default=None)


def names_service(deploy: Deploy, service: str) -> bool:
    """Say whether a deployment line names a program."""
    return service in deploy.words
