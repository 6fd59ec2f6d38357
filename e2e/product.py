"""What the tests of the operator share: a runtime cluster with the operator in Pods, a target, and resources between them."""

import atexit
import base64
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import harness

OPERATOR_IMAGE = harness.repository_path("build", "images", "portcullis-operator.tar")
WEBHOOK_IMAGE = harness.repository_path("build", "images", "portcullis-webhook-alicloud.tar")
OURS = "admission.portcullis.dev/name"
AGENT = "portcullis-operator"
RUNTIME_KINDS = ("replicasets", "controllerrevisions", "pods", "services", "secrets", "serviceaccounts", "roles", "rolebindings",
                 "poddisruptionbudgets")
TARGET_KINDS = ("serviceaccounts", "secrets", "roles", "rolebindings", "clusterroles", "clusterrolebindings",
                "validatingwebhookconfigurations", "mutatingwebhookconfigurations", "namespaces")


def start_clusters(test, name, *more_images, node=True):
    """A runtime cluster, with a node and our images where there is to be one, and a target: test.runtime and test.target, until the class ends."""
    test.runtime = harness.Cluster(f"{name}-rt", node=node, images=(OPERATOR_IMAGE, WEBHOOK_IMAGE, *more_images) if node else ())
    test.target = harness.Cluster(f"{name}-tg", target=True)
    test.clusters = [test.runtime, test.target]
    test.addClassCleanup(harness.down, *test.clusters)
    harness.up(*test.clusters)


def install_crd(runtime):
    runtime.kubectl("apply", "-f", harness.repository_path("crds"))
    runtime.wait_condition("crd", "admissiondeployments.admission.portcullis.dev", "Established", timeout=30)


def install_operator(runtime, *flags):
    """The plain manifests, as a user would apply them, and with more flags."""
    install_crd(runtime)
    runtime.kubectl("create", "namespace", "garden")
    first = "        - --namespace=garden\n"
    manifests = read(harness.repository_path("charts", "plain", "operator.yaml"))
    runtime.kubectl("apply", "-f", "-", stdin=manifests.replace(first, first + "".join(f"        - {flag}\n" for flag in flags)))
    runtime.kubectl("-n", "portcullis-system", "rollout", "status", "deployment/portcullis-operator",
                    "--timeout=90s", timeout=100)


def role_binding(namespace):
    """The operator's rights in a namespace that it may work in."""
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": AGENT, "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "portcullis-namespace"},
            "subjects": [{"kind": "ServiceAccount", "name": AGENT, "namespace": "portcullis-system"}]}


def install_rights(runtime):
    """The operator's account and rights of the plain manifests, without its Pods."""
    text = runtime.kubectl("create", "--dry-run=client", "-o", "json", "-f", harness.repository_path("charts", "plain", "operator.yaml"))
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        for thing in document.get("items", [document]):
            if thing["kind"] != "Deployment":
                runtime.apply(thing)


