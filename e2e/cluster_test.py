#!/usr/bin/python3
"""hack/cluster and hack/image: what every other end-to-end test stands on."""

import glob
import hashlib
import json
import os
import signal
import ssl
import subprocess
import tarfile
import tempfile
import time
import unittest
import urllib.request

import harness

BUDGET_SECONDS = 60

OPENSSL = "docker.io/portcullis/openssl:1"

# A program of this machine as a Pod: it serves TLS with a certificate from a Secret and answers every GET.
WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {runAsNonRoot: true}
  containers:
  - name: web
    image: %s
    args: [s_server, -accept, "8443", -www, -cert, /tls/tls.crt, -key, /tls/tls.key]
    volumeMounts: [{name: tls, mountPath: /tls}]
    readinessProbe: {tcpSocket: {port: 8443}, periodSeconds: 1}
  volumes: [{name: tls, secret: {secretName: tls}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 443, targetPort: 8443}]}
""" % OPENSSL


def image(out):
    return harness.run(harness.IMAGE, "--strip", "--name", OPENSSL, "--entrypoint", "/openssl", "/usr/bin/openssl", out).stdout


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def fetch(url):
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)).open(url, timeout=3) as answer:
        return answer.read().decode()


def processes_of(cluster):
    """Processes that carry the cluster's mark, or run in its cgroups; those that only wait to be reaped left out."""
    directory = cluster_directory(cluster)
    found = set()
    for entry in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{entry}/environ", "rb") as file:
                marked = f"PORTCULLIS_CLUSTER={directory}".encode() in file.read().split(b"\0")
            with open(f"{entry}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if marked or directory + "/" in command:
            found.add(command)
    return found


def cluster_directory(cluster):
    return os.path.join(os.path.realpath(os.environ["PORTCULLIS_STATE"]), "clusters", cluster.name)


def traces(cluster, index=None):
    """Everything on this machine that belongs to the cluster."""
    directory = cluster_directory(cluster)
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line for line in file if directory + "/" in line]
    links = [name for name in os.listdir("/sys/class/net") if _alias(name) == directory or index and name in (f"portcullis{index}", f"portcullis{index}n")]
    groups = glob.glob(f"/sys/fs/cgroup/**/portcullis{index}", recursive=True) if index else []
    routes = [line for line in harness.run("ip", "-4", "route", "show", "table", "all").stdout.splitlines()
              if index and f" portcullis{index} " in line]
    files = [directory] if os.path.exists(directory) else []
    return sorted(processes_of(cluster)) + mounts + links + groups + routes + files


