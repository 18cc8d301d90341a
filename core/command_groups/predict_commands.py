"""The command `predict`: files, a table or an event, answered by this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.command_groups.console import in_words, migrate_quietly, part_and_column, show_progress

if TYPE_CHECKING:  # pandas takes a while, and most commands need none
    from core.batch import TableRunSummary


def predict(
    system: Annotated[str, typer.Argument(help="The system, such as waste.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Files to predict.", exists=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    log: Annotated[bool, typer.Option(help="Write the predictions to the log.")] = True,
    version: Annotated[str | None, typer.Option(help="A version or alias; the champion if not said.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="A table's result (CSV, Parquet, JSON lines), or the folder for the files of an event's answer.",
        ),
    ] = None,
    site: Annotated[str | None, typer.Option(help="The place that the inputs come from, such as a yard.")] = None,
    event: Annotated[Path | None, typer.Option(help="In place of files: a folder that holds an event.")] = None,
    mode: Annotated[str | None, typer.Option(help="With --event: how to compute, such as accurate or fast.")] = None,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", metavar="PART=COLUMN", help="With -o: which column plays which part.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="With -o: IANA zone of the city's clock.")] = None,
    day_first: Annotated[bool | None, typer.Option(help="With -o: how 03/04/2014 is meant.")] = None,
    force: Annotated[bool, typer.Option("--force", help="With -o: replace a result, start anew.")] = False,
) -> None:
    """Predict files, with -o a table, or an event. What cannot be answered says why, and the exit code is 1."""
    from core import inference
    from core.errors import InvalidInput
    from core.inference.prediction_lines import line_of

    files = files or []
    if event is not None:
        _predict_event(system, event, output, mode, version=version, site=site, log=log, as_json=as_json, files=files)
        return
    if mode is not None or not files:
        raise InvalidInput(
            expected="files, or --event FOLDER, with which --mode goes", received="none", advice="Name them."
        )
    flags = {"map": mapped, "timezone": timezone, "day_first": day_first}
    table_options = {name: value for name, value in flags.items() if value is not None}
    if output is not None:
        if len(files) != 1:
            raise InvalidInput(
                expected="one table with -o", received=f"{len(files)} files", advice="Give one at a time."
            )
        _predict_table(
            system, files[0], output, table_options, version=version, site=site, log=log, force=force, as_json=as_json
        )
        return
    if table_options or force:
        raise InvalidInput(
            expected="-o OUT with --map, --timezone, --day-first or --force",
            received="none",
            advice="Add -o OUT.csv.",
        )
    if log:
        migrate_quietly()
    failed = False
    instances = [path.read_bytes() if path.is_file() else b"" for path in files]
    if missing := [str(path) for path in files if not path.is_file()]:
        raise InvalidInput(expected="files that exist", received=", ".join(missing[:3]), advice="Check the path.")
    predictions = inference.stream(system, instances, source="cli", version=version, site=site, logged=log)
    for path, prediction in zip(files, predictions, strict=True):
        failed = failed or prediction.answer is None
        line = line_of(str(path), prediction, logged=log)
        if as_json:
            typer.echo(json.dumps(line))
        else:
            typer.echo(f"{path}: {in_words(line)}")
    raise typer.Exit(1 if failed else 0)


def _predict_table(
    system: str,
    table: Path,
    output: Path,
    options: dict[str, Any],
    *,
    version: str | None,
    site: str | None,
    log: bool,
    force: bool,
    as_json: bool,
) -> None:
    from core import batch

    if "map" in options:
        options["map"] = dict(part_and_column(pair) for pair in options["map"])
    checked = batch.options(system, options)
    if log:
        migrate_quietly()
    summary = batch.run(
        system,
        table,
        output,
        checked,
        source_name="cli",
        version=version,
        site=site,
        progress=show_progress,
        replace=force,
        logged=log,
    )
    typer.echo(json.dumps(summary.as_dict()) if as_json else _table_in_words(summary))


def _predict_event(
    system: str,
    event: Path,
    output: Path | None,
    mode: str | None,
    *,
    version: str | None,
    site: str | None,
    log: bool,
    as_json: bool,
    files: list[Path],
) -> None:
    from core import inference, systems
    from core.artefacts import answer_files
    from core.errors import InvalidInput
    from core.inference.prediction_lines import line_of

    if files:
        raise InvalidInput(
            expected="files or --event", received=f"both, {files[0]} for one", advice="Leave one of them out."
        )
    if output is not None:
        answer_files.check_target(output)  # before minutes of work
    answering = systems.folders(system)
    if log:
        migrate_quietly()
    instance = answering.Folder(event) if mode is None else answering.Folder(event, mode)
    (prediction,) = inference.predict(
        system, [instance], source="cli", version=version, site=site, logged=log, progress=show_progress
    )
    if output is not None and prediction.answer and prediction.answer.files:
        answer_files.copy(prediction.answer.files.folder, output)
    line = line_of(str(event), prediction, logged=log)
    typer.echo(json.dumps(line) if as_json else f"{event}: {in_words(line)}")
    raise typer.Exit(1 if prediction.answer is None else 0)


def _table_in_words(run: TableRunSummary) -> str:
    methods = ", ".join(f"{count:,} by {method}" for method, count in run.ways.items() if count)
    text = f"{run.answered:,} of {run.rows:,} rows answered ({methods}; {run.not_sure:,} not sure) in {run.output}."
    for path, what in (
        (run.rejected_file, "were rejected"),
        (run.noted_file, "have values that were not used as written"),
    ):
        text += f" Rows that {what}: {path}." if path else ""
    return text
