"""The commands of `python -m core` and their flags; `serve` is in `core.__main__`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from pydantic import BaseModel

from core.command_groups.batch_commands import batch
from core.command_groups.console import show_progress
from core.command_groups.monitor_commands import monitor
from core.command_groups.predict_commands import predict
from core.settings import settings

cli = typer.Typer(help="Lookout: one desk for a city's analysts.", no_args_is_help=True, pretty_exceptions_enable=False)
cli.add_typer(monitor, name="monitor")
cli.command()(predict)
cli.command()(batch)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@cli.command()
def migrate() -> None:
    """Bring the store's tables to the newest version."""
    from core.migrations import migrate as bring_up
    from core.store import store

    typer.echo(f"The tables are at version {bring_up(store())}.")


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
    figures = training.evaluate(system, options, extra["version"], show_progress)
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
    metadata = training.train(system, options, folder, show_progress)
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
