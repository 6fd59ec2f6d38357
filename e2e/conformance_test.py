#!/usr/bin/python3
"""The API server in memory (lib/kube/testing) answers as a real one does: generated requests go to both."""

import collections
import json
import os
import tempfile
import unittest

import harness

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
KINDS = {"Secret", "Service", "ServiceAccount", "Role", "RoleBinding", "ReplicaSet", "PodDisruptionBudget",
         "ControllerRevision", "Lease", "Event", "ConfigMap", "AdmissionDeployment", "Namespace", "ClusterRole",
         "ClusterRoleBinding", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}


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
        cls.cluster.apply(harness.repository_path("crds", "admission.portcullis.dev_admissiondeployments.yaml"))
        cls.cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s",
                            "crd/admissiondeployments.admission.portcullis.dev")

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
            return
        self.assertGreaterEqual(total, LEAST_REQUESTS)
        self.assertGreaterEqual(report["errors"], LEAST_ERRORS * total)
        for category in SHARED:
            self.assertGreaterEqual(report["categories"].get(category, 0), LEAST_SHARE * total, category)
        self.assertLessEqual(KINDS, {row["kind"] for row in report["table"]})


def publish(report):
    """A row for each verb and kind, a column for each answer."""
    figures = collections.defaultdict(dict)
    figures["requests"] = {"count": report["requests"]}
    figures["refused"] = {"count": report["errors"]}
    figures["mismatches"] = {"count": report["mismatches"]}
    for category, count in report["categories"].items():
        figures[f"share of {category}"] = {"count": count}
    for row in report["table"]:
        figures[f"{row['verb']} {row['kind']}"][row["code"]] = row["count"]
    harness.report("conformance", {"seed": report["seed"], "requests": REQUESTS}, dict(figures))


if __name__ == "__main__":
    unittest.main()
