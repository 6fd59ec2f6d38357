#!/usr/bin/python3
"""Alerts fire when they should and only then, each has its page, and neither they nor the dashboard ask for a metric that nobody exports.

Needs python3-yaml and promtool (Debian package prometheus).
"""

import glob
import json
import os
import re
import subprocess
import tempfile
import unittest

import yaml

from monitoring import ALERTS, CHART, ROOT, alerts, dashboard, documented, queries, read

CASES = os.path.join(CHART, "testdata", "alerts.yaml")
SECTIONS = ["Meaning", "Impact", "How to look", "How to mend", "When to escalate"]
# What scraping adds (charts/portcullis/templates), and what a histogram has of its own.
SCRAPED = {"namespace", "pod", "admissiondeployment", "le"}


def promtool(*arguments):
    return subprocess.run(("promtool", *arguments), text=True, capture_output=True, check=False)


def cases():
    """The cases as promtool wants them: what is the same in all alerts of a rule comes from the rule."""
    rules = {rule["alert"]: rule for rule in alerts()}
    for case in yaml.safe_load(read(CASES)):
        rule = rules[case["alert"]]
        for one in case["fires"] + case["silent"]:
            expected = [{"exp_labels": rule["labels"] | alert.get("labels", {}), "exp_annotations": rule["annotations"] | {"description": alert["says"]}}
                        for alert in one.get("alerts", [])]
            yield {"interval": "1m", "input_series": [{"series": series, "values": values} for series, values in one["series"].items()],
                   "alert_rule_test": [{"eval_time": one["at"], "alertname": rule["alert"], "exp_alerts": expected}]}


def exported():
    """Name -> type of what the programs register, by their code."""
    found = {}
    for file in glob.glob(os.path.join(ROOT, "**", "*.cpp"), recursive=True):
        if file.endswith(("_test.cpp", "_benchmark.cpp")) or not file.startswith(tuple(os.path.join(ROOT, top, "") for top in ("lib", "operator", "webhook"))):
            continue
        text = read(file)
        if "#include <prometheus/" not in text:
            continue
        for kind, registry, prefix, name in re.findall(r"(?i)(counter|gauge|histogram)\(\s*(\), all, |\*?\w+,\s*|)\"(portcullis_)?(\w+)\"", text):
            if registry or prefix:
                found["portcullis_" + name] = kind.lower()
    return found


def selectors(query):
    """(metric, labels it is chosen or summed by) of a query; labels of `by` lists count for all its metrics."""
    chosen = re.findall(r"\b(portcullis_\w+)(?:\{([^}]*)\})?", query)
    summed = {label.strip() for by in re.findall(r"\bby \(([^)]*)\)", query) for label in by.split(",")}
    return [(name, set(re.findall(r"(\w+)\s*[=!]", labels)), summed) for name, labels in chosen]


class AlertsTest(unittest.TestCase):
    def test_promtool_takes_the_rules(self):
        done = promtool("check", "rules", "--lint-fatal", ALERTS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fires_when_it_should_and_only_then(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"rule_files": [ALERTS], "evaluation_interval": "1m", "tests": list(cases())}, file)
            file.flush()
            done = promtool("test", "rules", file.name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_has_a_case_that_fires_and_one_that_does_not(self):
        known = yaml.safe_load(read(CASES))
        self.assertEqual([case["alert"] for case in known], [rule["alert"] for rule in alerts()])
        self.assertEqual([], [case["alert"] for case in known if not case["fires"] or not case["silent"]])

    def test_each_tells_what_is_wrong_and_where_its_page_is(self):
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
                self.assertEqual(rule["annotations"]["runbook_url"], f"docs/runbooks/{rule['alert']}.md")

    def test_each_has_its_page_and_no_page_is_left_over(self):
        pages = {os.path.basename(page).removesuffix(".md"): page for page in glob.glob(os.path.join(ROOT, "docs", "runbooks", "Portcullis*.md"))}
        self.assertEqual(set(pages), {rule["alert"] for rule in alerts()})
        for name, page in pages.items():
            with self.subTest(name):
                text = read(page)
                self.assertEqual(text.splitlines()[0], f"# {name}")
                self.assertEqual(re.findall(r"^## (.*)$", text, re.M), SECTIONS)
                self.assertEqual([], [part for part in re.split(r"^## .*$", text, flags=re.M)[1:] if not part.strip()])


class DashboardTest(unittest.TestCase):
    def test_each_query_is_one(self):
        rules = [{"record": f"panel:{number}", "expr": query} for number, (_, query) in enumerate(queries())]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump({"groups": [{"name": "panels", "rules": rules}]}, file)
            file.flush()
            done = promtool("check", "rules", "--lint=none", file.name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_panels_do_not_overlap_and_stay_within_the_width(self):
        taken = set()
        for panel in dashboard()["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertEqual(set(), taken & cells, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells
        ids = [panel["id"] for panel in dashboard()["panels"]]
        self.assertEqual(len(ids), len(set(ids)))


class MetricsTest(unittest.TestCase):
    def test_the_page_lists_what_the_code_exports(self):
        self.assertEqual({name: kind for name, (kind, _) in documented().items()}, exported())

    def test_alerts_and_panels_ask_for_what_there_is(self):
        known = documented()
        for title, query in [(rule["alert"], rule["expr"]) for rule in alerts()] + queries():
            with self.subTest(title):
                used = selectors(query)
                self.assertTrue(used, query)
                of_all = set()
                for name, labels, _ in used:
                    base = re.sub(r"_(bucket|count|sum)$", "", name) if name not in known else name
                    self.assertIn(base, known)
                    self.assertEqual(name != base, known[base][0] == "histogram", f"{name} is a {known[base][0]}")
                    self.assertEqual(set(), labels - known[base][1] - SCRAPED, name)
                    of_all |= known[base][1]
                self.assertEqual(set(), used[0][2] - of_all - SCRAPED, query)

    def test_each_metric_is_on_the_dashboard_or_in_an_alert(self):
        text = " ".join(query for _, query in queries()) + " ".join(rule["expr"] for rule in alerts())
        self.assertEqual([], [name for name in documented() if name not in text and name != "portcullis_build_info"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
