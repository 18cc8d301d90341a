"""The commands of `python -m core` and their flags; `serve` is in `core.__main__`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from core.progress import Progress, sentence
from core.settings import settings

cli = typer.Typer(help="Lookout: one desk for a city's analysts.", no_args_is_help=True, pretty_exceptions_enable=False)
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
        _predict_event(system, event, output, mode, version=version, log=log, as_json=as_json, files=files)
        return
    if mode is not None or not files:
        raise InvalidInput("Expected files, or --event FOLDER, with which --mode goes. Received none. Name them.")
    told = {"map": mapped, "timezone": timezone, "day_first": day_first}
    given = {name: value for name, value in told.items() if value is not None}
    if output is not None:
        if len(files) != 1:
            raise InvalidInput(f"Expected one table with -o. Received {len(files)} files. Give one at a time.")
        _predict_table(system, files[0], output, given, version=version, log=log, force=force, as_json=as_json)
        return
    if given or force:
        raise InvalidInput(
            "Expected -o OUT with --map, --timezone, --day-first or --force. Received none. Add -o OUT.csv."
        )
    if log:
        _migrate_quietly()
    failed = False
    instances = [path.read_bytes() if path.is_file() else b"" for path in files]
    if missing := [str(path) for path in files if not path.is_file()]:
        raise InvalidInput(f"Expected files that exist. Received {', '.join(missing[:3])}. Check the path.")
    for path, prediction in zip(
        files, inference.stream(system, instances, source="cli", version=version, logged=log), strict=True
    ):
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

    written = systems.events(system).write_sample(folder)
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


def _own_flags(arguments: list[str], known: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Take the command's own flags out of `arguments`; the rest belongs to the system."""
    rest, values, waiting = [], dict(known), list(arguments)
    while waiting:
        name, _, value = waiting.pop(0).partition("=")
        key = name.removeprefix("--")
        if not name.startswith("--") or key not in known:
            rest.append(f"{name}={value}" if value else name)
        elif known[key] is False:
            values[key] = True
        else:
            values[key] = value or (waiting.pop(0) if waiting else None)
    return rest, values


def _options(model: Any, arguments: list[str], name: str) -> Any:
    from pydantic import ValidationError
    from pydantic_settings import CliApp, CliSettingsSource

    try:
        source: Any = CliSettingsSource(
            model, cli_prog_name=f"python -m core {name}", cli_kebab_case=True, cli_implicit_flags=True
        )
        return CliApp.run(model, cli_args=arguments, cli_settings_source=source)
    except ValidationError as problem:
        raise typer.BadParameter(str(problem)) from problem


def _predict_table(
    system: str,
    table: Path,
    output: Path,
    given: dict[str, Any],
    *,
    version: str | None,
    log: bool,
    force: bool,
    as_json: bool,
) -> None:
    from core import batch

    if "map" in given:
        given["map"] = dict(_part_and_column(one) for one in given["map"])
    chosen = batch.options(system, given)
    if log:
        _migrate_quietly()
    done = batch.run(
        system,
        table,
        output,
        chosen,
        source_name="cli",
        version=version,
        progress=_show_progress,
        replace=force,
        logged=log,
    )
    typer.echo(json.dumps(done.as_dict()) if as_json else _table_in_words(done))


def _predict_event(
    system: str,
    event: Path,
    output: Path | None,
    mode: str | None,
    *,
    version: str | None,
    log: bool,
    as_json: bool,
    files: list[Path],
) -> None:
    from core import inference, systems
    from core.artefacts import answer_files
    from core.errors import InvalidInput

    if files:
        raise InvalidInput(f"Expected files or --event. Received both, {files[0]} for one. Leave one of them out.")
    if output is not None:
        answer_files.check_target(output)  # before minutes of work
    module = systems.events(system)
    if log:
        _migrate_quietly()
    asked = module.Folder(event) if mode is None else module.Folder(event, mode)
    (prediction,) = inference.predict(
        system, [asked], source="cli", version=version, logged=log, progress=_show_progress
    )
    if output is not None and prediction.answer and prediction.answer.files:
        answer_files.copy(prediction.answer.files.folder, output)
    line = _line(event, prediction, logged=log)
    typer.echo(json.dumps(line) if as_json else f"{event}: {_in_words(line)}")
    raise typer.Exit(1 if prediction.answer is None else 0)


def _part_and_column(given: str) -> tuple[str, str]:
    part, between, column = given.partition("=")
    if not between:
        raise typer.BadParameter(f"Expected PART=COLUMN, such as date=Dates. Received {given!r}.")
    return part.strip(), column.strip()


def _table_in_words(done: Any) -> str:
    ways = ", ".join(f"{count:,} by {way}" for way, count in done.ways.items() if count)
    said = f"{done.answered:,} of {done.rows:,} rows answered ({ways}; {done.not_sure:,} not sure) in {done.output}."
    for path, what in (
        (done.rejected_file, "were rejected"),
        (done.noted_file, "have values that were not used as written"),
    ):
        said += f" Rows that {what}: {path}." if path else ""
    return said


def _line(path: Path, prediction: Any, logged: bool) -> dict[str, Any]:
    identifier = prediction.id if logged else None
    common = {"file": str(path), "model_version": prediction.version, "prediction_id": identifier}
    if prediction.answer is None:
        return {**common, "error": prediction.error_kind, "detail": prediction.error}
    answer = prediction.answer
    return {**common, "value": answer.value, **answer.details, "score": answer.score, "abstained": answer.abstained}


def _in_words(line: dict[str, Any]) -> str:
    from core.evaluation.shares import NO_BREAK, percent
    from core.inference import how_sure

    if "error" in line:
        return str(line["detail"])
    share = percent(line["score"]).replace(NO_BREAK, " ")
    return f"{line['value']}, {how_sure(line['score'], line['abstained'])} ({share})"


def _show_progress(progress: Progress) -> None:
    typer.echo(f"{progress.share:6.1%}  {sentence(progress)}", err=True)


def _migrate_quietly() -> None:
    from core.migrations import migrate as bring_up
    from core.store import store

    bring_up(store())
