"""What the end-to-end tests share: clusters, waiting, logs of failures, and measured figures.

    class Example(harness.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.runtime = harness.Cluster("example-rt", node=True)
            cls.target = harness.Cluster("example-tg", target=True)
            cls.clusters = [cls.runtime, cls.target]       # their logs are kept when a test fails
            harness.up(*cls.clusters)                      # side by side; they go down by themselves

        def test_it(self):
            self.runtime.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
            harness.wait_for(lambda: self.runtime.get("configmap", "a"), 5, "the ConfigMap a")

Standard library only.
"""

import atexit
import collections
import concurrent.futures
import datetime
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(REPOSITORY, "hack", "testing"))
from reports import REPORTS, report  # noqa: E402 (for the tests: harness.report(name, params, figures))

BUILD = os.path.join(REPOSITORY, "build")
CLUSTER = os.path.join(REPOSITORY, "hack", "cluster")
IMAGE = os.path.join(REPOSITORY, "hack", "image")
CACHE = os.environ.get("PORTCULLIS_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "portcullis")

# Test runs of several checkouts, and clusters made by hand, must not take each other's clusters for leftovers.
os.environ.setdefault("PORTCULLIS_STATE", f"/var/tmp/portcullis-{hashlib.sha256(REPOSITORY.encode()).hexdigest()[:8]}")

MUTATING = ("create", "update", "patch", "delete", "deletecollection")


def repository_path(*parts):
    return os.path.join(REPOSITORY, *parts)


class NotYet(Exception):
    """Raised by a condition of wait_for to say what it saw instead."""


class CommandFailed(Exception):
    """A command ended with an error; the text carries all that it printed."""

    def __init__(self, command, code, stdout, stderr):
        self.command, self.code, self.stdout, self.stderr = command, code, stdout, stderr
        super().__init__(f"{' '.join(command)} ended with {code}\n{stdout}{stderr}".rstrip())


def run(*command, timeout=60, stdin=None, check=True, env=None, cwd=None):
    """Runs a command and returns the CompletedProcess with its text; an error raises CommandFailed."""
    try:
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=timeout, env=env, cwd=cwd)
    except subprocess.TimeoutExpired as late:
        text = [part.decode() if isinstance(part, bytes) else part or "" for part in (late.stdout, late.stderr)]
        raise CommandFailed(command, f"no end within {timeout} s", *text) from None
    if check and done.returncode != 0:
        raise CommandFailed(command, done.returncode, done.stdout, done.stderr)
    return done


def wait_for(condition, timeout, what, interval=0.1):
    """Calls condition() until it returns something true, and returns that.

    A condition that raises is not met yet. When the time is over the failure tells what was waited
    for and what was seen last: the exception (raise NotYet("...") to say it) or the false value.
    """
    end = time.monotonic() + timeout
    while True:
        try:
            value = condition()
            if value:
                return value
            seen = repr(value)
        except Exception as error:  # whatever it is, it is the newest thing to tell
            seen = str(error) or repr(error)
        if time.monotonic() >= end:
            raise AssertionError(f"waited {timeout} s for {what}; last saw: {seen}")
        time.sleep(interval)


def join(threads, timeout):
    """Waits until all have ended."""
    def ended():
        if alive := [thread.name for thread in threads if thread.is_alive()]:
            raise NotYet(f"{len(alive)} of {len(threads)} run: {alive}")
        return True
    wait_for(ended, timeout, "threads to end")


