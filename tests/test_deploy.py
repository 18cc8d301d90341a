"""What `deploy/monitoring` gives to Prometheus and Grafana: it names metrics that exist and the rules that ship."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import timedelta

import pytest
import yaml

from core import telemetry
from core.alerts.rules import _duration, shipped
from core.api import log_metrics
from core.resources import metrics
from core.settings import CHECKOUT
from tests.support.monitoring import prometheus

FOLDER = CHECKOUT / "deploy" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
RULES = yaml.safe_load((FOLDER / "alert-rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]] + [rule["expr"] for rule in RULES]
OF_CLIENT = {"process_start_time_seconds", "process_resident_memory_bytes"}  # of the official client
NAME = re.compile(r"\b(?:lookout|process)_\w+")


def exposed() -> set[str]:
    """The series that a serving process may expose."""
    own = [metric for name, metric in vars(telemetry).items() if name.isupper() and hasattr(metric, "describe")]
    families = [family for metric in own for family in metric.describe()]
    names = {f"{family.name}{ending}" for family in families for ending in ("", "_total", "_bucket", "_count", "_sum")}
    return names | set(metrics.GAUGES) | set(metrics.OF_PROCESSES) | set(log_metrics.METRICS) | OF_CLIENT


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_names_metrics_that_are_exposed(expression):
    names = set(NAME.findall(expression))
    assert names <= exposed()
    assert names or expression.startswith("up")


def test_each_shipped_rule_is_there_with_its_threshold_duration_and_severity():
    by_rule = {rule["labels"]["rule"]: rule for rule in RULES if "rule" in rule["labels"]}
    assert set(by_rule) == {rule.name for rule in shipped()}
    for rule in shipped():
        written = by_rule[rule.name]
        thresholds = {float(number) for number in re.findall(r"[<>] ([\d.e+]+)", written["expr"])}
        seconds = 1000 if rule.measure == "latency_p95_ms" else 1
        assert rule.threshold_on / seconds in thresholds, rule.name
        assert _duration(written["for"]) == rule.pending_for
        assert _duration(written.get("keep_firing_for", "0s")) == rule.keep_firing_for
        assert written["labels"]["severity"] == rule.severity
        assert written["annotations"]["runbook"] == rule.runbook
        if rule.minimum_n > 1:
            assert f">= {rule.minimum_n}" in written["expr"]


def test_what_prometheus_measures_itself_has_the_rules_window():
    for rule in shipped():
        (written,) = (each for each in RULES if each["labels"].get("rule") == rule.name)
        for window in re.findall(r"\[(\w+)\]", written["expr"]):
            assert _duration(window) == rule.window >= timedelta(minutes=5)


def test_panels_have_ids_of_their_own_and_say_what_they_show():
    identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(identifiers)) == len(identifiers)
    assert all(panel["title"] and panel["targets"] for panel in PANELS)


def test_promtool_accepts_rules_and_configuration():
    programs = prometheus.programs()
    if programs is None:
        pytest.skip(prometheus.WHY_SKIPPED)
    for command, name in (("rules", "alert-rules.yml"), ("config", "prometheus.yml")):
        checked = subprocess.run(
            [programs["promtool"], "check", command, str(FOLDER / name)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
