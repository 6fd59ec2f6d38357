#!/usr/bin/python3
"""Wrong input and broken surroundings: a condition that names cause and cluster, no crash, no busy loop, and healing by itself.

The operator runs as a process on the host against control planes without a node; Pods are marked ready by hand.
"""

import base64
import contextlib
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

import harness
import product

BUDGET_SECONDS = 300
# While nothing changes: what is wrong is looked at again after 0.8 s, 1.6 s and so on up to 30 s, by the resource and by each of the nine
# caches of a target, and the lease is renewed every 2 s. The loss of a cache has the resource looked at, once.
QUIET_SECONDS, MOST_RECONCILES, MOST_REQUESTS = 3, 8, 70
NAME = "admission-alicloud"
SPACE = "extension-admission-alicloud"


def kubeconfig(server, ca, **user):
    return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": base64.b64encode(ca).decode()}}],
                       "users": [{"name": "u", "user": user or {"token": "fake"}}],
                       "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]})


def signed_token(cluster, seconds_left):
    """A token of the target's own signing key and issuer."""
    pki = os.path.join(cluster.directory, "pki")
    key = next(os.path.join(pki, n) for n in sorted(os.listdir(pki)) if "sa" in n or "service-account" in n
               if "PRIVATE KEY" in product.read(os.path.join(pki, n)))
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
    issued = json.loads(cluster.kubectl("create", "token", "default", "-o", "json"))["status"]["token"].split(".")
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in issued[:2])
    claims["iat"] = claims["nbf"] = int(time.time()) - 7200
    claims["exp"] = int(time.time()) + seconds_left
    text = part(head) + b"." + part(claims)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, capture_output=True, check=True, timeout=30).stdout
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


