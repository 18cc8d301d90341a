"""How long requests of a kind keep a place busy, measured as they end."""

from __future__ import annotations

from collections import deque

WEIGHT = 0.1  # of the newest measurement in the mean
SAMPLES = 16  # of which the fastest says what is possible
MAX_KINDS = 256  # paths made up by strangers make no endless table
UNMEASURED = 0.02  # of a kind that never ended yet, before any did [s]


class ServiceTimes:
    """Mean and fastest recent service time by kind of request; a kind is a path and a size class of its body."""

    def __init__(self, longest: float) -> None:
        """longest: what one request counts at most in the mean, for it then gives its place on [s]."""
        self.longest = longest
        self.mean = UNMEASURED
        """Mean over all kinds [s]."""
        self._means: dict[str, float] = {}
        self._recent: dict[str, deque[float]] = {}

    def add(self, kind: str, seconds: float) -> None:
        """Take up one request that was served."""
        counted = min(seconds, self.longest)
        self.mean += WEIGHT * (counted - self.mean)
        if kind not in self._means and len(self._means) >= MAX_KINDS:
            return
        mean = self._means.setdefault(kind, counted)
        self._means[kind] = mean + WEIGHT * (counted - mean)
        self._recent.setdefault(kind, deque(maxlen=SAMPLES)).append(seconds)

    def expected(self, kind: str) -> float:
        """The mean time that one of this kind keeps a place busy [s]."""
        return self._means.get(kind, self.mean)

    def fastest(self, kind: str) -> float:
        """The least that one of this kind took lately [s]; 0 for what was not measured yet."""
        return min(self._recent.get(kind, (0.0,)))
