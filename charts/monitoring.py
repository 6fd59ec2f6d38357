"""What the chart says of monitoring, as Python values: for charts/monitoring_test.py, and for e2e/ where programs run. Needs python3-yaml."""

import json
import os
import re

import yaml

CHART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "portcullis")
ROOT = os.path.dirname(os.path.dirname(CHART))
ALERTS = os.path.join(CHART, "files", "alerts.yaml")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def alerts():
    return [rule for group in yaml.safe_load(read(ALERTS))["groups"] for rule in group["rules"]]


def dashboard():
    return json.loads(read(CHART, "files", "dashboard.json"))


def queries(interval="5m"):
    """(title, query) of each panel, as Grafana would send them."""
    found = [(panel["title"], target["expr"]) for panel in dashboard()["panels"] for target in panel.get("targets", [])]
    for variable, value in (("$__rate_interval", interval), ("$namespace", ".*")):
        found = [(title, query.replace(variable, value)) for title, query in found]
    return found


def documented():
    """Name -> (type, labels) of docs/metrics.md."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*) ?\| ", read(ROOT, "docs", "metrics.md"), re.M)
    return {name: (kind, {label.strip() for label in labels.split(",") if label.strip()}) for name, kind, labels in rows}
