"""Places for requests at work, and a bounded queue before them in which callers take turns."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from core.api.load.overload import Overload
from core.api.load.service_times import ServiceTimes

LONG_SECONDS = 0.5  # a request at work for longer gives its place on and keeps one for long work [s]
LONG_PLACES = 8  # for long work, such as forecasts, which mostly waits for its own turn at the solver
BODY_EXPECTED = 0.5  # a request whose body takes longer to arrive is not counted as waiting meanwhile [s]
SHORT_WAIT = 0.1  # how long a queue may be while there is overload [s]


@dataclass(eq=False)
class Ticket:
    """One request in the queue or at work."""

    caller: str
    kind: str
    deadline: float
    arrived: float
    size: int = 0
    turn: asyncio.Future[None] | None = None
    started: float | None = None
    is_long: bool = False
    is_expected: bool = False
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


@dataclass(frozen=True)
class QueueRefusal:
    """Why a request is not taken on, and after how many seconds asking again may help."""

    reason: str
    wait: float


class FairQueue:
    """`places` requests work at once; the others wait, and the callers' turns go round, each caller's in order.

    length: how many may wait; each caller gets its share of them. clock: seconds that only grow.
    """

    def __init__(self, places: int, length: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.places, self.length, self.clock = places, length, clock
        self.times = ServiceTimes(LONG_SECONDS)
        self.overload = Overload(clock)
        self.waiting = 0
        self._queues: OrderedDict[str, deque[Ticket]] = OrderedDict()
        self._present: Counter[str] = Counter()  # by caller: those that wait, and those whose bodies arrive
        self._running: Counter[str] = Counter()
        self._short = self._long = 0

    @property
    def full(self) -> bool:
        """Whether as many wait as may."""
        return self.waiting >= self.length

    def ahead_of(self, caller: str) -> int:
        """How many that wait now, or are about to, would have their turn before one more of this caller."""
        own = self._present[caller]
        return own + sum(min(count, own + 1) for name, count in self._present.items() if name != caller)

    def wait_of(self, caller: str) -> float:
        """How long one more request of this caller would wait for its turn, by measured service times [s]."""
        if self._short + self._present.total() < self.places:
            return 0.0
        return (self.ahead_of(caller) + 1) * self.times.mean / self.places

    def refusal(self, ticket: Ticket) -> QueueRefusal | None:
        """Why this request cannot be answered in time; None if it can, as far as is known: then it is expected."""
        wait = self.wait_of(ticket.caller)
        self.overload.arrived(must_wait=wait > 0)
        if wait and (reason := self._reason(ticket, wait)):
            return QueueRefusal(reason, wait)
        self._expect(ticket)
        return None

    def enter(self, ticket: Ticket) -> asyncio.Future[None] | None:
        """Its body is there: start at once (None), or wait for the future that is returned."""
        if self._short < self.places and self._may_run(ticket.caller):  # whoever waits may not run now, by its caller
            self._expect_no_more(ticket)
            self._start(ticket)
            return None
        self._expect(ticket)
        if ticket.timer:
            ticket.timer.cancel()
        ticket.turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(ticket.caller, deque()).append(ticket)
        self.waiting += 1
        return ticket.turn

    def leave(self, ticket: Ticket) -> None:
        """Give up waiting: the caller is gone, or its deadline has passed."""
        queue = self._queues.get(ticket.caller)
        if queue and ticket in queue:
            queue.remove(ticket)
            self._one_less(ticket)
            self.overload.given_up()

    def finish(self, ticket: Ticket, served: bool = True) -> None:
        """The work is done: its place is the next one's."""
        if ticket.started is None:
            return
        if ticket.timer:
            ticket.timer.cancel()
        if served:
            self.times.add(ticket.kind, self.clock() - ticket.started)
            self.overload.answered()
        self._running[ticket.caller] -= 1
        if not self._running[ticket.caller]:
            del self._running[ticket.caller]
        if ticket.is_long:
            self._long -= 1
        else:
            self._short -= 1
        ticket.started = None
        self._start_waiting()

    def _reason(self, ticket: Ticket, wait: float) -> str | None:
        share = self.length // (len(self._present) or 1)
        if self._present[ticket.caller] >= share or self._present.total() >= 2 * self.length:
            return "full"
        if self.clock() + wait + self.times.fastest(ticket.kind) > ticket.deadline:
            return "deadline"
        if self.overload.present and wait > SHORT_WAIT and self.ahead_of(ticket.caller) >= self.places:
            return "overload"
        return None

    def _expect(self, ticket: Ticket) -> None:
        """Count it among those that wait while its body arrives, unless that takes long."""
        if not ticket.is_expected:
            ticket.is_expected = True
            self._present[ticket.caller] += 1
            ticket.timer = asyncio.get_running_loop().call_later(BODY_EXPECTED, self._expect_no_more, ticket)

    def _expect_no_more(self, ticket: Ticket) -> None:
        if ticket.timer:
            ticket.timer.cancel()
        if ticket.is_expected:
            ticket.is_expected = False
            self._present[ticket.caller] -= 1
            if not self._present[ticket.caller]:
                del self._present[ticket.caller]

    def _one_less(self, ticket: Ticket) -> None:
        """It was taken from its caller's queue."""
        self.waiting -= 1
        self._expect_no_more(ticket)
        if not self._queues[ticket.caller]:
            del self._queues[ticket.caller]

    def _start(self, ticket: Ticket) -> None:
        ticket.started = self.clock()
        self._short += 1
        self._running[ticket.caller] += 1
        ticket.timer = asyncio.get_running_loop().call_later(LONG_SECONDS, self._give_place_on, ticket)

    def _give_place_on(self, ticket: Ticket) -> None:
        """What works for long moves to a place for long work, so that short requests need not wait for it."""
        if ticket.started is not None and self._long < LONG_PLACES:
            ticket.is_long = True
            self._long += 1
            self._short -= 1
            self._start_waiting()

    def _may_run(self, caller: str) -> bool:
        """Whether a caller may have one more place: up to half of all, those for long work included."""
        return self._running[caller] < max(self.places, (self.places + LONG_PLACES) // 2)

    def _start_waiting(self) -> None:
        while self._short < self.places and (ticket := self._next()):
            self._start(ticket)
            if ticket.turn and not ticket.turn.done():
                ticket.turn.set_result(None)
            else:  # cancelled meanwhile
                self.finish(ticket, served=False)

    def _next(self) -> Ticket | None:
        """The first that waits, of the caller whose turn it is."""
        for caller in list(self._queues):
            if not self._may_run(caller):
                continue
            ticket = self._queues[caller].popleft()
            self._queues.move_to_end(caller)
            self._one_less(ticket)
            return ticket
        return None
