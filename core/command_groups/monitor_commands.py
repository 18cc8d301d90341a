"""The commands of `python -m core monitor`: alerts, their evaluation, counts, references, audits, reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.settings import MIN_LOG_DAYS

if TYPE_CHECKING:  # the commands import it when they run: `--help` waits for none of it
    from core.alerts.evaluator import AlertEvaluator
    from core.alerts.overview import AlertOverview
    from core.monitoring.audit_report import AuditReport

monitor = typer.Typer(help="Watch over the models: alerts, counts of the log.", no_args_is_help=True)
ROWS_TOLD = 10_000
AS_JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@monitor.command()
def alerts(as_json: AS_JSON = False) -> None:
    """List every rule with the state of its alerts, those that fire first."""
    from core.alerts.overview import overview

    evaluator = _evaluator()
    rules, problems = evaluator.current_rules()
    for line in overview(evaluator.log, rules, evaluator.log.now()):
        typer.echo(json.dumps(_as_dict(line)) if as_json else _in_words(line))
    _tell(problems)


@monitor.command()
def check(as_json: AS_JSON = False) -> None:
    """Evaluate the rules once, and deliver what is due; the exit code is 1 if an alert fires.

    For a timer where no server runs. While another process evaluates, this one does not, and says so.
    """
    from core.alerts.overview import overview

    evaluator = _evaluator()
    try:
        evaluation = evaluator.step()
    finally:
        evaluator.log.lease.release(evaluator.name)
    if evaluation is None:
        typer.echo("Another process evaluates the alerts; these are its states.", err=True)
    rules, problems = evaluator.current_rules()
    lines = [line for line in overview(evaluator.log, rules, evaluator.log.now()) if line.stage == "firing"]
    for line in lines:
        typer.echo(json.dumps(_as_dict(line)) if as_json else _in_words(line))
    if not lines and not as_json:
        typer.echo("No alert fires.")
    _tell(problems | (evaluation.problems if evaluation else {}))
    raise typer.Exit(1 if lines else 0)


@monitor.command()
def rebuild() -> None:
    """Count the log again from its rows, for counts that are in doubt; servers may go on meanwhile."""
    from core.migrations import migrate
    from core.store import Query, store
    from core.written_numbers import percent

    migrate(store())
    store().counts.forget()
    store().counts.bring_up_to_date(lambda share: typer.echo(f"Counting the log, {percent(share)}.", err=True))
    typer.echo(f"Counted {store().count(Query())} rows of the log.")


@monitor.command()
def retain(
    days: Annotated[int | None, typer.Option(min=MIN_LOG_DAYS, help="LOOKOUT_LOG_DAYS if not said.")] = None,
) -> None:
    """Remove the log's rows that are older than so many days, with what was said of them; their counts stay.

    Servers do it once a day by themselves, and may go on meanwhile.
    """
    from datetime import UTC, datetime, timedelta

    from core.migrations import migrate
    from core.retention import remove_old_rows
    from core.settings import settings
    from core.store import RemovedRows, store

    chosen = days or settings().log_days
    if not chosen:
        typer.echo("Nothing is removed: LOOKOUT_LOG_DAYS is 0, which keeps all rows. Set it, or say --days.")
        return
    migrate(store())

    def tell(removed: RemovedRows) -> None:
        if removed.predictions % ROWS_TOLD == 0:
            typer.echo(f"Removed {removed.predictions} rows so far.", err=True)

    removed = remove_old_rows(store(), datetime.now(UTC) - timedelta(days=chosen), tell)
    bound = store().retention.removed_before()
    since = f"from before {bound:%Y-%m-%d} (UTC)" if bound else "yet, for nothing of that age is counted"
    typer.echo(
        f"Removed {removed.predictions} rows {since}, {removed.outcomes} judgements of them and "
        f"{removed.kept_inputs} inputs kept by consent. The counts stay."
    )


@monitor.command()
def reference(
    system: Annotated[str, typer.Argument(help="The system, such as waste.")],
    version: Annotated[str, typer.Argument(help="The version that answered, such as 1.1.0.")],
    site: Annotated[str | None, typer.Option(help="Take the answers of this site.")] = None,
    batch: Annotated[str | None, typer.Option(help="Take the answers of this table's batch.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file too.")] = None,
) -> None:
    """Hold a version's answers against those in the log that it gave to its own validation data.

    Answer that data first, such as by `predict waste --site validation FILES`.
    """
    from core.migrations import migrate
    from core.monitoring.references import from_log
    from core.store import Query, store

    migrate(store())
    query = Query(system=system, version=version, site=site, batch=batch, status="answered")
    new_reference = from_log(store(), query)
    if store().references.keep(system, version, new_reference):
        store().counts.forget()
    if output is not None:
        output.write_text(new_reference.to_json() + "\n", encoding="utf-8")
    basis = f"{new_reference.n} answers with {len(new_reference.features)} features"
    typer.echo(f"{system} {version} is held against {basis}.")


@monitor.command()
def audit(
    system: Annotated[str, typer.Argument(help="The system, such as waste.")],
    days: Annotated[float, typer.Option(min=0, help="The period that ends now [days].")] = 30.0,
    version: Annotated[str | None, typer.Option(help="Answers of this version alone.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Answers that are listed.")] = 20,
    as_json: AS_JSON = False,
) -> None:
    """List the drawn answers that wait to be judged, in their order; the accuracy so far goes to standard error."""
    from datetime import UTC, datetime, timedelta

    from core.migrations import migrate
    from core.monitoring.audit_report import answered_period, report_on
    from core.store import Query, store

    migrate(store())
    query = Query(system=system, version=version, since=datetime.now(UTC) - timedelta(days=days))
    for prediction_id in store().audit.waiting(query, limit):
        row = store().prediction(prediction_id)
        names = ("id", "created_at", "version", "value", "score", "site", "batch", "input_hash")
        shown = {name: row[name] for name in names}  # type: ignore[literal-required]
        shown["created_at"] = row["created_at"].isoformat()
        typer.echo(json.dumps(shown) if as_json else "  ".join(str(part) for part in shown.values() if part))
    period = answered_period(store(), query)
    typer.echo(_audit_in_words(report_on(store().audit.strata(query), period) if period else None), err=True)


@monitor.command()
def report(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .html or .pdf.")],
    period: Annotated[str, typer.Option(help="How long it is, up to now, such as 12h or 30d; all: the log.")] = "30d",
    system: Annotated[str | None, typer.Option(help="The system, such as crime; all if left out.")] = None,
) -> None:
    """Write a report on a period that a manager can read: what was answered, how often right, what was wrong."""
    from datetime import UTC, datetime

    from core import reports
    from core.inference import catalogue
    from core.migrations import migrate
    from core.store import Query, store

    render = reports.renderer(output.name)
    length = None if period == "all" else reports.length_of(period)
    migrate(store())
    facts = reports.read_facts(store(), Query(system=system), datetime.now(UTC), length)
    content = reports.report_content(facts, {card.name: card.title for card in catalogue()})
    output.write_bytes(render(content))
    typer.echo(f"{output} reports on {sum(step.counts.n for step in facts.steps)} requests.")


def _audit_in_words(report: AuditReport | None) -> str:
    from core.written_numbers import percent

    if report is None:
        return "No answer of this period is drawn."
    text = f"{report.waiting} of {report.drawn} drawn answers wait."
    if (estimate := report.estimate) is None:
        return f"{text} None is judged yet."
    interval = f"{percent(estimate.low)} to {percent(estimate.high)}"
    text += f" Right, by the audit: {percent(estimate.accuracy)} (n = {estimate.judged}, {interval})."
    return text + (f" Nobody could tell of {report.unknown}." if report.unknown else "")


def _evaluator() -> AlertEvaluator:
    from core.alerts.background import configured_evaluator
    from core.migrations import migrate
    from core.settings import settings
    from core.store import store

    migrate(store())
    return configured_evaluator(settings())


def _as_dict(line: AlertOverview) -> dict[str, object]:
    state, mute = line.state, line.mute
    reading = state.reading if state else None
    return {
        "rule": line.rule.name,
        "severity": line.rule.severity,
        "state": line.stage,
        "labels": dict(state.labels) if state else {},
        "since": state.since.isoformat() if state else None,
        "value": reading.value if reading else None,
        "low": reading.low if reading else None,
        "high": reading.high if reading else None,
        "n": reading.n if reading else None,
        "muted_until": mute["until"].isoformat() if mute else None,
        "acknowledged_by": line.acknowledged_by,
        "runbook": line.rule.runbook,
    }


def _in_words(line: AlertOverview) -> str:
    from core.alerts.measures import MEASURES
    from core.alerts.texts import time_in_words

    state = line.state
    reading = state.reading if state else None
    written = MEASURES[line.rule.measure].written
    labels = " ".join(f"{name}={value}" for name, value in sorted(state.labels.items())) if state else ""
    parts = [f"{line.stage:9}", line.rule.name, labels, written(reading.value) if reading else "not measured"]
    if state and line.stage in ("pending", "firing"):
        parts.append(f"since {time_in_words(state.since)}")
    if line.mute:
        parts.append(f"muted until {time_in_words(line.mute['until'])} by {line.mute['actor']}")
    if line.acknowledged_by:
        parts.append(f"{line.acknowledged_by} looks after it")
    if line.stage == "firing":
        parts.append(line.rule.runbook)
    return "  ".join(part for part in parts if part)


def _tell(problems: dict[str, str]) -> None:
    for rule, problem in problems.items():
        typer.echo(f"{rule}: {problem}", err=True)
