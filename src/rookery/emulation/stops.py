"""Stop sequences in a text that comes in pieces.

Nothing that may turn out to be the beginning of a stop sequence is passed on before that is
decided, and how a text is split into pieces changes nothing (platform.claude.com, "Handling stop
reasons": the text ends before the sequence, which `stop_sequence` names). The sequence that is
complete first counts; of several that are complete at once, the longest. That is how a model that
writes one token after the other would meet them; the documentation does not say.
"""

from __future__ import annotations

from collections.abc import Iterable


class _Search:
    """Looks for one sequence in a text (Knuth, Morris, Pratt): each character is read once."""

    def __init__(self, sequence: str) -> None:
        self.sequence = sequence
        self.matched = 0
        """How much of the sequence the text so far ends with."""
        self._shorter = [0] * len(sequence)
        """For each matched part: the next shorter one that the text ends with too."""
        for end in range(1, len(sequence)):
            self._shorter[end] = self._step(self._shorter[end - 1], sequence[end])

    def _step(self, matched: int, character: str) -> int:
        while matched and self.sequence[matched] != character:
            matched = self._shorter[matched - 1]
        return matched + (self.sequence[matched] == character)

    def feed(self, piece: str) -> int | None:
        """Return where in `piece` the sequence is complete for the first time."""
        at = 0
        while at < len(piece):
            if not self.matched:
                at = piece.find(self.sequence[0], at)
                if at < 0:
                    return None
            self.matched = self._step(self.matched, piece[at])
            at += 1
            if self.matched == len(self.sequence):
                return at
        return None


class StopScanner:
    """Passes a text on up to the first stop sequence."""

    def __init__(self, sequences: Iterable[str]) -> None:
        """Look for any of `sequences`; empty ones are never found."""
        self.found: str | None = None
        """The sequence that ended the text."""
        self._searches = [_Search(sequence) for sequence in sequences if sequence]
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take the next piece of the text, and return what can be passed on now."""
        if self.found is not None:
            return ""
        ends = [
            (end, -len(search.sequence), search.sequence)
            for search in self._searches
            if (end := search.feed(piece)) is not None
        ]
        text = self._held + piece
        if ends:
            end, _, self.found = min(ends)
            end += len(self._held) - len(self.found)
            self._held = ""
            return text[:end]
        held = max((search.matched for search in self._searches), default=0)
        end = len(text) - held
        self._held = text[end:]
        return text[:end]

    def finish(self) -> str:
        """Say that the text is at its end, and return what was held back."""
        held, self._held = self._held, ""
        for search in self._searches:
            search.matched = 0
        return held
