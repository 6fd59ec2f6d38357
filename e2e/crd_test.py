#!/usr/bin/python3
"""The resource definition on a real API server: what it accepts, refuses, defaults, shows and explains.

The cases are in testdata/crd/cases.yaml. Needs python3-yaml.
"""

import base64
import copy
import http.client
import json
import os
import ssl
import tempfile
import unittest
import urllib.parse

import yaml

import harness

BUDGET_SECONDS = 60

GROUP_VERSION = "admission.portcullis.dev/v1alpha1"
CRD = harness.repository_path("crds", "admission.portcullis.dev_admissiondeployments.yaml")
TESTDATA = harness.repository_path("e2e", "testdata")
# Added by the API server beside a schema error that keeps it from evaluating CEL rules.
UNCHECKED = "some validation rules were not checked"


def load(*parts):
    with open(os.path.join(TESTDATA, *parts), encoding="utf-8") as file:
        return yaml.safe_load(file)


def merged(base, patch):
    """JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


class Api:
    """One kept connection to the API server: a hundred requests cost less than ten calls of kubectl."""

    def __init__(self, kubeconfig):
        with open(kubeconfig, encoding="utf-8") as file:
            config = yaml.safe_load(file)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
            pem.flush()
            context.load_cert_chain(pem.name)
        self.connection = http.client.HTTPSConnection(urllib.parse.urlsplit(cluster["server"]).netloc, context=context, timeout=20)

    def call(self, method, path, body=None, content="application/json"):
        self.connection.request(method, path, body and json.dumps(body), {"Content-Type": content})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def create(self, thing, dry_run=True):
        return self.call("POST", path(thing, collection=True) + query(dry_run), thing)

    def replace(self, thing, dry_run=True):
        return self.call("PUT", path(thing) + query(dry_run), thing)

    def apply(self, thing, manager="gitops"):
        return self.call("PATCH", path(thing) + query(False) + f"&fieldManager={manager}", thing, "application/apply-patch+yaml")

    def delete(self, thing):
        return self.call("DELETE", path(thing))


def path(thing, collection=False):
    metadata = thing["metadata"]
    whole = f"/apis/{GROUP_VERSION}/namespaces/{metadata['namespace']}/admissiondeployments"
    return whole if collection else f"{whole}/{metadata['name']}"


def query(dry_run):
    return "?fieldValidation=Strict" + ("&dryRun=All" if dry_run else "")


def causes(answer):
    found = answer.get("details", {}).get("causes", [])
    return {(cause.get("field"), cause["message"]) for cause in found if UNCHECKED not in cause["message"]}


class CrdTest(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cases = load("crd", "cases.yaml")
        cls.cache = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.cache.cleanup)
        cls.cluster = harness.Cluster("crd", target=True)
        cls.clusters = [cls.cluster]
        cls.cluster.up()
        cls.cluster.kubectl("apply", "-f", os.path.dirname(CRD))
        cls.cluster.kubectl("create", "namespace", "garden")
        cls.api = Api(cls.cluster.kubeconfig)
        harness.wait_for(lambda: cls.api.call("GET", path(cls.base("Remote"), collection=True))[0] == 200, 10, "the resource to be served")

    @classmethod
    def base(cls, name, patch=None):
        return merged(cls.cases["bases"][name], patch or {})

    def kubectl(self, *arguments):
        """With a cache of its own: an older one may not know the resource."""
        return self.cluster.kubectl("--cache-dir", self.cache.name, *arguments)

    def store(self, thing):
        code, stored = self.api.create(thing, dry_run=False)
        self.assertEqual(code, 201, stored.get("message"))
        self.addCleanup(self.api.delete, thing)
        return stored

    def assert_refused(self, case, code, answer):
        """By the one cause that the case names; schema errors may come with CEL errors on the same field."""
        if "unknown" in case:
            self.assertEqual(code, 400, answer)
            self.assertIn(f'strict decoding error: unknown field "{case["unknown"]}"', answer["message"])
            return
        self.assertEqual(code, 422, answer.get("message", answer))
        self.assertEqual({field for field, _ in causes(answer)}, {case["field"]}, answer["message"])
        self.assertTrue(any(case["message"] in message for _, message in causes(answer)), answer["message"])

    def test_accepted(self):
        for case in self.cases["accepted"]:
            with self.subTest(case["name"]):
                code, answer = self.api.create(self.base(case["base"], case.get("patch")))
                self.assertEqual(code, 201, answer.get("message"))

    def test_refused(self):
        for case in self.cases["refused"]:
            with self.subTest(case["name"]):
                self.assert_refused(case, *self.api.create(self.base(case["base"], case["patch"])))

    def test_changes(self):
        for case in self.cases["changes"]:
            with self.subTest(case["name"]):
                stored = self.store(self.base(case["base"], case.get("before")))
                code, answer = self.api.replace(merged(stored, case["patch"]))
                self.doCleanups()
                if "message" in case:
                    self.assert_refused(case, code, answer)
                else:
                    self.assertEqual(code, 200, answer.get("message"))

    def test_examples(self):
        for name in ("crd/example.yaml", "alicloud.yaml"):
            with self.subTest(name):
                code, answer = self.api.create(load(name))
                self.assertEqual(code, 201, answer.get("message"))

    def test_defaults(self):
        _, stored = self.api.create(self.base("Remote", {"spec": {
            "credentials": {"serviceAccountToken": {}}, "serving": {"operator": {}}, "strategy": {"canary": {}}}}))
        spec, example = stored["spec"], load("crd", "example.yaml")["spec"]
        for key in ("suspend", "interval", "revisionHistoryLimit", "progressDeadlineSeconds", "deletionPolicy", "adoptionPolicy"):
            self.assertEqual(spec[key], example[key], key)
        self.assertEqual(spec["target"]["access"]["secretRef"], {"name": "target", "key": "kubeconfig"})
        self.assertEqual(spec["credentials"], {
            "type": "ServiceAccountToken", "serviceAccountToken": {"expirationSeconds": 86400},
            "rotation": example["credentials"]["rotation"], "delivery": example["credentials"]["delivery"]})
        self.assertEqual(spec["permissions"], {"type": "Inline"})
        self.assertEqual(spec["workload"], {
            "type": "Managed", "image": "example.org/webhook:1", "replicas": 2, "ports": example["workload"]["ports"],
            "healthPaths": {"liveness": "/healthz", "readiness": "/readyz"}})
        self.assertEqual(spec["service"], {"port": 443, "trafficDistribution": ""})
        self.assertEqual(spec["serving"], {
            "type": "Operator", "mountPath": "/var/run/secrets/portcullis-tls",
            "operator": {"caValidity": "2160h", "leafValidity": "336h", "soak": "24h"}})
        self.assertEqual(spec["strategy"], {"type": "Canary", "paused": False, "canary": example["strategy"]["canary"]})
        entry = spec["webhooks"]["validating"][0]
        self.assertEqual((spec["webhooks"]["type"], entry["matchPolicy"], entry["timeoutSeconds"], entry["rules"][0]["scope"]),
                         ("Operator", "Equivalent", 10, "*"))

    def test_union_members_are_not_defaulted(self):
        """So that a type can be changed by an apply that never mentioned the member of the old one."""
        thing = self.base("Remote", {"spec": {"serving": {"operator": {"soak": "2h"}}}})
        self.assertEqual(self.api.apply(thing)[0], 201)
        self.addCleanup(self.api.delete, thing)
        certificate = {"type": "ClientCertificate", "clientCertificate": {"userName": "u"}}
        steps = [({"credentials": {"type": "ServiceAccountToken", "serviceAccountToken": {"audiences": ["a"]}}}, {}),
                 ({"credentials": certificate}, {"credentials": {"serviceAccountToken": None}}),
                 ({"serving": {"type": "Workload"}}, {"serving": {"operator": None}}),
                 ({"strategy": {"type": "RollingUpdate"}}, {}),
                 ({"strategy": {"type": "Canary", "canary": {}}}, {}),
                 ({"strategy": {"type": "RollingUpdate"}}, {"strategy": {"canary": None}})]
        for change, removed in steps:
            thing = merged(merged(thing, {"spec": change}), {"spec": removed})
            code, answer = self.api.apply(thing)
            self.assertEqual(code, 200, answer.get("message"))
        self.assertNotIn("serviceAccountToken", answer["spec"]["credentials"])
        self.assertNotIn("operator", answer["spec"]["serving"])

    def test_scale(self):
        thing = self.store(self.base("Remote"))
        thing["status"] = {"replicas": 2, "selector": "app=example"}
        code, answer = self.api.call("PUT", path(thing) + "/status", thing)
        self.assertEqual(code, 200, answer.get("message"))
        self.kubectl("scale", "ad/example", "--replicas=5")
        _, scale = self.api.call("GET", path(thing) + "/scale")
        self.assertEqual((scale["spec"], scale["status"]), ({"replicas": 5}, {"replicas": 2, "selector": "app=example"}))
        with self.assertRaisesRegex(harness.CommandFailed, "must be at least 2 where a failurePolicy is Fail"):
            self.kubectl("scale", "ad/example", "--replicas=1")

    def test_status(self):
        """A full status is stored, and the printer columns show it."""
        thing = self.store(self.base("Remote"))
        condition = {"type": "Ready", "status": "True", "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z",
                     "reason": "Succeeded", "message": "all is well"}
        thing["status"] = {
            "observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "selector": "a=b", "runway": "2026-11-24T05:30:00Z",
            "conditions": [condition],
            "credentials": {"type": "ServiceAccountToken", "phase": "Overlap", "generation": 3, "userName": "system:serviceaccount:a:b",
                            "issuedAt": "2026-01-01T00:00:00Z", "notAfter": "2026-01-02T00:00:00Z", "renewAt": "2026-01-01T12:00:00Z",
                            "confirmedReplicas": 2, "previous": {"generation": 2, "retireAt": "2026-01-01T00:15:00Z"}},
            "targetAccess": {"type": "Kubeconfig", "server": "https://a", "clusterUID": "u", "notAfter": "2026-01-02T00:00:00Z"},
            "serving": {"phase": "Steady", "caGeneration": 1, "caNotAfter": "2026-03-01T00:00:00Z", "leafNotAfter": "2026-01-15T00:00:00Z"},
            "rollout": {"phase": "Complete", "stableRevision": "6f7d9c", "canaryRevision": "", "step": 0, "lastRollbackReason": ""},
            "history": [{"revision": "6f7d9c", "image": "a:1", "startedAt": "2026-01-01T00:00:00Z", "result": "Promoted"}],
            "inventory": [{"cluster": "Target", "group": "", "kind": "ServiceAccount", "namespace": "a", "name": "b", "uid": "c"}]}
        code, answer = self.api.call("PUT", path(thing) + "/status?fieldValidation=Strict", thing)
        self.assertEqual(code, 200, answer.get("message"))
        self.assertEqual(answer["status"], thing["status"])
        header, row = self.kubectl("get", "ad").splitlines()
        self.assertEqual(header.split(), ["NAME", "READY", "AUTH", "REVISION", "RUNWAY", "AGE"])
        self.assertEqual(row.split()[:5], ["example", "True", "ServiceAccountToken", "6f7d9c", "2026-11-24T05:30:00Z"])
        header, row = self.kubectl("get", "portcullis", "-o", "wide").splitlines()
        self.assertEqual(header.split()[6:], ["TARGET", "AVAILABLE", "ROLLOUT", "SUSPENDED", "MESSAGE"])
        self.assertEqual(row.split()[6:], ["Remote", "2", "Complete", "false", "all", "is", "well"])

    def test_explain(self):
        field = "ad.spec.credentials.serviceAccountToken.expirationSeconds"
        text = harness.wait_for(lambda: self.kubectl("explain", field), 20, "the schema to be published")
        self.assertIn("in seconds", text)
        self.assertIn("Default: 86400", text)
        for field in ("spec", "spec.webhooks.validating.rules", "spec.workload.podTemplate", "status.credentials"):
            self.assertIn("FIELDS:", self.kubectl("explain", f"ad.{field}"), field)

    def test_fits_into_the_annotation_of_kubectl_apply(self):
        """Which may have 256 KiB; with less than a fifth left it is time to tell people to apply server-side."""
        with open(CRD, encoding="utf-8") as file:
            self.assertLess(len(json.dumps(yaml.safe_load(file), separators=(",", ":"))), 210_000)

    def test_everything_is_bounded_and_described(self):
        """Strings, lists and maps of the spec have bounds, and what a person sets is described."""
        with open(CRD, encoding="utf-8") as file:
            schema = yaml.safe_load(file)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        unbounded = [where for where, node in walk(schema["properties"]["spec"], "spec") if
                     node.get("type") == "string" and "enum" not in node and "maxLength" not in node
                     or node.get("type") == "integer" and not {"minimum", "maximum"} <= node.keys()
                     or node.get("type") == "array" and "maxItems" not in node
                     or "additionalProperties" in node and "maxProperties" not in node]
        self.assertEqual(unbounded, [])
        # Only objects of any kind are open.
        request = "spec.strategy.probes[].review.request"
        self.assertEqual([where for where, node in walk(schema, "") if "x-kubernetes-preserve-unknown-fields" in node],
                         [f".{request}.{name}" for name in ("object", "oldObject", "options")])
        # Shapes copied from core/v1 are described as a whole.
        copied = ("spec.workload.podTemplate", "spec.workload.verticalPodAutoscaler.resourcePolicy", "spec.workload.resources")
        silent = [where for where, node in walk(schema["properties"]["spec"], "spec") if
                  "description" not in node and not where.endswith("[]") and not where.endswith("{}") and not where.startswith(copied)]
        self.assertEqual(silent, [])


def walk(node, where):
    yield where, node
    for name, child in node.get("properties", {}).items():
        yield from walk(child, f"{where}.{name}")
    if "items" in node:
        yield from walk(node["items"], where + "[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from walk(node["additionalProperties"], where + "{}")


if __name__ == "__main__":
    unittest.main()
