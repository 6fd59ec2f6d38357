#!/usr/bin/python3
"""The charts render what their golden files say, refuse what is wrong by name, and the plain manifests are theirs.

UPDATE_GOLDEN=1 writes the golden files instead. Needs python3-yaml.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

CHARTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(CHARTS)
ALICLOUD = os.path.join(CHARTS, "admission-alicloud")
KUBERNETES = "1.34.4"
# Chart-values of old and new generations give these.
SITUATIONS = {"1": ("Runtime", "InCluster"), "2": ("Runtime", "ProjectedToken"), "3": ("Remote", "ServiceAccountToken"),
              "4": ("Remote", "ClientCertificate"), "5": ("Remote", "FederatedToken"), "6": ("Unmanaged", "Provided")}


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def tools():
    done = run(os.path.join(ROOT, "hack", "chart-tools", "build"))
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.strip()


HELM = os.path.join(tools(), "helm")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def render(chart, *arguments, name="example", namespace="garden"):
    return run(HELM, "template", name, chart, "--namespace", namespace, "--kube-version", KUBERNETES, *arguments)


def objects(text):
    return [thing for thing in yaml.safe_load_all(text) if thing]


def leaves(schema, definitions, at=""):
    """Dotted paths of everything that the schema lets a user say."""
    schema = definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    below = [leaf for key, value in schema.get("properties", {}).items() for leaf in leaves(value, definitions, f"{at}.{key}" if at else key)]
    return below or [at]


class ChartTest(unittest.TestCase):
    maxDiff = None

    def golden(self, path, text):
        if os.environ.get("UPDATE_GOLDEN"):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.assertEqual(text, read(path), f"{os.path.relpath(path, ROOT)}: UPDATE_GOLDEN=1 writes it")

    def rendered(self, chart, *arguments, **options):
        done = render(chart, *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class AlicloudTest(ChartTest):
    def folders(self):
        return sorted(glob.glob(os.path.join(ALICLOUD, "testdata", "*", "")))

    def of(self, folder):
        return self.rendered(ALICLOUD, "--values", os.path.join(folder, "values.yaml"))

    def test_every_situation_renders_as_its_golden_file(self):
        for folder in self.folders():
            with self.subTest(os.path.basename(folder[:-1])):
                self.golden(os.path.join(folder, "golden.yaml"), self.of(folder))

    def test_every_situation_is_what_its_number_says(self):
        seen = set()
        for folder in self.folders():
            found = [thing["spec"] for thing in objects(self.of(folder)) if thing["kind"] == "AdmissionDeployment"]
            self.assertEqual(len(found), 1, folder)
            number = os.path.basename(folder[:-1])[0]
            if number in SITUATIONS and not folder.endswith("6-provided-here/"):
                seen.add(number)
                self.assertEqual((found[0]["target"]["type"], found[0]["credentials"]["type"]), SITUATIONS[number], folder)
        self.assertEqual(seen, set(SITUATIONS))

    def test_nothing_is_written_to_an_unmanaged_target(self):
        for folder in self.folders():
            things = objects(self.of(folder))
            spec = next(thing["spec"] for thing in things if thing["kind"] == "AdmissionDeployment")
            if spec["target"]["type"] == "Unmanaged":
                self.assertNotIn("webhooks", spec)
                self.assertEqual(spec["permissions"]["type"], "External")
                by_hand = objects(next(thing for thing in things if thing["kind"] == "ConfigMap")["data"]["objects.yaml"])
                self.assertLessEqual({"ClusterRole", "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"},
                                     {thing["kind"] for thing in by_hand})

    def test_what_is_refused_is_refused_by_name(self):
        for case in yaml.safe_load(read(ALICLOUD, "testdata", "refused.yaml")):
            with self.subTest(case["says"]), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                json.dump(case["values"], file)
                file.flush()
                done = render(ALICLOUD, "--values", file.name)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertIn(case["says"], done.stderr)

    def test_keys_of_templates_schema_and_page_are_the_same(self):
        text = read(ALICLOUD, "templates", "_facts.tpl")
        table = yaml.safe_load(re.search(r'define "alicloud.keys" -}}\n(.*?)\{\{-', text, re.S).group(1))
        paths = {path for places in table.values() for path in places}
        schema = json.loads(read(ALICLOUD, "values.schema.json"))
        # Whole objects for the templates.
        known = {re.sub(r"(resources)\.(requests|limits)$", r"\1", leaf) for leaf in leaves(schema, schema["definitions"])}
        self.assertEqual(paths, known)
        page = read(ROOT, "docs", "migrate.md")
        self.assertEqual([], sorted(path for path in paths if f"`{path}`" not in page))
        self.assertEqual([], sorted(key for key in re.findall(r"^\| `([\w.]+)`", page, re.M) if key not in paths))

    def test_every_key_has_an_effect_or_is_reported(self):
        with_all = objects(self.rendered(ALICLOUD, "--values", os.path.join(ALICLOUD, "testdata", "all-keys", "values.yaml")))
        spec = next(thing["spec"] for thing in with_all if thing["kind"] == "AdmissionDeployment")
        self.assertNotIn("annotations", with_all[-1]["metadata"])
        self.assertEqual(spec["workload"]["ports"], {"webhook": 9443, "metrics": 9090, "health": 9091})
        self.assertEqual(spec["workload"]["replicas"], 4)


class EveryChartTest(ChartTest):
    def test_helm_lint_is_content(self):
        for chart, values in (("admission-alicloud", "admission-alicloud/testdata/3-service-account/values.yaml"),):
            done = run(HELM, "lint", "--strict", os.path.join(CHARTS, chart), "--values", os.path.join(CHARTS, values))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
