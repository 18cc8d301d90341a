"""The commands of `python -m core` and their flags; `serve` is in `core.__main__`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from pydantic import BaseModel

from core.contract import Prediction
from core.monitor_commands import monitor
from core.progress import Progress, sentence
from core.settings import settings

if TYPE_CHECKING:  # pandas takes a while, and most commands need none
    from core.batch import TableRunSummary

cli = typer.Typer(help="Lookout: one desk for a city's analysts.", no_args_is_help=True, pretty_exceptions_enable=False)
cli.add_typer(monitor, name="monitor")
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@cli.command()
def migrate() -> None:
    """Bring the store's tables to the newest version."""
    from core.migrations import migrate as bring_up
    from core.store import store

    typer.echo(f"The tables are at version {bring_up(store())}.")


@cli.command()
def predict(
    system: Annotated[str, typer.Argument(help="The system, such as waste.")],
    files: Annotated[list[Path] | None, typer.Argument(help="Files to predict.", exists=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    log: Annotated[bool, typer.Option(help="Write the predictions to the log.")] = True,
    version: Annotated[str | None, typer.Option(help="A version or alias; the champion if not said.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="A table's result (CSV, Parquet), or the folder for the files of an event's answer."
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
        _migrate_quietly()
    failed = False
    instances = [path.read_bytes() if path.is_file() else b"" for path in files]
    if missing := [str(path) for path in files if not path.is_file()]:
        raise InvalidInput(expected="files that exist", received=", ".join(missing[:3]), advice="Check the path.")
    predictions = inference.stream(system, instances, source="cli", version=version, site=site, logged=log)
    for path, prediction in zip(files, predictions, strict=True):
        failed = failed or prediction.answer is None
        line = _line(path, prediction, logged=log)
        if as_json:
            typer.echo(json.dumps(line))
        else:
            typer.echo(f"{path}: {_in_words(line)}")
    raise typer.Exit(1 if failed else 0)


@cli.command()
def sample(
    system: Annotated[str, typer.Argument(help="The system, such as flood.")],
    folder: Annotated[Path, typer.Argument(help="A new folder to write to.")],
) -> None:
    """Write an invented event for first use; predict it with `predict SYSTEM --event FOLDER`."""
    from core import systems

    written = systems.folders(system).write_sample(folder)
    typer.echo(f"Written to {folder}: {', '.join(written)}.")


@cli.command(context_settings=PASS_ON)
def evaluate(context: typer.Context, system: str) -> None:
    """Measure a version on labelled data; the last line is one JSON object. `evaluate SYSTEM --help` has the flags."""
    from core import training

    arguments, extra = _own_flags(context.args, {"version": None, "json": False})
    options = _options(training.evaluate_options(system), arguments, f"evaluate {system}")
    figures = training.evaluate(system, options, extra["version"], _show_progress)
    if not extra["json"]:
        typer.echo(json.dumps(figures, indent=2))
    typer.echo(json.dumps(figures))


@cli.command(context_settings=PASS_ON)
def train(context: typer.Context, system: str) -> None:
    """Train a new version; the last line is its metrics as JSON. `train SYSTEM --help` lists the flags."""
    from core import training
    from core.registry import registry

    arguments, extra = _own_flags(context.args, {"output": None, "register": None, "json": False})
    options = _options(training.options(system), arguments, f"train {system}")
    if extra["register"]:
        folder = registry().new_folder(system, extra["register"])
    else:
        folder = Path(extra["output"] or settings().models_dir / system / "candidate")
    metadata = training.train(system, options, folder, _show_progress)
    typer.echo(f"Written to {folder}.", err=True)
    typer.echo(json.dumps(metadata.get("metrics", metadata)))


def _own_flags(arguments: list[str], defaults: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Take the command's own flags out of `arguments`; the rest belongs to the system."""
    rest, values, waiting = [], dict(defaults), list(arguments)
    while waiting:
        name, _, value = waiting.pop(0).partition("=")
        key = name.removeprefix("--")
        if not name.startswith("--") or key not in defaults:
            rest.append(f"{name}={value}" if value else name)
        elif defaults[key] is False:
            values[key] = True
        else:
            values[key] = value or (waiting.pop(0) if waiting else None)
    return rest, values


def _options(model: type[BaseModel], arguments: list[str], name: str) -> BaseModel:
    from pydantic import ValidationError
    from pydantic_settings import BaseSettings, CliApp, CliSettingsSource

    try:
        source: Any = CliSettingsSource(
            cast(
                "type[BaseSettings]", model
            ),  # any model will do cli_prog_name=f"python -m core {name}", cli_kebab_case=True, cli_implicit_flags=True
        )
        return CliApp.run(model, cli_args=arguments, cli_settings_source=source)
    except ValidationError as problem:
        raise typer.BadParameter(str(problem)) from problem


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
        options["map"] = dict(_part_and_column(pair) for pair in options["map"])
    checked = batch.options(system, options)
    if log:
        _migrate_quietly()
    summary = batch.run(
        system,
        table,
        output,
        checked,
        source_name="cli",
        version=version,
        site=site,
        progress=_show_progress,
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

    if files:
        raise InvalidInput(
            expected="files or --event", received=f"both, {files[0]} for one", advice="Leave one of them out."
        )
    if output is not None:
        answer_files.check_target(output)  # before minutes of work
    answering = systems.folders(system)
    if log:
        _migrate_quietly()
    instance = answering.Folder(event) if mode is None else answering.Folder(event, mode)
    (prediction,) = inference.predict(
        system, [instance], source="cli", version=version, site=site, logged=log, progress=_show_progress
    )
    if output is not None and prediction.answer and prediction.answer.files:
        answer_files.copy(prediction.answer.files.folder, output)
    line = _line(event, prediction, logged=log)
    typer.echo(json.dumps(line) if as_json else f"{event}: {_in_words(line)}")
    raise typer.Exit(1 if prediction.answer is None else 0)


def _part_and_column(pair: str) -> tuple[str, str]:
    part, between, column = pair.partition("=")
    if not between:
        raise typer.BadParameter(f"Expected PART=COLUMN, such as date=Dates. Received {pair!r}.")
    return part.strip(), column.strip()


def _table_in_words(run: TableRunSummary) -> str:
    methods = ", ".join(f"{count:,} by {method}" for method, count in run.ways.items() if count)
    text = f"{run.answered:,} of {run.rows:,} rows answered ({methods}; {run.not_sure:,} not sure) in {run.output}."
    for path, what in (
        (run.rejected_file, "were rejected"),
        (run.noted_file, "have values that were not used as written"),
    ):
        text += f" Rows that {what}: {path}." if path else ""
    return text


def _line(path: Path, prediction: Prediction, logged: bool) -> dict[str, Any]:
    identifier = prediction.id if logged else None
    common = {"file": str(path), "model_version": prediction.version, "prediction_id": identifier}
    common |= {} if prediction.site is None else {"site": prediction.site}
    if prediction.answer is None:
        return {**common, "error": prediction.error_kind, "detail": prediction.error}
    answer = prediction.answer
    certainty = {"score": answer.score, "abstained": answer.abstained, "reason": answer.reason}
    return {**common, "value": answer.value, **answer.details, **certainty}


def _in_words(line: dict[str, Any]) -> str:
    from core.inference import how_sure
    from core.written_numbers import NO_BREAK, percent

    if "error" in line:
        return str(line["detail"])
    share = percent(line["score"]).replace(NO_BREAK, " ")
    reason = f": {line['reason']}" if line["reason"] else ""
    return f"{line['value']}, {how_sure(line['score'], line['abstained'])} ({share}){reason}"


def _show_progress(progress: Progress) -> None:
    typer.echo(f"{progress.share:6.1%}  {sentence(progress)}", err=True)


def _migrate_quietly() -> None:
    from core.migrations import migrate as bring_up
    from core.store import store

    bring_up(store())
