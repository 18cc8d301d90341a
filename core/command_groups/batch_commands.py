"""The command `batch`: any number of inputs, answered by worker processes, continued after an interruption."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.command_groups.console import migrate_quietly, part_and_column, show_progress
from core.progress import Progress

if TYPE_CHECKING:  # pandas takes a while, and most commands need none
    from core.batch.request import BatchSummary

SECONDS_BETWEEN_LINES = 1.0
STOPPED = 130  # what a shell expects of a command that Ctrl-C ended


def batch(
    system: Annotated[str, typer.Argument(help="The system, such as waste.")],
    source: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="A folder, ZIP, table or folder of events; or an address like s3://..."),
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="A .csv, .parquet or .jsonl file; for events and tables a folder.")
    ],
    workers: Annotated[
        int | None, typer.Option(help="Processes; 0: this one alone. As many as fit if not said.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Answer the first so many inputs alone.")] = None,
    site: Annotated[str | None, typer.Option(help="The place that the inputs come from, such as a yard.")] = None,
    version: Annotated[str | None, typer.Option(help="A version or alias; the champion if not said.")] = None,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", metavar="PART=COLUMN", help="Which column of a table plays which part.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of tables, such as timezone; of events, mode.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a result, start anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The last line is the summary as one JSON object.")] = False,
) -> None:
    """Answer many inputs. Ctrl-C and kill -9 lose nothing: the same command goes on. Exit code 1 if one failed."""
    from core.batch.batches import run_batch
    from core.batch.request import BatchRequest

    options: dict[str, Any] = dict(part_and_column(pair) for pair in option or ())
    if mapped:
        options["map"] = dict(part_and_column(pair) for pair in mapped)
    migrate_quietly()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop by the system ends it as Ctrl-C does
    request = BatchRequest(system, source, output, version, site, workers, limit, force, options)
    try:
        summary = run_batch(request, _at_most_each_second(show_progress))
    except KeyboardInterrupt:
        typer.echo("Stopped. What was answered is kept: the same command goes on from there.", err=True)
        raise typer.Exit(STOPPED) from None
    typer.echo(json.dumps(summary.as_dict()) if as_json else _in_words(summary))
    raise typer.Exit(1 if summary.failed else 0)


def _at_most_each_second(show: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The listener, spared of all that comes within a second of what it heard last, but for the end."""
    heard = -SECONDS_BETWEEN_LINES

    def listen(progress: Progress) -> None:
        nonlocal heard
        if progress.share >= 1 or time.monotonic() - heard >= SECONDS_BETWEEN_LINES:
            heard = time.monotonic()
            show(progress)

    return listen


def _in_words(summary: BatchSummary) -> str:
    text = f"{summary.answered:,} of {summary.inputs:,} answered ({summary.not_sure:,} not sure)"
    text += f" in {summary.output}, {summary.per_second:,.1f}/s by {max(summary.workers, 1)} at work."
    if summary.earlier:
        text += f" {summary.earlier:,} of them had been answered before."
    if summary.failed:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in summary.problems.items())
        text += f" {summary.failed:,} failed ({kinds}): the result says why."
    return text
