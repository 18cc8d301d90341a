"""Whether more is asked than can be answered: then a long queue brings nothing but answers that come too late."""

from __future__ import annotations

from collections.abc import Callable

WINDOW = 1.0  # over which arrivals and answers are compared [s]
TOO_MANY = 2.0  # arrivals per answer that callers who wait for answers make in one window, when they begin, not in two
MIN_SURPLUS = 20  # arrivals beyond that in a window: a handful of long requests is no overload
REMEMBERED = 5.0  # after the last sign of overload the queue stays short for so long [s]


class Overload:
    """Watches arrivals, answers and callers that give up.

    Callers who wait for each answer arrive as fast as they are answered, however many they are: they are served in
    turn. Callers who hang up before their turn, or who arrive more than TOO_MANY times as fast as answers leave, are
    not served by a longer queue.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = float("-inf")
        self._window_ends = float("-inf")
        self._arrivals = self._answers = 0
        self._was_too_many = False

    @property
    def present(self) -> bool:
        """Whether the queue is to be kept short now."""
        return self._clock() < self._until

    def arrived(self, must_wait: bool) -> None:
        """A request came, which was refused too, perhaps. must_wait: whether all places were taken."""
        now = self._clock()
        if now >= self._window_ends:
            is_too_many = must_wait and self._arrivals > TOO_MANY * self._answers + MIN_SURPLUS
            if is_too_many and self._was_too_many:
                self._until = now + REMEMBERED
            self._was_too_many = is_too_many
            self._arrivals = self._answers = 0
            self._window_ends = now + WINDOW
        self._arrivals += 1

    def answered(self) -> None:
        """A request was served."""
        self._answers += 1

    def given_up(self) -> None:
        """A caller hung up, or its deadline passed, before its turn came."""
        self._until = self._clock() + REMEMBERED
