"""What commands say on a terminal: progress, predictions as JSON or in words."""

from __future__ import annotations

from typing import Any

import typer

from core.progress import Progress, sentence


def show_progress(progress: Progress) -> None:
    """One line on standard error: the share, and what is being done."""
    typer.echo(f"{progress.share:6.1%}  {sentence(progress)}", err=True)


def in_words(line: dict[str, Any]) -> str:
    """What `line_of` gave, for people."""
    from core.inference import how_sure
    from core.written_numbers import NO_BREAK, percent

    if "error" in line:
        return str(line["detail"])
    share = percent(line["score"]).replace(NO_BREAK, " ")
    reason = f": {line['reason']}" if line["reason"] else ""
    return f"{line['value']}, {how_sure(line['score'], line['abstained'])} ({share}){reason}"


def part_and_column(pair: str) -> tuple[str, str]:
    """What `--map PART=COLUMN` says."""
    part, between, column = pair.partition("=")
    if not between:
        raise typer.BadParameter(f"Expected PART=COLUMN, such as date=Dates. Received {pair!r}.")
    return part.strip(), column.strip()


def migrate_quietly() -> None:
    """Bring the log's tables to the newest version, without a word."""
    from core.migrations import migrate
    from core.store import store

    migrate(store())