def _alias(link):
    try:
        with open(f"/sys/class/net/{link}/ifalias", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def machine_state():
    """What clusters could leave behind beside what carries their name."""
    named = [path for pattern in ("/run/netns/*", "/run/containerd/*", "/opt/containerd/*", "/var/lib/cni/*", "/var/log/containers/*")
             for path in glob.glob(pattern)]
    settings = {}
    for setting in ("net/ipv4/ip_forward", "vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"):
        with open(f"/proc/sys/{setting}", encoding="utf-8") as file:
            settings[setting] = file.read().strip()
    rules = harness.run("iptables-save", check=False).stdout
    return {"files": sorted(named), "settings": settings, "kube chains": [line for line in rules.splitlines() if line.startswith(":KUBE")]}


class Image(unittest.TestCase):
    def test_is_the_same_byte_for_byte_when_built_again(self):
        with tempfile.TemporaryDirectory() as directory:
            first, second = os.path.join(directory, "a.tar"), os.path.join(directory, "b.tar")
            image(first)
            time.sleep(1.1)  # so that a time from the clock would differ
            image(second)
            self.assertEqual(digest(first), digest(second))
            self.assertLess(os.path.getsize(first), 30e6)

    def test_ours_hold_the_program_and_its_libraries_and_run_as_nobody(self):
        for name in ("portcullis-operator", "portcullis-webhook-alicloud"):
            path = os.path.join(harness.BUILD, "images", f"{name}.tar")
            self.assertLess(os.path.getsize(path), 30e6)
            with tarfile.open(path) as image_file, tempfile.TemporaryDirectory() as directory:
                manifest = json.load(image_file.extractfile("manifest.json"))[0]
                user = json.load(image_file.extractfile(manifest["Config"]))["config"]["User"]
                self.assertNotIn(user.split(":")[0], ("", "0", "root"))
                with tarfile.open(fileobj=image_file.extractfile(manifest["Layers"][0])) as layer:
                    files = {entry.name for entry in layer if not entry.isdir()}
                    layer.extract(name, directory)
                linked = harness.run("ldd", os.path.join(directory, name)).stdout
            libraries = {os.path.basename(word) for word in linked.split() if ".so" in word} - {"linux-vdso.so.1"}
            trusted = {"ca-certificates.crt"} if "webhook" in name else set()  # it asks AliCloud's API
            self.assertEqual({os.path.basename(file) for file in files}, libraries | trusted | {name, "passwd", "group", "nsswitch.conf"})

    def test_pause_is_small(self):
        directory = harness.run(harness.repository_path("hack/pause/build")).stdout.strip()
        self.assertLess(os.path.getsize(os.path.join(directory, "pause.tar")), 100_000)


class Clusters(harness.TestCase):
    """A runtime cluster with a node and a target, side by side; tests run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.before = machine_state()
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.image = os.path.join(cls.directory.name, "openssl.tar")
        image(cls.image)
        cls.runtime = harness.Cluster("test-runtime", node=True, images=[cls.image])
        cls.target = harness.Cluster("test-target", target=True)
        cls.clusters = [cls.runtime, cls.target]
        began = time.monotonic()
        harness.up(*cls.clusters)
        cls.seconds = time.monotonic() - began
        pki = os.path.join(cls.runtime.directory, "pki")
        cls.runtime.kubectl("create", "secret", "tls", "tls", f"--cert={pki}/proxy.crt", f"--key={pki}/proxy.key")
        cls.runtime.apply(WEB)
        cls.runtime.wait_condition("pod", "web", timeout=30)

    def test_1_a_pod_has_logs_and_can_be_entered(self):
        self.assertIn("ACCEPT", self.runtime.kubectl("logs", "web"))
        self.assertIn("OpenSSL 3", self.runtime.kubectl("exec", "web", "--", "/openssl", "version"))

    def test_1_services_and_pods_are_reachable_from_this_machine(self):
        service = self.runtime.get("service", "web")["spec"]["clusterIP"]
        pod = self.runtime.get("pod", "web")["status"]["podIP"]
        harness.wait_for(lambda: "<HTML>" in fetch(f"https://{service}/"), 10, "an answer at the ClusterIP")
        self.assertIn("<HTML>", fetch(f"https://{pod}:8443/"))

    def test_1_a_pod_reaches_its_own_and_the_other_api_server_and_a_service(self):
        own = self.runtime.get("service", "kubernetes")["spec"]["clusterIP"] + ":443"
        web = self.runtime.get("service", "web")["spec"]["clusterIP"] + ":443"
        other = self.target.server.removeprefix("https://")
        for address, subject in ((own, "kube-apiserver"), (other, "kube-apiserver"), (web, "kube-proxy")):
            with self.subTest(address):
                said = self.runtime.kubectl("exec", "web", "--", "/openssl", "s_client", "-connect", address, timeout=10)
                self.assertIn(subject, said)

    def test_1_the_target_is_like_a_virtual_garden(self):
        self.target.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "extension"}})
        harness.wait_for(lambda: self.target.get("serviceaccount", "default", namespace="extension"), 10, "the default ServiceAccount")
        harness.wait_for(lambda: self.target.get("configmap", "kube-root-ca.crt", namespace="extension"), 10, "the root CA")
        self.target.kubectl("delete", "namespace", "extension", "--timeout=20s")
        self.assertEqual([], self.target.get("nodes"))

    def test_1_writes_are_counted_by_user_agent(self):
        since = time.time()
        self.target.kubectl("create", "configmap", "counted")
        self.target.kubectl("create", "configmap", "not-counted", "--dry-run=server")
        self.target.kubectl("get", "configmaps")
        self.target.kubectl("delete", "configmap", "counted")
        self.assertEqual([2], list(self.target.writes_by_agent(since, agent="kubectl/").values()))
        verbs = [verb for (_, user, verb, resource) in self.target.writes(since, agent="kubectl") if (user, resource) == ("admin", "configmaps")]
        self.assertEqual(["create", "delete"], sorted(verbs))

    def test_2_a_component_stops_and_starts_again(self):
        self.target.stop("apiserver", now=True)
        with self.assertRaises(OSError):
            fetch(self.target.server + "/readyz")
        self.target.start("apiserver")
        self.assertEqual("ok", fetch(self.target.server + "/readyz"))

    def test_2_a_frozen_component_hangs(self):
        self.target.freeze("apiserver")
        try:
            with self.assertRaisesRegex(OSError, "timed out"):
                fetch(self.target.server + "/readyz")
        finally:
            self.target.thaw("apiserver")
        self.assertEqual("ok", fetch(self.target.server + "/readyz"))

    def test_3_a_node_that_loses_power_comes_back_with_its_pods(self):
        started = self.runtime.get("pod", "web")["status"]["containerStatuses"][0]["containerID"]
        self.runtime.stop("node")
        self.runtime.start("node")

        def again():
            status = self.runtime.get("pod", "web")["status"]
            if status["containerStatuses"][0]["containerID"] == started or not status["containerStatuses"][0]["ready"]:
                raise harness.NotYet(json.dumps(status["containerStatuses"]))
            return True
        harness.wait_for(again, 60, "the Pod in a new container")
        service = self.runtime.get("service", "web")["spec"]["clusterIP"]
        harness.wait_for(lambda: "<HTML>" in fetch(f"https://{service}/"), 10, "an answer at the ClusterIP")

    def test_4_down_leaves_nothing(self):
        self.assertTrue(processes_of(self.runtime))
        indexes = [cluster.facts["ADDRESS"].split(".")[2] for cluster in self.clusters]
        for cluster, index in zip(self.clusters, indexes):
            self.assertTrue(traces(cluster, index))
        harness.down(*self.clusters)
        for cluster, index in zip(self.clusters, indexes):
            self.assertEqual([], traces(cluster, index))
        self.assertEqual(self.before, machine_state())
        harness.report("cluster", {"clusters": "runtime with node + target, at once"}, {"up, seconds": self.seconds})


class Interrupted(harness.TestCase):
    cluster = harness.Cluster("test-interrupted", node=True)
    clusters = [cluster]

    def begin(self, program):
        """A cluster on its way up, from the moment that this program runs."""
        process = subprocess.Popen([harness.CLUSTER, "up", self.cluster.name, "--node"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        running = lambda: any(program in command.split(" ")[0] for command in processes_of(self.cluster))
        harness.wait_for(running, 60, f"{program} to run", interval=0.02)
        with open(os.path.join(cluster_directory(self.cluster), "index"), encoding="utf-8") as file:
            self.index = file.read().strip()
        self.assertIsNone(process.poll(), "it was up before it could be interrupted")
        return process

    def test_by_ctrl_c_removes_what_was_started(self):
        for program in ("etcd", "kube-apiserver"):
            with self.subTest(program):
                process = self.begin(program)
                os.killpg(process.pid, signal.SIGINT)
                said = process.communicate(timeout=30)[1]
                self.assertIn("interrupted", said)
                self.assertEqual(130, process.returncode, said)
                self.assertEqual([], traces(self.cluster, self.index))

    def test_by_kill_is_cleaned_up_by_down(self):
        process = self.begin("kube-apiserver")
        process.kill()
        process.communicate(timeout=30)
        self.assertTrue(traces(self.cluster, self.index))
        self.cluster.down()
        self.assertEqual([], traces(self.cluster, self.index))


if __name__ == "__main__":
    unittest.main(verbosity=2)