def token_kubeconfig(runtime):
    """A file with which a program on the host is the operator's account."""
    config = json.loads(runtime.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"][0]["user"] = {"token": runtime.kubectl("-n", "portcullis-system", "create", "token", AGENT).strip()}
    path = os.path.join(runtime.directory, "operator.kubeconfig")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return path


def answer(url):
    """Status and text of a plain HTTP server, past any proxy."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def total_in(text, metric, labels=""):
    """Sum of all series of a metric of ours, in what the operator says at /metrics, with this text among their labels."""
    return sum(float(number) for number in re.findall(rf"^portcullis_{metric}\{{.*{labels}.*\}} ([0-9.e+]+)$", text, re.M))


class HostOperator:
    """The program on the host, as administrator of the runtime cluster where there is no other `config`; `home`: the lease's namespace."""

    def __init__(self, runtime, identity="host", namespaces=("garden",), config=None, home="default"):
        self.port = free_port()
        self.identity = identity
        self.log = open(os.path.join(runtime.directory, "log", f"operator-{self.identity}.log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(harness.BUILD, "release", "operator", "app", "portcullis-operator"), "--kubeconfig", config or runtime.kubeconfig,
             *(f"--namespace={name}" for name in namespaces), "--operator-namespace", home,
             "--identity", self.identity, "--address", "127.0.0.1", "--port", str(self.port)], stderr=self.log, stdout=self.log)
        atexit.register(self.kill)  # an interruption skips the clean-ups of tests

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait(timeout=20)

    def alive(self):
        return self.process.poll() is None

    def answer(self, path):
        """Status and text of one of its own paths."""
        return answer(f"http://127.0.0.1:{self.port}{path}")

    def total(self, metric, labels=""):
        return total_in(self.answer("/metrics")[1], metric, labels)

    def tail(self):
        """The end of its log, for whoever waits in vain."""
        return read(self.log.name)[-1500:]

    def wait_for_end(self, timeout):
        """Its exit code."""
        def ended():
            if self.alive():
                raise harness.NotYet(f"{self.identity} runs; its log ends: {self.tail()}")
            return True
        harness.wait_for(ended, timeout, f"the operator {self.identity} to end")
        return self.process.returncode

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.wait_for_end(40)
        self.log.close()
        atexit.unregister(self.kill)
        return code


def kubeconfig_secret(name, text, key="kubeconfig", namespace="garden"):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
            "data": {key: base64.b64encode(text.encode()).decode()}}


def least_access(target, namespace="extension-admission-alicloud", **renamed):
    """Applies charts/plain/target.yaml, for another namespace and other names where they are given, and gives a kubeconfig with no other rights."""
    rights = read(harness.repository_path("charts", "plain", "target.yaml"))
    rights = re.sub(r"(?<!gardener-)extension-admission-alicloud", namespace, rights)
    for name, others in renamed.items():
        rights = rights.replace(f"resourceNames: [{name.replace('_', '-')}]", f"resourceNames: [{', '.join(others)}]")
    target.apply(rights)
    token = target.kubectl("-n", namespace, "create", "token", "portcullis", "--duration=24h").strip()
    config = json.loads(target.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    return json.dumps(config)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def alicloud(runtime, name="admission-alicloud", **changes):
    """The demo's resource as an object, with other parts of its spec where they are given."""
    text = runtime.kubectl("create", "--dry-run=client", "-o", "json", "-f",
                           harness.repository_path("e2e", "testdata", "alicloud.yaml"))
    resource = json.loads(text)
    resource["metadata"]["name"] = name
    resource["spec"].update(changes)
    return resource


def cloud_secret(name, key_id, namespace="default"):
    """A Secret that the AliCloud admission looks at."""
    return {"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace,
                         "labels": {"provider.shoot.gardener.cloud/alicloud": "true"}},
            "stringData": {"accessKeyID": key_id, "accessKeySecret": "0123456789abcdefghijABCDEFGHIJ"}}


GOOD_KEY, BAD_KEY = "LTAIfakefakefake", "short"
REFUSAL = "must have at least 16 characters"


def admission_of(cluster, key_id, namespace="default"):
    """What the API server says to such a Secret (dry run): "" or the refusal."""
    try:
        cluster.kubectl("create", "--dry-run=server", "-f", "-",
                        stdin=json.dumps(cloud_secret(f"probe-{time.monotonic_ns()}", key_id, namespace)))
        return ""
    except harness.CommandFailed as refused:
        return refused.stderr


