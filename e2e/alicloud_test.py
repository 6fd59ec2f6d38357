#!/usr/bin/python3
"""The AliCloud admission with all its webhooks, in Pods under an AdmissionDeployment, asked by a real API server.

The target has Gardener's kinds as custom resources; the cloud is a stub that checks every signature.
"""

import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import ssl
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import harness
import product
import scraping

BUDGET_SECONDS = 60
NAME = "admission-alicloud"
SPACE = "garden-dev"
PROVIDER = {"provider.extensions.gardener.cloud/alicloud": "true"}
SECRET_PROVIDER = {"provider.shoot.gardener.cloud/alicloud": "true"}
KEY_ID, KEY_SECRET = product.GOOD_KEY, "0123456789abcdefghijABCDEFGHIJ"
CONFIG = "alicloud.provider.extensions.gardener.cloud/v1alpha1"
CORE, SECURITY = "core.gardener.cloud/v1beta1", "security.gardener.cloud/v1alpha1"
KINDS = (("Shoot", "shoots", CORE, True), ("CloudProfile", "cloudprofiles", CORE, False),
         ("NamespacedCloudProfile", "namespacedcloudprofiles", CORE, True), ("SecretBinding", "secretbindings", CORE, True),
         ("Seed", "seeds", CORE, False), ("BackupBucket", "backupbuckets", CORE, False),
         ("CredentialsBinding", "credentialsbindings", SECURITY, True))
OWN_IMAGE, SYSTEM_IMAGE = "m-own", "m-system"


def definition(kind, plural, version, namespaced):
    group, version = version.split("/")
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced" if namespaced else "Cluster",
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema},
                                   "subresources": {"status": {}}}]}}


def webhook(name, path, groups, versions, labels, reviews=("v1", "v1beta1")):
    return {"name": f"{name}.admission-alicloud.extensions.gardener.cloud", "path": path,
            "rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": [group], "apiVersions": versions, "resources": resources}
                      for group, resources in groups.items()],
            "objectSelector": {"matchLabels": labels}, "matchPolicy": "Exact", "failurePolicy": "Fail", "sideEffects": "None",
            "timeoutSeconds": 10, "admissionReviewVersions": list(reviews)}


VALIDATING = [
    webhook("secrets.validator", "/webhooks/validate/secrets", {"": ["secrets"]}, ["v1"], SECRET_PROVIDER,
            reviews=["v1beta1"]),  # of two versions the API server sends the first that it knows: v1
    webhook("validator", "/webhooks/validate",
            {"core.gardener.cloud": ["shoots", "cloudprofiles", "namespacedcloudprofiles", "secretbindings", "seeds", "backupbuckets"],
             "security.gardener.cloud": ["credentialsbindings"]}, ["*"], PROVIDER)]
MUTATING = [
    webhook("shoots.mutator", "/webhooks/mutate",
            {"core.gardener.cloud": ["shoots", "cloudprofiles", "namespacedcloudprofiles", "namespacedcloudprofiles/status"]},
            ["v1beta1"], PROVIDER)]


