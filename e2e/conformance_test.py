#!/usr/bin/python3
"""The API server in memory (lib/kube/testing) answers as a real one does: generated requests go to both."""

import collections
import json
import os
import tempfile
import unittest

import yaml

import harness
import product

BUDGET_SECONDS = 120
NEEDS = ("build",)

REQUESTS = int(os.environ.get("PORTCULLIS_CONFORMANCE_REQUESTS", "11000"))
SEED = int(os.environ.get("PORTCULLIS_CONFORMANCE_SEED", "1"))
PARALLEL = 3  # scenarios at once: two cores wait less for each other
LEAST_REQUESTS = 10_000
LEAST_SHARE = 0.10
LEAST_ERRORS = 0.25
SHARED = ["create", "apply", "update with a stale version", "merge and JSON patch", "delete with a wrong UID",
          "paged list", "watch", "subresources"]
LEAST_OF_EACH = 50  # applies that conflict, and that are forced


def written_resources():
    """What the operator's roles in both clusters let it write, the namespace that it makes where it may, and what
    ClientCertificate needs, which the role for a target names in a comment."""
    found = {"namespaces", "certificatesigningrequests"}
    for name in ("operator", "target"):
        with open(harness.repository_path("charts", "plain", f"{name}.yaml"), encoding="utf-8") as file:
            roles = [thing for thing in yaml.safe_load_all(file) if thing and thing["kind"] in ("Role", "ClusterRole")]
        for rule in (rule for role in roles for rule in role["rules"]):
            if {"create", "update", "patch"} & set(rule["verbs"]):
                found |= {resource.split("/")[0] for resource in rule["resources"]}
    return found


def find_program():
    named = os.environ.get("PORTCULLIS_CONFORMANCE")
    candidates = [named] if named else [
        harness.repository_path("build", preset, "e2e", "conformance", "portcullis-conformance")
        for preset in ("asan", "dev", "release")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError(f"build portcullis-conformance first: none of {', '.join(candidates)}")


class Conformance(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        # The Services of all scenarios need more addresses than a cluster usually has.
        cls.cluster = harness.Cluster("conformance", target=True,
                                      apiserver_flags=("--service-cluster-ip-range=10.96.0.0/16",))
        cls.clusters = [cls.cluster]
        harness.up(cls.cluster)
        # Nobody but us may write: no controllers.
        cls.cluster.stop("controller-manager")
        product.install_crd(cls.cluster)

    def test_it_answers_as_a_real_server(self):
        with tempfile.TemporaryDirectory() as scratch:
            path = os.path.join(scratch, "report.json")
            done = harness.run(
                find_program(), "--kubeconfig", self.cluster.kubeconfig,
                "--kinds", harness.repository_path("e2e", "conformance", "kinds.json"),
                "--report", path, "--requests", str(REQUESTS), "--seed", str(SEED), "--parallel", str(PARALLEL),
                timeout=900, check=False)
            # The first difference is the one to look at: others may follow from it.
            self.assertEqual(done.returncode, 0, done.stdout[:20_000] + done.stderr)
            with open(path, encoding="utf-8") as file:
                report = json.load(file)
        publish(report)
        total = report["requests"]
        self.assertEqual(report["mismatches"], 0)
        if REQUESTS < LEAST_REQUESTS:
            self.skipTest(f"{REQUESTS} requests say nothing about shares")
        self.assertGreaterEqual(total, LEAST_REQUESTS)
        self.assertGreaterEqual(report["errors"], LEAST_ERRORS * total)
        for category in SHARED:
            self.assertGreaterEqual(report["categories"].get(category, 0), LEAST_SHARE * total, category)
        asked = {row["kind"] for row in report["table"]}
        kinds = self.kinds()
        for resource in written_resources():
            self.assertIn(kinds[resource], asked, f"the operator may write {resource}")
        answers = {(row["verb"], row["code"]) for row in report["table"] if row["kind"] == "CertificateSigningRequest"}
        for code in ("ok", "409 Conflict", "422 Invalid"):
            self.assertIn(("update approval", code), answers)
        self.assertGreaterEqual(report["apply"]["managers"], 2)
        self.assertGreaterEqual(report["apply"]["conflicts"], LEAST_OF_EACH)
        self.assertGreaterEqual(report["apply"]["forced"], LEAST_OF_EACH)

    def kinds(self):
        """{resource: kind} of all that the server has."""
        rows = [line.split() for line in self.cluster.kubectl("api-resources", "--no-headers").splitlines()]
        return {row[0]: row[-1] for row in rows}


def publish(report):
    """A row for each verb and kind, a column for each answer."""
    def percent(count):
        return round(100 * count / report["requests"], 1)
    figures = collections.defaultdict(dict)
    figures["requests"] = {"count": report["requests"]}
    figures["refused"] = {"count": report["errors"], "percent": percent(report["errors"])}
    figures["mismatches"] = {"count": report["mismatches"]}
    for category, count in report["categories"].items():
        figures[f"share of {category}"] = {"count": count, "percent": percent(count)}
    for what, count in report["apply"].items():
        figures[f"apply: {what}"] = {"count": count}
    for row in report["table"]:
        figures[f"{row['verb']} {row['kind']}"][row["code"]] = row["count"]
    harness.report("conformance", {"seed": report["seed"], "requests": REQUESTS}, dict(figures))


if __name__ == "__main__":
    unittest.main()
