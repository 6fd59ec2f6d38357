#!/usr/bin/python3
"""The charts render what their golden files say, refuse what is wrong by name, and the plain manifests are theirs.

UPDATE_GOLDEN=1 writes the golden files instead. Needs python3-yaml and lua5.1.
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


TOOLS = tools()
HELM, KSTATUS = os.path.join(TOOLS, "helm"), os.path.join(TOOLS, "kstatus")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def render(chart, *arguments, name="example", namespace="garden"):
    return run(HELM, "template", name, chart, "--namespace", namespace, "--kube-version", KUBERNETES, *arguments)


def objects(text):
    return [thing for thing in yaml.safe_load_all(text) if thing]


def lua(value):
    """A JSON value as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{json.dumps(key)}] = {lua(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(lua, value)) + "}"
    return json.dumps(value)


def secrets_in(schema, at=""):
    """Dotted paths of what names Secrets."""
    if re.search(r"(^|\.)(\w*[sS]ecrets?|\w*[sS]ecret(Key)?Ref)$", at):
        return {at}
    below = schema.get("items", schema)
    return {path for key, value in below.get("properties", {}).items() for path in secrets_in(value, f"{at}.{key}" if at else key)}


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


class OperatorTest(ChartTest):
    CHART = os.path.join(CHARTS, "portcullis")
    EVERYTHING = os.path.join(CHART, "testdata", "everything.yaml")

    def test_it_renders_as_its_golden_file(self):
        copies = "crds.enabled=false,prometheusRule.enabled=false,dashboard.enabled=false"
        text = self.rendered(self.CHART, "--values", self.EVERYTHING, "--set", copies, namespace="portcullis-system")
        self.golden(os.path.join(self.CHART, "testdata", "everything.golden.yaml"), text)

    def test_alerts_and_dashboard_are_those_of_the_files(self):
        kinds = {thing["kind"]: thing for thing in objects(self.rendered(self.CHART, "--values", self.EVERYTHING))}
        rules = json.loads(json.dumps(kinds["PrometheusRule"]["spec"]).replace("https://docs.example.org/portcullis/", "docs/"))
        self.assertEqual(rules, yaml.safe_load(read(self.CHART, "files", "alerts.yaml")))
        self.assertIn("https://docs.example.org/portcullis/runbooks/PortcullisNoLeader.md", json.dumps(kinds["PrometheusRule"]))
        self.assertEqual(json.loads(kinds["ConfigMap"]["data"]["portcullis.json"]), json.loads(read(self.CHART, "files", "dashboard.json")))

    def test_plain_manifests_and_the_copy_of_the_definition_are_up_to_date(self):
        done = run(os.path.join(ROOT, "hack", "manifests"), "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_definition_stays_after_uninstall_unless_told_otherwise(self):
        for value, expected in (("true", "keep"), ("false", None)):
            things = objects(self.rendered(self.CHART, "--set", "namespaces={a}", "--set", f"crds.keep={value}"))
            definition = next(thing for thing in things if thing["kind"] == "CustomResourceDefinition")
            self.assertEqual(definition["metadata"].get("annotations", {}).get("helm.sh/resource-policy"), expected)
            original = yaml.safe_load(read(ROOT, "crds", "admission.portcullis.dev_admissiondeployments.yaml"))
            self.assertEqual(definition["spec"], original["spec"])

    def test_no_role_has_a_wildcard_or_reads_secrets_of_the_whole_cluster(self):
        things = objects(self.rendered(self.CHART, "--values", self.EVERYTHING))
        bound = {thing["roleRef"]["name"] for thing in things if thing["kind"] == "ClusterRoleBinding"}
        for thing in things:
            for rule in thing.get("rules", []):
                self.assertNotIn("*", json.dumps(rule), thing["metadata"]["name"])
                if thing["kind"] == "ClusterRole" and thing["metadata"]["name"] in bound:
                    self.assertNotIn("secrets", rule["resources"])
                    self.assertTrue("escalate" not in rule["verbs"] or rule["resourceNames"])

    def test_the_page_about_security_has_every_right(self):
        things = objects(read(CHARTS, "plain", "operator.yaml"))
        rules = {thing["metadata"]["name"] if thing["kind"] == "ClusterRole" else "own": thing["rules"] for thing in things if thing["kind"].endswith("Role")}
        places = {"cluster": "portcullis-operator", "own namespace": "own", "granted namespace": "portcullis-namespace"}
        self.assertEqual(set(rules), set(places.values()))
        there = {(where, tuple(rule["resources"]), tuple(rule.get("resourceNames", [])), tuple(rule["verbs"])) for where, name in places.items() for rule in rules[name]}
        told = set()
        for where, resources, verbs in re.findall(r"^\| ([a-z ]+) \| (`.*?) \| ([a-z, ]+) \| ", read(ROOT, "docs", "security.md"), re.M):
            name = re.search(r" \(`(.*)`\)$", resources)
            kinds = re.findall(r"`([\w/]+)`", resources[:name.start()] if name else resources)
            told.add((where, tuple(kinds), (name.group(1),) if name else (), tuple(verbs.split(", "))))
        self.assertEqual(told, there)

    def test_the_policy_knows_every_place_that_names_a_secret(self):
        definition = yaml.safe_load(read(ROOT, "crds", "admission.portcullis.dev_admissiondeployments.yaml"))
        spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        lists = {"workload.imagePullSecrets", "workload.podTemplate.env.valueFrom.secretKeyRef", "workload.podTemplate.volumes.secret",
                 "workload.podTemplate.volumes.projected.sources.secret"}
        policy = next(thing for thing in objects(self.rendered(self.CHART, "--set", "namespaces={a}")) if thing["kind"] == "ValidatingAdmissionPolicy")
        by_name = set(re.findall(r"'spec\.([\w.]+ecretRef): '", json.dumps(policy)))
        self.assertEqual(secrets_in(spec), lists | by_name)

    def test_what_is_refused_is_refused_by_name(self):
        for arguments, says in ((["--set", "a=b"], "additional properties 'a' not allowed"), ([], "at '/namespaces': minItems"),
                                (["--set", "namespaces={A}"], "at '/namespaces/0'"), (["--set", "logLevel=loud"], "at '/logLevel'"),
                                (["--set", "runtimeTargets={system:admin}"], "at '/runtimeTargets/0'")):
            with self.subTest(says):
                done = render(self.CHART, *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(says, done.stderr)


class GitOpsTest(ChartTest):
    def examples(self, folder):
        return [thing for file in sorted(glob.glob(os.path.join(CHARTS, "gitops", folder, "*.yaml"))) for thing in objects(read(file))]

    def test_what_the_examples_name_is_there_and_takes_their_values(self):
        releases = [(thing["spec"]["chart"]["spec"]["chart"], thing["spec"]["values"]) for thing in self.examples("flux") if thing["kind"] == "HelmRelease"]
        releases += [(thing["spec"]["source"]["path"], thing["spec"]["source"]["helm"]["valuesObject"])
                     for thing in self.examples("argocd") if thing["kind"] == "Application"]
        self.assertEqual(len(releases), 4)
        for chart, values in releases:
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                json.dump(values, file)
                file.flush()
                self.rendered(os.path.join(ROOT, chart), "--values", file.name)
        path = next(thing for thing in self.examples("flux") if thing["kind"] == "Kustomization")["spec"]["path"]
        self.assertTrue(os.path.exists(os.path.join(ROOT, path, "kustomization.yaml")))

    def verdicts(self):
        for case in yaml.safe_load(read(CHARTS, "gitops", "testdata", "verdicts.yaml")):
            metadata = {"name": "a", "namespace": "garden", "generation": 3}
            if case.get("deleting"):
                metadata |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["admission.portcullis.dev/cleanup"]}
            yield case, {"apiVersion": "admission.portcullis.dev/v1alpha1", "kind": "AdmissionDeployment", "metadata": metadata,
                         "spec": {}, "status": case["status"]}

    def test_kstatus_tells_every_phase(self):
        for case, thing in self.verdicts():
            with self.subTest(case["phase"]):
                done = run(KSTATUS, input=json.dumps(thing))
                self.assertEqual(done.stdout.split(":")[0], case["kstatus"], done.stdout + done.stderr)

    def test_argo_cd_tells_every_phase(self):
        settings = next(thing["data"] for thing in self.examples("argocd") if thing["kind"] == "ConfigMap")
        script = settings["resource.customizations.health.admission.portcullis.dev_AdmissionDeployment"]
        for case, thing in self.verdicts():
            with self.subTest(case["phase"]):
                program = f"obj = {lua(thing)}\nlocal function judge()\n{script}end\nlocal hs = judge()\nprint(hs.status) print(hs.message)"
                done = run("lua5.1", "-", input=program)
                self.assertEqual(done.stdout.splitlines()[:1], [case["argocd"]], done.stdout + done.stderr)
                self.assertEqual(len(done.stdout.splitlines()), 2)


class EveryChartTest(ChartTest):
    def test_helm_lint_is_content(self):
        for chart, values in (("admission-alicloud", "admission-alicloud/testdata/3-service-account/values.yaml"),
                              ("portcullis", "portcullis/testdata/everything.yaml")):
            done = run(HELM, "lint", "--strict", os.path.join(CHARTS, chart), "--values", os.path.join(CHARTS, values))
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
