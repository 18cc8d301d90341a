"""The commands of `python -m core` and their flags; `serve` is in `core.__main__`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

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
    files: Annotated[list[Path], typer.Argument(help="Files to predict.", exists=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    log: Annotated[bool, typer.Option(help="Write the predictions to the log.")] = True,
    version: Annotated[str | None, typer.Option(help="A version or alias; the champion if not said.")] = None,
) -> None:
    """Predict files. A file that cannot be answered says why; the others are answered; then the exit code is 1."""
    from core import inference
    from core.errors import InvalidInput

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


def _line(path: Path, prediction: Any, logged: bool) -> dict[str, Any]:
    identifier = prediction.id if logged else None
    common = {"file": str(path), "model_version": prediction.version, "prediction_id": identifier}
    if prediction.answer is None:
        return {**common, "error": prediction.error_kind, "detail": prediction.error}
    answer = prediction.answer
    return {**common, "value": answer.value, **answer.details, "score": answer.score, "abstained": answer.abstained}


def _in_words(line: dict[str, Any]) -> str:
    from core.inference import how_sure

    if "error" in line:
        return str(line["detail"])
    return f"{line['value']}, {how_sure(line['score'], line['abstained'])} ({line['score']:.0%})"


def _show_progress(fraction: float, message: str) -> None:
    typer.echo(f"{fraction:6.1%}  {message}", err=True)


def _migrate_quietly() -> None:
    from core.migrations import migrate as bring_up
    from core.store import store

    bring_up(store())