class Askers:
    """Asks the API server for admissions that must be granted (dry run) all the time, from several kept connections: of Secrets
    with a good key, or of what `make` gives for a name, at `path`."""

    def __init__(self, cluster, number, path="/api/v1/namespaces/default/secrets", make=lambda name: cloud_secret(name, GOOD_KEY), pause=0.02):
        config = json.loads(cluster.kubectl("config", "view", "--raw", "-o", "json"))
        user = config["users"][0]["user"]
        self.context = ssl.create_default_context(cadata=base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode())
        self.headers = {"Content-Type": "application/json"}
        if "token" in user:
            self.headers["Authorization"] = "Bearer " + user["token"]
        else:
            self.use_certificate(user)
        self.address = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"]).netloc
        self.path, self.make, self.pause = path, make, pause
        self.asked, self.failed, self.over = 0, [], False
        self.threads = [threading.Thread(target=self.ask, args=(i,), daemon=True) for i in range(number)]

    def use_certificate(self, user):
        with tempfile.NamedTemporaryFile("wb") as pair:
            pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
            pair.flush()
            self.context.load_cert_chain(pair.name)

    def ask(self, number):
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=30)
        while not self.over:
            body = json.dumps(self.make(f"asked-{number}-{time.monotonic_ns()}"))
            try:
                connection.request("POST", f"{self.path}?dryRun=All", body, self.headers)
                response = connection.getresponse()
                text = response.read().decode()
                wrong = "" if response.status == 201 else f"{response.status}: {text}"
            except OSError as error:
                wrong = repr(error)
                connection.close()
            self.asked += 1
            self.failed += [wrong] if wrong else []
            time.sleep(self.pause)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        harness.join(self.threads, 40)


def condition(cluster, name, kind, namespace="garden"):
    """One condition of a resource, {} where it is absent."""
    resource = cluster.get("admissiondeployment", name, namespace)
    if resource is None:
        raise harness.NotYet("no such resource")
    conditions = resource.get("status", {}).get("conditions", [])
    return next((c for c in conditions if c["type"] == kind), {})


def wait_for_condition(cluster, name, kind, status, reason=None, text="", timeout=60, namespace="garden"):
    """Waits until the condition has this status, reason (where given) and text in its message."""
    def met():
        seen = condition(cluster, name, kind, namespace)
        fits = seen.get("status") == status and reason in (None, seen.get("reason")) and text in seen.get("message", "")
        if not fits:
            resource = cluster.get("admissiondeployment", name, namespace) or {}
            raise harness.NotYet(json.dumps(resource.get("status", {}).get("conditions", []), indent=1))
        return seen
    return harness.wait_for(met, timeout, f"{name} to have {kind}={status} {reason or ''} {text!r}", interval=0.2)


def left_over(cluster, kinds):
    """Names of everything with our label."""
    found = cluster.get(",".join(kinds), selector=OURS) or []
    listed = cluster.kubectl("get", ",".join(kinds), "-A", "-l", OURS, "-o", "name").split()
    return sorted({*listed, *(f"{o['kind']}/{o['metadata']['name']}" for o in found)})


def pods_of(runtime, name="admission-alicloud"):
    return [p for p in runtime.get("pods", namespace="garden", selector=f"{OURS}={name}")
            if "deletionTimestamp" not in p["metadata"]]


def mark_pods_ready(runtime):
    """What a kubelet would do, where there is no node."""
    def all_ready():
        pods = pods_of(runtime)
        for pod in pods:
            conditions = pod.get("status", {}).get("conditions", [])
            if not any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
                runtime.kubectl("-n", "garden", "patch", "pod", pod["metadata"]["name"], "--subresource=status", "--type=merge", "-p",
                                json.dumps({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}))
        return len(pods) >= 2
    harness.wait_for(all_ready, 60, "two Pods to mark as ready")


def credential_files(pod, folder="var/run/secrets/portcullis"):
    """The files that a process of this Pod sees where its credential is mounted: name -> text."""
    mounted = f"/pods/{pod['metadata']['uid']}/"
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if mounted not in read(f"/proc/{entry}/mountinfo"):
                continue
            path = os.path.join("/proc", entry, "root", folder)
            return {name: read(os.path.join(path, name)) for name in os.listdir(path) if not name.startswith("..")}
        except OSError:  # it ended, or is another container's
            continue
    raise harness.NotYet(f"no process of {pod['metadata']['name']} has {folder}")


def claims_of(token):
    """What a JWT says, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def rss_mib(runtime, process):
    """Resident memory of all processes of that name on the node, MiB."""
    sizes = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/comm", encoding="utf-8") as comm:
                # comm is cut at 15 characters
                if comm.read().strip() != process[:15]:
                    continue
            with open(f"/proc/{entry}/status", encoding="utf-8") as status:
                sizes += [int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS")]
        except OSError:  # it ended meanwhile
            continue
    return sizes
