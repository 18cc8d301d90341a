"""Calls that write at the same time share one commit, and answer each for its own rows."""

from __future__ import annotations

import threading

from core.store.shared_commits import SharedCommits


class Table:
    """Keeps what is written in one piece; refuses "bad"; two "stop"s interrupt it; the first write waits for `go`."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.first_is_in, self.go = threading.Event(), threading.Event()

    def write(self, rows) -> None:
        if not self.first_is_in.is_set():
            self.first_is_in.set()
            assert self.go.wait(30)
        if "bad" in rows:
            raise ValueError("bad")
        if sum(row.startswith("stop") for row in rows) == 2:
            raise KeyboardInterrupt
        self.commits.append(list(rows))


def add_while_one_writes(calls: list[list[str]]) -> tuple[Table, dict[str, str]]:
    """One call writes; the others come meanwhile. Gives the table and {first row of a call: how it ended}."""
    table, ends = Table(), {}
    shared = SharedCommits(table.write, threading.Lock())

    def call(rows: list[str]) -> None:
        try:
            shared.add(rows)
            ends[rows[0]] = "written" if any(set(rows) <= set(commit) for commit in table.commits) else "too early"
        except ValueError as problem:
            ends[rows[0]] = str(problem)
        except KeyboardInterrupt:
            ends[rows[0]] = "interrupted"

    threads = [threading.Thread(target=call, args=(rows,)) for rows in (["first"], *calls)]
    threads[0].start()
    assert table.first_is_in.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(shared._waiting) < len(calls):
        threading.Event().wait(0.001)
    table.go.set()
    for thread in threads:
        thread.join(30)
    return table, ends


def test_those_who_wait_for_a_write_share_the_next_one():
    table, ends = add_while_one_writes([["a", "b"], ["c"], ["d"]])
    assert set(ends.values()) == {"written"}
    assert table.commits[0] == ["first"]
    assert [sorted(commit) for commit in table.commits[1:]] == [["a", "b", "c", "d"]]


def test_rows_that_are_refused_fail_their_own_call_alone_and_whole():
    table, ends = add_while_one_writes([["a"], ["b", "bad"], ["c"]])
    assert ends == {"first": "written", "a": "written", "b": "bad", "c": "written"}
    assert sorted(row for commit in table.commits for row in commit) == ["a", "c", "first"]


def test_a_call_taken_along_by_an_interrupted_one_is_still_written():
    table, ends = add_while_one_writes([["stop a"], ["stop b"]])
    assert sorted(ends.values()) == ["interrupted", "written", "written"]
    assert len(table.commits) == 2