class Cluster:
    """One cluster of hack/cluster: a context manager, or up() and down()."""

    def __init__(self, name, node=False, target=False, images=(), apiserver_flags=(), flags=()):
        """node: with a node that runs Pods. target: few controllers, like a virtual garden.
        images: docker-archive files to load. flags: more flags of `hack/cluster up`."""
        self.name = name
        self.up_arguments = (["--node"] if node else []) + (["--target"] if target else [])
        for image in images:
            self.up_arguments += ["--image", image]
        self.up_arguments += list(flags) + (["--", *apiserver_flags] if apiserver_flags else [])
        self.facts = {}

    def __enter__(self):
        return self.up()

    def __exit__(self, kind, error, trace):
        if kind is not None:
            self.collect_logs(f"{os.path.basename(sys.argv[0]).removesuffix('.py')}-{self.name}")
        self.down()

    def command(self, *arguments, timeout=60, check=True):
        return run(CLUSTER, *arguments, timeout=timeout, check=check)

    def up(self, timeout=180):
        """Starts it afresh; a cluster of that name that a killed run left behind goes first."""
        self.command("down", self.name, timeout=60)
        _running.add(self)
        self.command("up", self.name, *self.up_arguments, timeout=timeout)
        lines = self.command("env", self.name).stdout.splitlines()
        self.facts = dict(line.split("=", 1) for line in lines)
        return self

    def down(self):
        self.command("down", self.name, timeout=60)
        _running.discard(self)

    @property
    def kubeconfig(self):
        """The administrator's kubeconfig file."""
        return self.facts["KUBECONFIG"]

    @property
    def server(self):
        """URL of the API server, valid on the host and in the Pods of every cluster."""
        return self.facts["SERVER"]

    @property
    def directory(self):
        return self.facts["DIRECTORY"]

    def kubectl(self, *arguments, stdin=None, timeout=60, check=True):
        """Runs kubectl as administrator and returns what it wrote to stdout."""
        return run(self.facts["KUBECTL"], "--kubeconfig", self.kubeconfig, *arguments,
                   stdin=stdin, timeout=timeout, check=check, env=dict(os.environ, NO_PROXY="*")).stdout

    def apply(self, *manifests, **options):
        """Applies manifests: YAML text, objects (dict), or names of existing files."""
        for manifest in manifests:
            if isinstance(manifest, dict):
                manifest = json.dumps(manifest)
            if "\n" not in manifest and os.path.exists(manifest):
                self.kubectl("apply", "-f", manifest, **options)
            else:
                self.kubectl("apply", "-f", "-", stdin=manifest, **options)

    def get(self, kind, name=None, namespace=None, selector=None):
        """An object, or the items of a list; an object that does not exist is None."""
        arguments = ["get", kind, "-o", "json"] + ([name, "--ignore-not-found"] if name else [])
        arguments += ["-n", namespace] if namespace else []
        arguments += ["-l", selector] if selector else []
        text = self.kubectl(*arguments)
        found = json.loads(text) if text.strip() else None
        return found["items"] if found and name is None else found

    def wait_condition(self, kind, name, condition="Ready", namespace="default", timeout=60):
        """Waits until status.conditions has it True and returns the object."""
        def met():
            thing = self.get(kind, name, namespace)
            if thing is None:
                raise NotYet("no such object")
            conditions = thing.get("status", {}).get("conditions", [])
            if not any(c["type"] == condition and c["status"] == "True" for c in conditions):
                raise NotYet(json.dumps(thing.get("status", {})))
            return thing
        return wait_for(met, timeout, f"{kind}/{name} to be {condition} in {self.name}", interval=0.2)

    def load(self, *images):
        self.command("load", self.name, *images, timeout=120)

    def stop(self, component, now=False):
        """Stops etcd, apiserver, controller-manager, scheduler, containerd, kubelet, proxy, or the whole node."""
        self.command("stop", self.name, component, *(["--now"] if now else []))

    def start(self, component):
        """Starts it again with the same flags and waits until it is ready."""
        self.command("start", self.name, component, timeout=120)

    def freeze(self, component):
        """Keeps the process but stops it from running: connections hang instead of being refused."""
        self.command("freeze", self.name, component)

    def thaw(self, component):
        self.command("thaw", self.name, component)

    def audit_events(self, since=0.0):
        """All writes that reached the API server since then (time.time()), oldest first, also those refused."""
        moment = datetime.datetime.fromtimestamp(since, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        events = []
        for name in glob.glob(os.path.join(self.directory, "log", "audit*.log")):
            with open(name, encoding="utf-8") as log:
                for line in log:
                    try:
                        event = json.loads(line)
                    except ValueError:  # the last line may be half written
                        continue
                    if event["requestReceivedTimestamp"] >= moment:
                        events.append(event)
        return sorted(events, key=lambda event: event["requestReceivedTimestamp"])

    def writes(self, since=0.0, agent=None, leases=False, dry_run=False, refused=False):
        """Counts successful writes as {(user agent, user, verb, resource): number}.

        agent: only user agents that begin so. An apply that changed nothing counts too, and so does a
        TokenRequest (create serviceaccounts/token). leases, dry_run, refused: count those as well.
        """
        found = collections.Counter()
        for event in self.audit_events(since):
            target = event.get("objectRef", {})
            user_agent = event.get("userAgent", "").split(" ")[0]
            if event["verb"] not in MUTATING or event["stage"] != "ResponseComplete":
                continue
            if agent and not user_agent.startswith(agent):
                continue
            if not leases and target.get("resource") == "leases":
                continue
            if not dry_run and "dryRun=All" in event["requestURI"]:
                continue
            if not refused and event.get("responseStatus", {}).get("code", 0) >= 400:
                continue
            resource = "/".join(filter(None, (target.get("resource"), target.get("subresource"))))
            found[user_agent, event["user"]["username"], event["verb"], resource] += 1
        return found

    def writes_by_agent(self, since=0.0, **options):
        """Successful writes as {user agent: number}; options as in writes()."""
        totals = collections.Counter()
        for (agent, _, _, _), number in self.writes(since, **options).items():
            totals[agent] += number
        return totals

    def collect_logs(self, name, objects=True):
        """Copies the logs of all processes and Pods to build/reports/NAME, and adds events and objects if there is time to ask."""
        destination = os.path.join(REPORTS, name, self.name)
        shutil.rmtree(destination, ignore_errors=True)
        os.makedirs(destination)
        source = run(CLUSTER, "logs", self.name, check=False).stdout.strip()
        if not os.path.isdir(source):  # it did not come up
            source = os.path.join(os.environ["PORTCULLIS_STATE"], "failed", self.name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(destination, "log"), symlinks=True, dirs_exist_ok=True)
        if self.facts and objects:
            for file, arguments in {"events.txt": ("get", "events", "-A", "--sort-by=.lastTimestamp"),
                                    "pods.yaml": ("get", "pods", "-A", "-o", "yaml"),
                                    "objects.txt": ("get", "all,secrets,configmaps", "-A")}.items():
                with open(os.path.join(destination, file), "w", encoding="utf-8") as out:
                    try:
                        out.write(self.kubectl("--request-timeout=5s", *arguments, timeout=15))
                    except CommandFailed as failure:
                        out.write(str(failure))
        print(f"logs of {self.name}: {os.path.relpath(destination)}", file=sys.stderr)


_running = set()


def _down_all():
    signal.signal(signal.SIGTERM, lambda *_: None)  # whoever asked to end may ask again: the clusters go down first
    for cluster in list(_running):
        try:
            cluster.down()
        except CommandFailed as failure:
            print(failure, file=sys.stderr)


atexit.register(_down_all)
# Ends by SIGTERM as by Ctrl-C, so that the clusters go down: unittest takes any other exception, SystemExit too, for the
# failure of one test and goes on with the next.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def _together(action, clusters):
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(clusters))) as pool:
        for done in [pool.submit(action, cluster) for cluster in clusters]:
            done.result()


def up(*clusters):
    """Starts clusters side by side."""
    _together(Cluster.up, clusters)


def down(*clusters):
    _together(Cluster.down, clusters)


class TestCase(unittest.TestCase):
    """Keeps the logs of `clusters` in build/reports/CLASS.TEST when a test fails (CLASS.setUpClass: when none could
    begin), and ends them after the class."""

    clusters = ()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        set_up = cls.setUpClass.__func__

        def set_up_or_tell(this):
            try:
                set_up(this)
            except BaseException:
                this.collect_logs("setUpClass")
                raise
        cls.setUpClass = classmethod(set_up_or_tell)

    @classmethod
    def collect_logs(cls, test, **options):
        for cluster in cls.clusters:
            cluster.collect_logs(f"{cls.__name__}.{test}", **options)

    def run(self, result=None):
        result = result or self.defaultTestResult()
        before = len(result.errors) + len(result.failures)
        try:
            super().run(result)
        except KeyboardInterrupt:
            self.collect_logs(self._testMethodName, objects=False)  # whoever interrupts waits for the end
            raise
        if len(result.errors) + len(result.failures) > before:
            self.collect_logs(self._testMethodName)
        return result

    @classmethod
    def tearDownClass(cls):
        down(*cls.clusters)
