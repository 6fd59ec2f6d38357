#!/usr/bin/python3
"""Leader election on real clusters: replicas that are killed, stopped and asked to end; the audit logs say who wrote when.

The replicas run as processes on the host, and objects of theirs are deleted all the time, so that a leader always has something to write.
"""

import signal
import threading
import time
import unittest

import harness
import product

BUDGET_SECONDS = 120
NAME = "admission-alicloud"


class Disturbance:
    """Deletes an object of ours in each cluster again and again."""

    def __init__(self, runtime, target):
        self.over = threading.Event()
        self.failures = []
        self.threads = [threading.Thread(target=self.delete, args=arguments, daemon=True)
                        for arguments in ((runtime, "service", "-n", "garden"), (target, "clusterrole"))]

    def delete(self, cluster, *what):
        try:
            while not self.over.wait(0.3):
                cluster.kubectl("delete", *what, "-l", f"{product.OURS}={NAME}", "--wait=false", check=False)
        except harness.CommandFailed as failure:  # no answer in time
            self.failures.append(failure)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        harness.join(self.threads, 70)
        if self.failures:
            raise AssertionError("the disturbance ended by itself") from self.failures[0]


class LeadershipTest(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        product.start_clusters(cls, "lead", node=False)
        product.install_crd(cls.runtime)
        cls.runtime.kubectl("create", "namespace", "garden")
        cls.runtime.apply(product.kubeconfig_secret("virtual-garden", product.read(cls.target.kubeconfig)))
        cls.runtime.apply(product.alicloud(cls.runtime))
        cls.replicas = {}
        cls.addClassCleanup(cls.end_all)
        cls.began = time.time()
        cls.start("a")
        harness.wait_for(lambda: cls.holder() == "a", 60, "a to lead")
        harness.wait_for(lambda: cls.runtime.get("service", NAME, "garden"), 60, "a to work")
        cls.start("b")
        harness.wait_for(lambda: cls.replicas["b"].answer("/readyz")[0] == 200, 60, "b to be ready")
        cls.figures = {}

    @classmethod
    def start(cls, identity):
        cls.replicas[identity] = product.HostOperator(cls.runtime, identity)

    @classmethod
    def end_all(cls):
        for replica in cls.replicas.values():
            replica.kill()

    @classmethod
    def holder(cls):
        lease = cls.runtime.get("lease", "portcullis-operator", "default") or {"spec": {}}
        return lease["spec"].get("holderIdentity")

    def writes(self):
        """Accepted writes of the replicas in both clusters, in the order in which they came: (time, identity, what)."""
        found = []
        for cluster in self.clusters:
            for event in cluster.audit_events(self.began):
                accepted = event["stage"] == "ResponseComplete" and event.get("responseStatus", {}).get("code", 0) < 400
                ours = event.get("userAgent", "").startswith(product.AGENT + " (")
                what = event.get("objectRef", {}).get("resource")
                if accepted and ours and event["verb"] in harness.MUTATING and what != "leases" and "dryRun=All" not in event["requestURI"]:
                    identity = event["userAgent"].split("(")[1].rstrip(")")
                    found.append((event["requestReceivedTimestamp"], identity, f"{event['verb']} {cluster.name} {event['requestURI']}"))
        return sorted(found)

    def check_that_one_wrote_at_a_time(self):
        """Whoever has written after another leads for good: the other one does not come back."""
        seen = []
        for moment, identity, what in self.writes():
            if seen[-1:] != [identity]:
                self.assertNotIn(identity, seen, f"{identity} wrote again after {seen[-1:]} at {moment}: {what}")
                seen.append(identity)
        return seen

    def fail_over(self, old, new, end):
        """Ends the leader `old` by `end` while there is work; seconds until `new` leads and until it has written."""
        self.assertEqual(self.holder(), old)
        with Disturbance(self.runtime, self.target):
            harness.wait_for(lambda: [w for w in self.writes() if w[1] == old], 20, f"{old} to write")
            moment = time.monotonic()
            end(self.replicas[old])
            harness.wait_for(lambda: self.holder() == new, 60, f"{new} to lead", interval=0.05)
            leads = time.monotonic() - moment
            harness.wait_for(lambda: [w for w in self.writes() if w[1] == new], 30, f"{new} to write")
        return round(leads, 1)

    def test_01_a_leader_that_is_killed(self):
        def kill(replica):
            replica.process.send_signal(signal.SIGKILL)
            replica.wait_for_end(20)
        self.figures["kill -9 to the next leader, s"] = self.fail_over("a", "b", kill)
        self.assertEqual(self.check_that_one_wrote_at_a_time(), ["a", "b"])

    def test_02_a_leader_that_is_stopped_for_20_seconds(self):
        self.start("c")
        harness.wait_for(lambda: self.replicas["c"].answer("/readyz")[0] == 200, 60, "c to be ready")
        stopped = []

        def stop(replica):
            replica.process.send_signal(signal.SIGSTOP)
            stopped.append(time.monotonic())
        self.figures["SIGSTOP to the next leader, s"] = self.fail_over("b", "c", stop)
        old = self.replicas["b"]
        with Disturbance(self.runtime, self.target):
            time.sleep(max(0.0, stopped[0] + 20 - time.monotonic()))
            old.process.send_signal(signal.SIGCONT)
            self.assertEqual(old.wait_for_end(40), 1, "whoever has lost the lease ends")
        self.assertEqual(self.holder(), "c")
        self.assertEqual(self.check_that_one_wrote_at_a_time(), ["a", "b", "c"])

    def test_03_a_leader_that_is_asked_to_end(self):
        self.start("d")
        harness.wait_for(lambda: self.replicas["d"].answer("/readyz")[0] == 200, 60, "d to be ready")
        self.figures["SIGTERM to the next leader, s"] = self.fail_over("c", "d", lambda r: r.process.send_signal(signal.SIGTERM))
        self.assertEqual(self.replicas["c"].wait_for_end(40), 0)
        self.assertEqual(self.check_that_one_wrote_at_a_time(), ["a", "b", "c", "d"])
        harness.report("leadership", {"lease, s": 15, "renew deadline, s": 10, "retry, s": 2}, self.figures)


if __name__ == "__main__":
    unittest.main()