class BrokenServer:
    """An API server that answers with HTML, with half a JSON, or never."""

    def __init__(self, directory, how):
        run = lambda *c: subprocess.run(["openssl", *c], check=True, capture_output=True, cwd=directory, timeout=30)
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k.pem", "-out", "c.pem",
            "-days", "2", "-subj", "/CN=broken", "-addext", "subjectAltName=IP:127.0.0.1")

        broken = self
        self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                broken.requests += 1
                if how == "never":
                    time.sleep(120)
                    return
                body = b"<html>sign in first</html>" if how == "html" else b'{"kind": "NamespaceList", "items": ['
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if how == "html" else "application/json")
                self.send_header("Content-Length", str(len(body) + (100 if how == "half" else 0)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(directory, "c.pem"), os.path.join(directory, "k.pem"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        with open(os.path.join(directory, "c.pem"), "rb") as file:
            self.ca = file.read()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"


class Forwarder:
    """Connections to a port of this machine end at a real API server from now on."""

    def __init__(self, port, server):
        self.to = (urllib.parse.urlsplit(server).hostname, urllib.parse.urlsplit(server).port)
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.to)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class BadInputTest(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        product.start_clusters(cls, "bad", node=False)
        cls.runtime.kubectl("create", "namespace", "garden")
        cls.administrator = json.loads(cls.target.kubectl("config", "view", "--raw", "-o", "json"))["users"][0]["user"]
        cls.operator = product.HostOperator(cls.runtime)
        cls.addClassCleanup(cls.stop_operator)
        cls.quiet = {}
        cls.addClassCleanup(lambda: harness.report("bad-input", {"seconds": QUIET_SECONDS}, cls.quiet))
        cls.good = product.read(cls.target.kubeconfig)
        with open(cls.target.facts["CA"], "rb") as file:
            cls.ca = file.read()
        # Before the resource definition exists the operator says so and waits.
        harness.wait_for(lambda: cls.operator.answer("/healthz")[0] == 200, 20, "the operator to listen")
        cls.before_crd = harness.wait_for(lambda: cls.unready_text(), 20, "the operator to say what is missing")
        asked = cls.operator.total("kube_requests_total")
        time.sleep(QUIET_SECONDS)
        cls.quiet["before the definition"] = {"requests": cls.operator.total("kube_requests_total") - asked}
        product.install_crd(cls.runtime)
        cls.runtime.apply(product.alicloud(cls.runtime))

    @classmethod
    def unready_text(cls):
        status, text = cls.operator.answer("/readyz")
        return text if status == 503 and "identified" not in text and "not read yet" not in text else None

    @classmethod
    def stop_operator(cls):
        code = cls.operator.end() if cls.operator.alive() else cls.operator.process.returncode
        if code != 0:
            raise AssertionError(f"the operator ended with {code}")

    def setUp(self):
        self.assertTrue(self.operator.alive(), "the operator has crashed")

    def tearDown(self):
        self.assertTrue(self.operator.alive(), "the operator has crashed")

    def give(self, text):
        self.runtime.apply(product.kubeconfig_secret("virtual-garden", text))

    def shows(self, reason, text, kind="TargetReachable", status="False", timeout=60):
        return product.wait_for_condition(self.runtime, NAME, kind, status, reason=reason, text=text, timeout=timeout)

    def no_busy_loop(self, what=""):
        counted = lambda: [self.operator.total(metric) for metric in ("reconcile_total", "kube_requests_total")]
        before = counted()
        time.sleep(QUIET_SECONDS)
        reconciles, requests = (after - earlier for after, earlier in zip(counted(), before))
        self.quiet[f"{self.id().split('.')[-1]} {what}".strip()] = {"reconciles": reconciles, "requests": requests}
        self.assertLessEqual(reconciles, MOST_RECONCILES, f"reconciles in {QUIET_SECONDS} s while nothing changes")
        self.assertLessEqual(requests, MOST_REQUESTS, f"requests in {QUIET_SECONDS} s while nothing changes")

    def heals(self):
        self.give(self.good)
        product.wait_for_condition(self.runtime, NAME, "TargetReachable", "True", timeout=90)
        self.mark_pods_ready()
        product.wait_for_condition(self.runtime, NAME, "Ready", "True", timeout=90)

    def heals_by_itself(self, port):
        """The same Secret, and now a real API server behind its address."""
        with contextlib.closing(Forwarder(port, self.target.server)):
            product.wait_for_condition(self.runtime, NAME, "TargetReachable", "True", timeout=90)
            self.heals()

    def mark_pods_ready(self):
        product.mark_pods_ready(self.runtime)

    def test_01_the_operator_waits_for_its_resource_definition(self):
        self.assertEqual(self.before_crd, "runtime cluster: the resource definition admissiondeployments.admission.portcullis.dev is not installed "
                                          "(kubectl apply --server-side -f crds/)\n")
        self.assertLessEqual(self.quiet["before the definition"]["requests"], MOST_REQUESTS)
        harness.wait_for(lambda: self.operator.answer("/readyz")[0] == 200, 60, "the operator to be ready")

    def test_02_the_secret_is_missing(self):
        seen = self.shows("AccessSecretMissing", "Secret garden/virtual-garden does not exist")
        self.assertIn("target cluster", seen["message"])
        self.no_busy_loop()
        self.heals()

    def check_kubeconfig(self, text, expected, reason="AccessSecretInvalid", timeout=60):
        self.give(text)
        seen = self.shows(reason, expected, timeout=timeout)
        self.assertIn("target cluster", seen["message"])
        self.assertNotIn("fake", seen["message"], "a condition must not quote a credential")
        self.assertLessEqual(len(seen["message"]), 1024)

    def test_03_wrong_kubeconfigs(self):
        whole = json.loads(kubeconfig(self.target.server, self.ca))
        two = dict(whole, contexts=[*whole["contexts"], {"name": "d", "context": {"cluster": "c", "user": "u"}}])
        unclear = {key: value for key, value in two.items() if key != "current-context"}
        for what, text, expected in (
                ("empty", "", "is empty"),
                ("not YAML", "{]", "YAML"),
                ("with exec", kubeconfig(self.target.server, self.ca, exec={"command": "sh"}), "exec"),
                ("with two contexts", json.dumps(two), "contexts: must be one"),
                ("with two contexts, none of them current", json.dumps(unclear), "contexts: must be one")):
            with self.subTest(what):
                self.check_kubeconfig(text, expected)
                self.no_busy_loop(what)
                self.heals()

    def test_04_an_expired_token(self):
        # The same token with time left is known, so that nothing but its end is wrong with the other.
        valid = ["--kubeconfig", "/dev/null", "--server", self.target.server, "--certificate-authority", self.target.facts["CA"],
                 "--token", signed_token(self.target, 3600)]
        who = harness.run(self.target.facts["KUBECTL"], *valid, "auth", "whoami", "-o", "json")
        self.assertIn("system:serviceaccount:default:default", who.stdout)
        self.check_kubeconfig(kubeconfig(self.target.server, self.ca, token=signed_token(self.target, -3600)),
                              "the token expired at 20", "Unauthorized")
        self.no_busy_loop()
        self.heals()

    def test_05_an_unreachable_server(self):
        port = product.free_port()
        self.check_kubeconfig(kubeconfig(f"https://127.0.0.1:{port}", self.ca, **self.administrator), "refused", "Unreachable")
        self.no_busy_loop()
        self.heals_by_itself(port)

    def test_06_a_wrong_ca(self):
        with open(self.runtime.facts["CA"], "rb") as file:
            other = file.read()
        self.check_kubeconfig(kubeconfig(self.target.server, other), "certificate verify failed", "CertificateNotTrusted")
        self.no_busy_loop()
        self.heals()

    def test_07_servers_that_do_not_speak_the_protocol(self):
        for how, expected in (("html", "text/html"), ("half", "unexpected eof"), ("never", "timed out")):
            with self.subTest(how), tempfile.TemporaryDirectory() as directory:
                broken = BrokenServer(directory, how)
                self.check_kubeconfig(kubeconfig(broken.url, broken.ca + self.ca, **self.administrator), expected, "Unreachable", timeout=60)
                self.no_busy_loop(how)
                harness.wait_for(lambda: broken.requests >= 2, 60, "the operator to ask again")
                broken.end()
                self.heals_by_itself(broken.port)

    def test_08_a_cluster_role_of_our_name_that_someone_else_owns(self):
        role = f"garden-{NAME}-" + self.runtime.get("namespace", "kube-system")["metadata"]["uid"][:5]
        # Both in one write: after the first of two the operator may take its object back.
        self.target.kubectl("patch", "clusterrole", role, "--type=merge", "-p", json.dumps({"metadata": {
            "annotations": {"admission.portcullis.dev/owner": "another/garden/one"},
            "labels": {"admission.portcullis.dev/owner-uid": "another"}}}))
        seen = self.shows("ForeignOwner", f"ClusterRole {role}", kind="Stalled", status="True")
        self.assertIn("target cluster", seen["message"])
        self.no_busy_loop()
        self.target.kubectl("delete", "clusterrole", role)
        product.wait_for_condition(self.runtime, NAME, "Ready", "True", timeout=90)

    def test_08b_a_cluster_role_that_was_someone_elses_before(self):
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [],
                "metadata": {"name": "of-a-chart", "labels": {"app.kubernetes.io/managed-by": "Helm"}}}
        self.target.apply(role)
        before = self.target.get("clusterrole", "of-a-chart")
        self.change({"permissions": {"clusterRoleName": "of-a-chart"}})
        seen = self.shows("ForeignOwner", "ClusterRole of-a-chart", kind="Stalled", status="True")
        self.assertIn("target cluster", seen["message"])
        self.assertIn("it is managed by Helm", seen["message"])
        self.no_busy_loop()
        self.assertEqual(self.target.get("clusterrole", "of-a-chart"), before, "what is another's is not touched")
        # Another cure than in the test before: the resource takes another name.
        self.change({"permissions": {"clusterRoleName": None}})
        product.wait_for_condition(self.runtime, NAME, "Ready", "True", timeout=90)
        self.target.kubectl("delete", "clusterrole", "of-a-chart")

    def change(self, spec):
        self.runtime.kubectl("-n", "garden", "patch", "admissiondeployment", NAME, "--type=merge", "-p", json.dumps({"spec": spec}))

    def test_09_the_target_namespace_is_being_deleted(self):
        self.target.apply({"apiVersion": "v1", "kind": "ConfigMap",
                           "metadata": {"name": "holds", "namespace": SPACE, "finalizers": ["example.org/holds"]}})
        configurations = lambda: self.target.get("validatingwebhookconfigurations", selector=product.OURS)
        self.assertTrue(configurations())
        self.target.kubectl("delete", "namespace", SPACE, "--wait=false")
        harness.wait_for(lambda: not configurations(), 20, "the configurations to be withdrawn")
        product.wait_for_condition(self.runtime, NAME, "Ready", "False", reason="NamespaceTerminating", text="target namespace", timeout=20)
        self.no_busy_loop()
        self.target.kubectl("-n", SPACE, "patch", "configmap", "holds", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.mark_pods_ready()
        product.wait_for_condition(self.runtime, NAME, "Ready", "True", timeout=90)
        self.assertTrue(configurations())

    def test_10_the_runtime_api_server_never_answers(self):
        self.addCleanup(self.runtime.thaw, "apiserver")
        self.runtime.freeze("apiserver")
        # Whoever cannot renew the lease ends; the next one says what it waits for, and is alive.
        self.assertEqual(self.operator.wait_for_end(60), 1)
        type(self).operator = product.HostOperator(self.runtime)
        harness.wait_for(lambda: self.operator.answer("/healthz")[0] == 200, 20, "the operator to listen")
        self.assertEqual(self.operator.answer("/readyz")[0], 503)
        answered = lambda: self.operator.answer("/readyz")[1]
        harness.wait_for(lambda: re.search(r"the runtime cluster cannot be identified: (?!not asked yet)\w", answered()), 60, "an attempt to end")
        self.assertTrue(self.operator.total("kube_requests_total", 'code="0"'))
        self.assertEqual(self.operator.answer("/healthz")[0], 200)
        self.runtime.thaw("apiserver")
        harness.wait_for(lambda: self.operator.answer("/readyz")[0] == 200, 90, "the operator to be ready")
        self.runtime.kubectl("-n", "garden", "delete", "service", NAME)
        harness.wait_for(lambda: self.runtime.get("service", NAME, "garden"), 90, "the operator to work again")

    def test_10b_a_runtime_api_server_that_does_not_speak_the_protocol(self):
        """As another replica of the operator sees it; it heals with the server."""
        administrator = json.loads(self.runtime.kubectl("config", "view", "--raw", "-o", "json"))["users"][0]["user"]
        with open(self.runtime.facts["CA"], "rb") as file:
            ca = file.read()
        for how, expected in (("html", "text/html"), ("half", "unexpected eof")):
            with self.subTest(how), tempfile.TemporaryDirectory() as directory:
                broken = BrokenServer(directory, how)
                config = os.path.join(directory, "config")
                with open(config, "w", encoding="utf-8") as file:
                    file.write(kubeconfig(broken.url, broken.ca + ca, **administrator))
                other = product.HostOperator(self.runtime, how, config=config)
                try:
                    said = harness.wait_for(lambda: expected in (text := other.answer("/readyz")[1]) and text, 40, f"the operator to name {expected}")
                    self.assertIn("runtime cluster", said)
                    self.assertEqual(other.answer("/healthz")[0], 200)
                    asked = broken.requests
                    time.sleep(3)
                    self.assertLess(broken.requests - asked, 20, "requests in three seconds")
                    broken.end()
                    with contextlib.closing(Forwarder(broken.port, self.runtime.server)):
                        harness.wait_for(lambda: other.answer("/readyz")[0] == 200, 60, "the operator to be ready")
                finally:
                    code = other.end()
                self.assertEqual(code, 0)

    def test_11_edited_while_it_is_being_deleted(self):
        held = lambda value: self.runtime.kubectl("-n", "garden", "patch", "admissiondeployment", NAME, "--type=json", "-p", json.dumps(value))
        held([{"op": "add", "path": "/metadata/finalizers/-", "value": "example.org/holds"}])
        self.runtime.kubectl("-n", "garden", "delete", "admissiondeployment", NAME, "--wait=false")
        self.change({"workload": {"replicas": 3}})

        def done():
            sets = self.runtime.get("replicasets", namespace="garden", selector=product.OURS)
            self.assertNotIn(3, [s["spec"]["replicas"] for s in sets], "a resource that goes is not followed any more")
            return self.runtime.get("admissiondeployment", NAME, "garden")["metadata"]["finalizers"] == ["example.org/holds"]
        harness.wait_for(done, 90, "the operator to be done with it", interval=0.2)
        self.assertEqual({key: product.condition(self.runtime, NAME, "Ready").get(key) for key in ("status", "reason")},
                         {"status": "False", "reason": "Deleting"})
        self.no_busy_loop()
        held([{"op": "remove", "path": "/metadata/finalizers"}])
        harness.wait_for(lambda: self.runtime.get("admissiondeployment", NAME, "garden") is None, 90, "the resource to be gone")
        self.assertEqual(product.left_over(self.target, product.TARGET_KINDS), [])
        self.assertEqual(product.left_over(self.runtime, product.RUNTIME_KINDS), [])

    def test_12_a_namespace_without_its_role_binding(self):
        """Its resources say so; those of other namespaces are served; it heals when the binding comes."""
        self.stop_operator()
        self.runtime.kubectl("create", "namespace", "fenced-off")
        product.install_rights(self.runtime)
        type(self).operator = product.HostOperator(self.runtime, namespaces=("garden", "fenced-off"), config=product.token_kubeconfig(self.runtime),
                                                   home="portcullis-system")
        self.give(self.good)
        for space in ("garden", "fenced-off"):
            resource = product.alicloud(self.runtime)
            resource["metadata"]["namespace"] = space
            self.runtime.apply(resource)
        product.wait_for_condition(self.runtime, NAME, "Stalled", "True", reason="NamespaceNotGranted", text="fenced-off", timeout=60,
                                   namespace="fenced-off")
        self.shows("Reachable", "", status="True")
        harness.wait_for(lambda: self.runtime.get("service", NAME, "garden"), 60, "the granted namespace to be worked in")
        self.assertEqual(self.operator.answer("/readyz")[0], 200)
        self.no_busy_loop()
        self.runtime.apply(product.role_binding("fenced-off"))
        product.wait_for_condition(self.runtime, NAME, "TargetReachable", "False", reason="AccessSecretMissing", timeout=60,
                                   namespace="fenced-off")


if __name__ == "__main__":
    unittest.main()
