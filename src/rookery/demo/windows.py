"""The stretch of time in which something happened far more often than in the rest of the log."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

BINS = 120
"""How finely the time of all logs is cut."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, and how much it stands out."""

    start: float
    end: float
    inside: int
    outside: int
    ratio: float
    """How many times the rate outside; infinite where there is nothing outside."""
    weight: float
    """Log-likelihood ratio of two rates against one: 0 is no evidence, 10 is much."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The time of all logs in bins, each as long as the traffic in it makes it."""

    start: float
    width: float
    shares: tuple[float, ...]
    """The part of all events that is due in each bin if nothing is wrong."""

    @classmethod
    def of(cls, start: float, end: float, traffic: Mapping[int, int]) -> Scale:
        """Cut the time from `start` to `end`, by the ordinary lines of each second.

        A busy hour may have more errors than a quiet one. A bin with less traffic than the mean
        counts as the mean does, because trouble itself makes traffic fall.
        """
        width = max((end - start) / BINS, 1e-3)
        bins = [0] * BINS
        for second, count in traffic.items():
            bins[_bin(second, start, width)] += count
        mean = sum(bins) / BINS or 1.0
        due = [max(mean, count) for count in bins]
        total = sum(due)
        return cls(start, width, tuple(part / total for part in due))

    def bin(self, at: float) -> int:
        """The bin of a time."""
        return _bin(at, self.start, self.width)

    def share(self, start: float, end: float) -> float:
        """The part of all events that is due between two times."""
        return sum(self.shares[self.bin(start) : self.bin(end) + 1])

    def strongest(self, seconds: Mapping[int, int]) -> Window | None:
        """Find the stretch in which these events are most unlike the rest of the time."""
        bins = [0] * BINS
        for second, count in seconds.items():
            bins[self.bin(second)] += count
        used = [index for index, count in enumerate(bins) if count]
        counts = list(accumulate(bins, initial=0))
        shares = list(accumulate(self.shares, initial=0.0))
        best = (0.0, 0, 0)
        for low in used:
            for high in used:
                if high < low:
                    continue
                inside = counts[high + 1] - counts[low]
                weight = _weight(inside, counts[-1], shares[high + 1] - shares[low])
                if weight > best[0]:
                    best = (weight, low, high)
        if best[0] <= 0:
            return None
        return self._window(seconds, bins, best)

    def _window(
        self, seconds: Mapping[int, int], bins: list[int], best: tuple[float, int, int]
    ) -> Window:
        weight, low, high = best
        inside = sum(bins[low : high + 1])
        outside = sum(bins) - inside
        share = sum(self.shares[low : high + 1])
        ratio = (inside / share) / (outside / (1 - share)) if outside else math.inf
        times = sorted(seconds)
        first = next(index for index, at in enumerate(times) if self.bin(at) >= low)
        last = max(second for second in times if self.bin(second) <= high)
        first = self._onset(times, first, outside / (1 - share) if outside else 0.0)
        return Window(float(times[first]), last + 1.0, inside, outside, ratio, weight)

    def _onset(self, times: list[int], first: int, usual: float) -> int:
        """Move the start of a window from the edge of its bin to where the change happened.

        `usual` is how many events the rate outside would give in all the time. Where events are
        rare, one just before the bin belongs to the change; where they are not, one that only
        shares the first bin does not.
        """
        rare = usual / BINS < 0.2
        while rare and first > 0 and times[first] - times[first - 1] <= self.width:
            first -= 1
        while (
            not rare
            and first + 1 < len(times)
            and times[first + 1] - times[first] > self.width / 4
            and self.bin(times[first + 1]) <= self.bin(times[first]) + 1
        ):
            first += 1
        return first


def _bin(at: float, start: float, width: float) -> int:
    return min(max(int((at - start) / width), 0), BINS - 1)


def _weight(inside: int, total: int, share: float) -> float:
    """Evidence that a share of the time holds more than its share of the events."""
    expected = total * share
    if inside <= expected or share >= 1:
        return 0.0
    outside = total - inside
    weight = inside * math.log(inside / expected)
    if outside:
        weight += outside * math.log(outside / (total - expected))
    return weight


def merged(series: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Add up events per second."""
    total: dict[int, int] = {}
    for seconds in series:
        for second, count in seconds.items():
            total[second] = total.get(second, 0) + count
    return total