def thing(version, kind, name, labels=PROVIDER, space=SPACE, **rest):
    metadata = {"name": name, "labels": labels} | ({"namespace": space} if space else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def profile():
    regions = {"own": OWN_IMAGE, "system": SYSTEM_IMAGE}
    images = [{"name": name, "versions": [{"version": "1.0.0", "architectures": ["amd64"]}]} for name in regions]
    configured = [{"name": name, "versions": [{"version": "1.0.0", "regions": [{"name": "cn-shanghai", "id": image}]}]}
                  for name, image in regions.items()]
    return thing(CORE, "CloudProfile", "alicloud", space=None, spec={
        "type": "alicloud", "machineImages": images,
        "machineTypes": [{"name": "ecs.g7.large", "cpu": "2", "gpu": "0", "memory": "8Gi", "architecture": "amd64"}],
        "providerConfig": {"apiVersion": CONFIG, "kind": "CloudProfileConfig", "machineImages": configured}})


def worker(name, image):
    return {"name": name, "minimum": 1, "maximum": 3, "zones": ["cn-shanghai-a"], "volume": {"type": "cloud_essd", "size": "50Gi"},
            "machine": {"type": "ecs.g7.large", "image": {"name": image, "version": "1.0.0"}}}


def shoot(name, zones=1, vpc=None, cloud_profile="alicloud", infrastructure=True):
    config = {"apiVersion": CONFIG, "kind": "InfrastructureConfig", "networks": {
        "vpc": vpc or {"cidr": "10.250.0.0/16"},
        "zones": [{"name": f"cn-shanghai-{'abc'[i]}", "workers": f"10.250.{32 * i}.0/19"} for i in range(zones)]}}
    return thing(CORE, "Shoot", name, spec={
        "cloudProfile": {"kind": "CloudProfile", "name": cloud_profile}, "region": "cn-shanghai",
        "credentialsBindingName": "alicloud", "kubernetes": {"version": "1.33.2"},
        "networking": {"type": "calico", "nodes": "10.250.0.0/16", "pods": "100.0.0.0/11", "services": "100.32.0.0/13"},
        "provider": {"type": "alicloud", "workers": [worker("own", "own"), worker("system", "system")],
                     **({"infrastructureConfig": config} if infrastructure else {})}})


def binding(name, secret):
    return thing(SECURITY, "CredentialsBinding", name, provider={"type": "alicloud"},
                 credentialsRef={"apiVersion": "v1", "kind": "Secret", "name": secret, "namespace": SPACE})


def signature(query):
    """SignatureVersion 1.0, as AliCloud documents it."""
    def encoded(text):
        return urllib.parse.quote(text, safe="-_.~")
    pairs = sorted((name, value) for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True) if name != "Signature")
    text = "GET&%2F&" + encoded("&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs))
    return base64.b64encode(hmac.new(f"{KEY_SECRET}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


class StubCloud(http.server.BaseHTTPRequestHandler):
    calls = []
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        asked = dict(urllib.parse.parse_qsl(query))
        status, answer = 200, {}
        if asked.get("Signature") != signature(query) or asked.get("AccessKeyId") != KEY_ID:
            status, answer = 403, {"Code": "SignatureDoesNotMatch", "Message": "not signed as documented"}
        elif asked["Action"] == "DescribeImages":
            self.calls.append(asked["ImageId"])
            owner = "system" if asked["ImageId"] == SYSTEM_IMAGE else "self"
            answer = {"TotalCount": 1, "Images": {"Image": [{"ImageOwnerAlias": owner}]}}
        elif asked["Action"] == "DescribeVSwitches":
            self.calls.append(asked["VpcId"])
            every = [{"VSwitchId": f"vsw-{i}", "CidrBlock": f"10.250.{60 + i}.0/24"} for i in range(60)]
            first, size = (int(asked["PageNumber"]) - 1) * int(asked["PageSize"]), int(asked["PageSize"])
            answer = {"TotalCount": len(every), "VSwitches": {"VSwitch": every[first:first + size]}}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start_cloud(host, directory):
    """Gives its URL and the PEM that it is trusted by."""
    certificate, key = os.path.join(directory, "cloud.crt"), os.path.join(directory, "cloud.key")
    harness.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=stub cloud", "-addext", f"subjectAltName=IP:{host}", "-keyout", key, "-out", certificate)
    server = http.server.ThreadingHTTPServer((host, 0), StubCloud)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"https://{host}:{server.server_address[1]}", product.read(certificate)


def host_of(cluster):
    return urllib.parse.urlsplit(cluster.server).hostname


class AlicloudTest(harness.TestCase):
    """The tests run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        product.start_clusters(cls, "alicloud")
        directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.cloud, url, authority = start_cloud(host_of(cls.runtime), directory)
        cls.addClassCleanup(cls.cloud.shutdown)
        for kind in KINDS:
            cls.target.apply(definition(*kind))
        for kind, plural, version, _ in KINDS:
            cls.target.wait_condition("crd", f"{plural}.{version.split('/')[0]}", "Established", timeout=30)
        cls.target.kubectl("create", "namespace", SPACE)
        cls.deploy(url, authority)

    @classmethod
    def deploy(cls, url, authority):
        product.install_operator(cls.runtime)
        # The operator has no more in the target than charts/plain/target.yaml gives.
        cls.runtime.apply(product.kubeconfig_secret("virtual-garden", product.least_access(cls.target)))
        cls.runtime.apply(thing("v1", "ConfigMap", "stub-cloud", labels={}, space="garden", data={"ca.crt": authority}))
        resource = product.alicloud(cls.runtime)
        resource["spec"]["permissions"]["clusterRoleName"] = "gardener-extension-admission-alicloud"
        resource["spec"]["webhooks"] |= {"validating": VALIDATING, "mutating": MUTATING}
        resource["spec"]["workload"]["args"] = [f"--cloud-endpoint={url}", "--cloud-ca-file=/stub-cloud/ca.crt", "--access-log"]
        resource["spec"]["workload"]["podTemplate"] = {
            "volumes": [{"name": "stub-cloud", "configMap": {"name": "stub-cloud"}}],
            "volumeMounts": [{"name": "stub-cloud", "mountPath": "/stub-cloud"}]}
        cls.runtime.apply(resource)
        product.wait_for_condition(cls.runtime, NAME, "Ready", "True", timeout=120)

    def refusal(self, wanted):
        """What the API server says to it; "" where it takes it."""
        try:
            self.target.kubectl("create", "-f", "-", stdin=json.dumps(wanted))
            return ""
        except harness.CommandFailed as refused:
            return refused.stderr

    def ask(self, path, kind, wanted, timeout=10):
        """The webhook itself, past the API server."""
        service = self.runtime.get("services", namespace="garden", selector=f"{product.OURS}={NAME}")[0]["spec"]
        group, version = wanted["apiVersion"].split("/")
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "past-the-api-server", "kind": {"group": group, "version": version, "kind": kind}, "operation": "CREATE",
            "namespace": SPACE, "name": wanted["metadata"]["name"], "object": wanted}}
        address = f"https://{service['clusterIP']}:{service['ports'][0]['port']}{path}?timeout={timeout}s"
        request = urllib.request.Request(address, json.dumps(review).encode(), {"Content-Type": "application/json"})
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)["response"]

    def metrics(self):
        """Of all replicas together: the sum of each series."""
        found = collections.Counter()
        for pod in product.pods_of(self.runtime):
            text = self.runtime.kubectl("get", "--raw", f"/api/v1/namespaces/garden/pods/{pod['metadata']['name']}:8080/proxy/metrics")
            for line in text.splitlines():
                if line and not line.startswith("#"):
                    series, value = line.rsplit(" ", 1)
                    found[series] += float(value)
        return found

    def test_1_takes_what_is_right(self):
        self.assertEqual(self.refusal(profile()), "")
        self.assertEqual(self.refusal(product.cloud_secret("alicloud", KEY_ID, SPACE)), "")
        self.assertEqual(self.refusal(binding("alicloud", "alicloud")), "")

    def test_2_mutates_a_shoot_by_what_cluster_and_cloud_say(self):
        self.assertEqual(self.refusal(shoot("plain")), "")
        spec = self.target.get("shoots", "plain", SPACE)["spec"]
        self.assertFalse(spec["networking"]["providerConfig"]["overlay"]["enabled"])
        own, system = spec["provider"]["workers"]
        self.assertIs(own["volume"]["encrypted"], True)
        self.assertNotEqual(system["volume"].get("encrypted"), True)
        self.assertEqual(spec["provider"]["controlPlaneConfig"]["kind"], "ControlPlaneConfig")
        self.assertEqual(sorted(set(StubCloud.calls)), sorted([OWN_IMAGE, SYSTEM_IMAGE]))
        counted = self.metrics()
        self.assertEqual(counted['portcullis_webhook_cloud_requests_total{action="DescribeImages",result="ok"}'], len(StubCloud.calls))
        for resource, verb in (("secrets", "get"), ("cloudprofiles.core.gardener.cloud", "watch")):
            series = f'portcullis_webhook_cluster_requests_total{{code="200",resource="{resource}",verb="{verb}"}}'
            self.assertGreater(counted[series], 0, series)

    def test_3_says_why_not(self):
        self.assertIn("InfrastructureConfig must be set for Alicloud shoots", self.refusal(shoot("bare", infrastructure=False)))
        self.assertIn('CloudProfile.core.gardener.cloud "none" not found', self.refusal(shoot("lost", cloud_profile="none")))
        self.assertIn('secrets "none" not found', self.refusal(binding("dangling", "none")))
        self.assertIn(product.REFUSAL, self.refusal(product.cloud_secret("wrong", product.BAD_KEY, SPACE)))

    def test_4_a_new_zone_must_not_meet_a_vswitch_of_the_cloud(self):
        vpc = {"id": "vpc-1"}
        self.assertEqual(self.refusal(shoot("grows", vpc=vpc)), "")
        grown = self.target.get("shoots", "grows", SPACE)
        grown["spec"]["provider"]["infrastructureConfig"] = shoot("grows", 3, vpc)["spec"]["provider"]["infrastructureConfig"]
        with self.assertRaises(harness.CommandFailed) as refused:
            self.target.kubectl("replace", "-f", "-", stdin=json.dumps(grown))
        self.assertIn("conflicts with existing vswitch vsw-1 (10.250.61.0/24) in VPC vpc-1", refused.exception.stderr)
        # ... and one of the second page.
        self.assertIn("vsw-35 (10.250.95.0/24)", refused.exception.stderr)
        grown["spec"]["provider"]["infrastructureConfig"]["networks"]["zones"].pop()
        grown["spec"]["provider"]["infrastructureConfig"]["networks"]["zones"][1]["workers"] = "10.250.32.0/20"
        self.target.kubectl("replace", "-f", "-", stdin=json.dumps(grown))

    def test_5_without_the_target_copies_answer_and_reads_fail_in_time(self):
        self.target.stop("apiserver")
        lost = self.ask("/webhooks/mutate", "Shoot", shoot("lost", cloud_profile="none"))
        self.assertIn('CloudProfile.core.gardener.cloud "none" not found', lost["status"]["message"])
        began = time.monotonic()
        unread = self.ask("/webhooks/validate", "CredentialsBinding", binding("late", "alicloud"), timeout=2)
        self.assertLess(time.monotonic() - began, 5)
        self.assertFalse(unread["allowed"])
        self.assertEqual(unread["status"]["code"], 403, unread)
        pods = product.pods_of(self.runtime)
        for pod in pods:
            ready = next(c for c in pod["status"]["conditions"] if c["type"] == "Ready")
            self.assertEqual(ready["status"], "True", "what is cached can still be answered")
        self.target.start("apiserver")
        harness.wait_for(lambda: self.refusal(binding("late", "alicloud")) == "", 30, "admission to read Secrets again", 0.5)

    def test_6_new_objects_are_seen_after_the_interruption(self):
        late = profile()
        late["metadata"]["name"] = "late"
        self.assertEqual(self.refusal(late), "")
        harness.wait_for(lambda: self.refusal(shoot("on-late", cloud_profile="late")) == "", 60, "the new profile to be known", 0.5)

    def test_7_the_log_has_a_line_for_each_request_and_no_secret(self):
        log = "".join(self.runtime.kubectl("-n", "garden", "logs", pod["metadata"]["name"]) for pod in product.pods_of(self.runtime))
        lines = [json.loads(line) for line in log.splitlines()]
        self.assertTrue(any(line["msg"] == "request" and line["verdict"] == "allowed" for line in lines))
        denial = next(line for line in lines if line["msg"] == "not allowed" and "InfrastructureConfig" in line["message"])
        self.assertEqual((denial["code"], denial["resource"], denial["name"]), ("403", "shoots", "bare"))
        for secret in (KEY_SECRET, base64.b64encode(KEY_SECRET.encode()).decode()):
            self.assertNotIn(secret, log)

    def test_8_what_the_programs_export_is_what_the_page_says(self):
        told, there = scraping.monitoring.documented(), scraping.exported(self.runtime)
        self.assertEqual({name: told.get(name) for name in there}, there)
        # That one comes with the first failure.
        self.assertLessEqual(set(told) - set(there), {"portcullis_workqueue_retries_total"})

    def test_9_prometheus_has_an_answer_to_each_question_of_the_dashboard(self):
        pods = len(sum(scraping.everything(self.runtime), []))
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with scraping.Prometheus(self.runtime, folder) as server:
            # Rates need two looks at each Pod.
            harness.wait_for(lambda: len(server.query("count_over_time(up[1m]) >= 2 and up == 1")) == pods, 60, f"two looks at {pods} Pods", 0.5)
            unanswered = {query for _, query in scraping.monitoring.queries("1m") if not server.query(query)}
            self.assertEqual(unanswered, set())
            names = {rule["alert"] for rule in scraping.monitoring.alerts()}
            harness.wait_for(lambda: server.rules() == dict.fromkeys(names, "ok"), 20, "all alerts to be evaluated", 0.5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
