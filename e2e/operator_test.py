#!/usr/bin/python3
"""One AdmissionDeployment end to end: operator and webhook in Pods of a runtime cluster, serving a target cluster.

CONVERGED_SECONDS (30; 600 for the figure in the docs) is how long a converged operator is watched for writes.
"""

import base64
import json
import os
import re
import time
import unittest

import drift
import harness
import product
from product import AGENT, BAD_KEY, GOOD_KEY, REFUSAL

BUDGET_SECONDS = 540
NAME = "admission-alicloud"
SPACE = "extension-admission-alicloud"
CONVERGED_SECONDS = int(os.environ.get("CONVERGED_SECONDS", "30"))


class OperatorTest(harness.TestCase):
    """The tests run in the order of their names: each leaves the resource Ready for the next."""

    @classmethod
    def setUpClass(cls):
        product.start_clusters(cls, "operator")
        product.install_operator(cls.runtime, "--min-issue-interval=5s")
        cls.runtime.apply(product.kubeconfig_secret("virtual-garden", product.read(cls.target.kubeconfig)))
        began = time.monotonic()
        cls.runtime.apply(product.alicloud(cls.runtime))
        product.wait_for_condition(cls.runtime, NAME, "Ready", "True", timeout=120)
        cls.apply_to_ready = time.monotonic() - began

    def ready(self, timeout=60):
        product.wait_for_condition(self.runtime, NAME, "Ready", "True", timeout=timeout)

    def refuses(self, cluster=None):
        cluster = cluster or self.target
        harness.wait_for(lambda: REFUSAL in product.admission_of(cluster, BAD_KEY), 20, "a bad key to be refused")
        self.assertEqual(product.admission_of(cluster, GOOD_KEY), "")

    def test_01_the_target_refuses_a_bad_key_and_takes_a_good_one(self):
        self.refuses()
        harness.report("operator", {"replicas": 2}, {
            "apply to Ready, s": round(self.apply_to_ready, 2),
            "operator RSS, MiB (max)": round(max(product.rss_mib(self.runtime, "portcullis-operator")), 1),
            "webhook RSS, MiB (max)": round(max(product.rss_mib(self.runtime, "portcullis-webhook-alicloud")), 1)})

    def test_01b_status_and_events_tell_what_there_is(self):
        resource = self.runtime.get("admissiondeployment", NAME, "garden")
        self.assertEqual(resource["status"]["observedGeneration"], resource["metadata"]["generation"])
        listed = {(i["cluster"], i["kind"], i["name"], i["uid"]) for i in resource["status"]["inventory"]}
        there = {(side, o["kind"], o["metadata"]["name"], o["metadata"]["uid"])
                 for side, cluster, kinds in (("Runtime", self.runtime, product.RUNTIME_KINDS), ("Target", self.target, product.TARGET_KINDS))
                 for kind in kinds if kind != "pods" for o in self.all_of(cluster, kind)}
        self.assertEqual(listed, there)
        events = self.runtime.get("events", namespace="garden")
        about = [e for e in events if e["involvedObject"].get("uid") == resource["metadata"]["uid"] and e["source"]["component"] == AGENT]
        self.assertTrue(about, f"no event of the operator among {[e['reason'] for e in events]}")

    def all_of(self, cluster, kind):
        return json.loads(cluster.kubectl("get", kind, "-A", "-l", f"{product.OURS}={NAME}", "-o", "json"))["items"]

    def plugin(self, *arguments):
        """kubectl portcullis, as kubectl finds it."""
        folder = os.path.join(harness.BUILD, "release", "cli")
        return harness.run(self.runtime.facts["KUBECTL"], "portcullis", *arguments, "-n", "garden", check=False, timeout=90,
                           env=dict(os.environ, KUBECONFIG=self.runtime.kubeconfig, PATH=folder + os.pathsep + os.environ["PATH"]))

    def test_01c_the_plugin_shows_both_clusters_and_finds_nothing_wrong(self):
        shown = self.plugin("status")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertRegex(shown.stdout, rf"^garden/{NAME}  Ready, since ")
        for line in ("credentials  ServiceAccountToken  Issued, issued ", f"ReplicaSet garden/{NAME}-", f"Secret {SPACE}/"):
            self.assertIn(line, shown.stdout)
        told = json.loads(self.plugin("status", NAME, "-o", "json").stdout)
        self.assertEqual([(one["namespace"], one["name"], one["status"]["observedGeneration"]) for one in told],
                         [("garden", NAME, self.runtime.get("admissiondeployment", NAME, "garden")["metadata"]["generation"])])
        well = self.plugin("doctor")
        self.assertEqual((well.returncode, well.stdout), (0, "nothing is wrong; AdmissionDeployments looked at: 1\n"), well.stderr)

    def test_02_the_crafted_kubeconfig_opens_the_target_with_its_own_rights(self):
        data = self.runtime.get("secret", f"{NAME}-kubeconfig", "garden")["data"]
        token = base64.b64decode(data["token"]).decode()
        config = json.loads(base64.b64decode(data["kubeconfig"]))
        self.assertEqual(config["clusters"][0]["cluster"]["server"], self.target.server)
        self.assertEqual(config["users"][0]["user"]["tokenFile"], "/var/run/secrets/portcullis/token")
        self.assertNotIn(token, json.dumps(config))
        server = ["--server", self.target.server, "--certificate-authority", self.target.facts["CA"], "--token", token]
        who = harness.run(self.target.facts["KUBECTL"], "--kubeconfig", "/dev/null", *server, "auth", "whoami", "-o", "json")
        self.assertEqual(json.loads(who.stdout)["status"]["userInfo"]["username"], f"system:serviceaccount:{SPACE}:{NAME}")
        can = harness.run(self.target.facts["KUBECTL"], "--kubeconfig", "/dev/null", *server, "auth", "can-i", "get", "secrets", "-A")
        self.assertEqual(can.stdout.strip(), "yes")
        cannot = harness.run(self.target.facts["KUBECTL"], "--kubeconfig", "/dev/null", *server, "auth", "can-i", "list", "secrets",
                             "-A", check=False)
        self.assertEqual(cannot.stdout.strip(), "no")

    def test_03_nothing_that_serves_has_an_owner_reference(self):
        for kind in ("replicasets", "services", "secrets", "serviceaccounts", "poddisruptionbudgets"):
            for thing in self.runtime.get(kind, namespace="garden", selector=product.OURS):
                self.assertNotIn("ownerReferences", thing["metadata"], thing["metadata"]["name"])

    def test_04_pods_satisfy_the_restricted_profile(self):
        warnings = harness.run(self.runtime.facts["KUBECTL"], "--kubeconfig", self.runtime.kubeconfig, "label", "--dry-run=server",
                               "--overwrite", "namespace", "garden", "portcullis-system",
                               "pod-security.kubernetes.io/enforce=restricted").stderr
        self.assertNotIn("violate", warnings)

    def test_05_every_owned_object_comes_back_when_deleted(self):
        for cluster, kinds in ((self.target, product.TARGET_KINDS), (self.runtime, product.RUNTIME_KINDS)):
            for kind in kinds:
                if kind in ("namespaces", "pods", "replicasets"):
                    continue
                for thing in cluster.get(f"{kind}", selector=f"{product.OURS}={NAME}", namespace=self.space_of(cluster, kind)):
                    with self.subTest(kind=kind, name=thing["metadata"]["name"]):
                        self.comes_back(cluster, kind, thing)
        self.ready()
        self.refuses()

    @staticmethod
    def space_of(cluster, kind):
        if kind.startswith("cluster") or kind.endswith("configurations"):
            return None
        return SPACE if "tg" in cluster.name else "garden"

    def comes_back(self, cluster, kind, thing):
        name, space = thing["metadata"]["name"], thing["metadata"].get("namespace")
        arguments = ["-n", space] if space else []
        cluster.kubectl("delete", kind, name, "--wait=false", *arguments)
        if kind == "secrets" and "credential-g" in name:
            return self.another_generation(thing)  # a revoked token is replaced, not resurrected
        harness.wait_for(lambda: (cluster.get(kind, name, space) or thing)["metadata"]["uid"] != thing["metadata"]["uid"],
                         30, f"{kind} {name} to be made again")

    def another_generation(self, gone):
        def replaced():
            anchors = self.target.get("secrets", namespace=SPACE, selector=product.OURS)
            return anchors and all(a["metadata"]["uid"] != gone["metadata"]["uid"] for a in anchors)
        harness.wait_for(replaced, 30, "a new generation of the credential")

    def test_06_edits_by_hand_are_undone(self):
        """Every object of the inventory, edited in several ways; how soon it is mended is read from the audit log."""
        times = {}
        for what, patch_of in (("a label changed", drift.label_changed), ("a label removed", drift.label_removed),
                               ("annotations removed", drift.annotations_removed), ("content changed", drift.content_changed)):
            with self.subTest(what):
                times |= {f"{what}: {name}": seconds for name, seconds in self.edit_and_wait(patch_of).items()}
        for kind in ("ReplicaSet", "Service", "PodDisruptionBudget", "Secret", "ServiceAccount", "Namespace", "ClusterRole", "ClusterRoleBinding",
                     "ValidatingWebhookConfiguration"):
            self.assertTrue([name for name in times if f" {kind} " in name], f"no {kind} was edited")
        ordered = sorted(times.values())
        harness.report("drift", {"objects": len(self.inventory())}, {
            "edits": len(ordered), "median, s": ordered[len(ordered) // 2], "p99, s": ordered[int(len(ordered) * 0.99)],
            "slowest": max(times, key=times.get)})
        self.ready()
        self.refuses()

    def test_06a_what_others_add_is_left_alone(self):
        since = time.time()
        before = self.inventory()
        for thing in before:
            thing.patch({"metadata": {"labels": {"example.org/theirs": "x"}, "annotations": {"example.org/theirs": "x"},
                                      "finalizers": [*thing.document["metadata"].get("finalizers", []), "example.org/holds"]}})
        self.looked_again()
        after = {thing.name: thing.document["metadata"] for thing in self.inventory()}
        for thing in before:
            with self.subTest(thing.name):
                seen = after[thing.name]
                self.assertEqual((seen["labels"].get("example.org/theirs"), seen["annotations"].get("example.org/theirs")), ("x", "x"))
                self.assertIn("example.org/holds", seen["finalizers"])
                thing.patch({"metadata": {"labels": {"example.org/theirs": None}, "annotations": {"example.org/theirs": None},
                                          "finalizers": thing.document["metadata"].get("finalizers")}})
        self.assertEqual({c.name: dict(c.writes(since, agent=AGENT)) for c in self.clusters}, {c.name: {} for c in self.clusters})

    def inventory(self):
        """What status.inventory lists, as it is in the clusters."""
        entries = self.runtime.get("admissiondeployment", NAME, "garden")["status"]["inventory"]
        found = []
        for side, cluster in (("Runtime", self.runtime), ("Target", self.target)):
            found += drift.read(cluster, [entry for entry in entries if entry["cluster"] == side])
        self.assertEqual(len(found), len(entries))
        return found

    def edit_and_wait(self, patch_of):
        """Edits all of the inventory by `patch_of`; seconds until the operator has mended each."""
        before = self.inventory()
        since = time.time()
        edited = [(thing, patch) for thing in before if (patch := patch_of(thing.document))]
        for thing, patch in edited:
            thing.patch(patch)

        def mended():
            now = {thing.name: thing.document for thing in self.inventory()}
            left = [thing.name for thing, patch in edited if thing.name not in now or drift.shows(now[thing.name], patch, thing.document)]
            if left:
                raise harness.NotYet(f"not as before: {left}")
            return True
        harness.wait_for(mended, 30, "the edits to be undone", interval=0.3)
        return drift.seconds_to_mend(self.clusters, [thing for thing, _ in edited], since)

    def looked_again(self):
        """Until the operator has looked at the resource once more, for a Secret that it watches."""
        before = self.reconciles()
        self.runtime.kubectl("-n", "garden", "annotate", "--overwrite", "secret", "virtual-garden", f"example.org/touched=time-{time.time_ns()}")
        harness.wait_for(lambda: self.reconciles() > before, 30, "the operator to look at the resource again")

    def test_06b_rights_in_the_runtime_cluster_that_the_operator_does_not_have(self):
        """Are not given away, and said; they are with `escalate` and `bind` on that one name, as charts/plain/operator.yaml shows."""
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
        resource = product.alicloud(self.runtime)
        resource["spec"]["workload"]["runtimeRules"] = rules
        self.runtime.apply(resource)
        product.wait_for_condition(self.runtime, NAME, "Ready", "False", text=f"Role garden/{NAME}", timeout=30)
        self.refuses()
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "escalates", "namespace": "garden"},
                "rules": [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "resourceNames": [NAME],
                           "verbs": ["escalate", "bind"]}]}
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": role["metadata"],
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "escalates"},
                   "subjects": [{"kind": "ServiceAccount", "name": "portcullis-operator", "namespace": "portcullis-system"}]}
        self.runtime.apply(role)
        self.runtime.apply(binding)
        self.ready()
        self.assertEqual(self.runtime.get("role", NAME, "garden")["rules"], rules)

    def test_07_a_changed_template_rolls_without_a_failed_admission(self):
        before = {s["metadata"]["name"] for s in self.runtime.get("replicasets", namespace="garden", selector=product.OURS)}
        resource = product.alicloud(self.runtime)
        resource["spec"]["workload"]["podTemplate"] = {"annotations": {"example.org/rolled": "once"}}
        self.runtime.apply(resource)

        def rolled():
            sets = self.runtime.get("replicasets", namespace="garden", selector=product.OURS)
            new = [s for s in sets if s["metadata"]["name"] not in before]
            # Until the last old Pod has drained and is gone.
            pods = self.runtime.get("pods", namespace="garden", selector=f"{product.OURS}={NAME}")
            old = [p["metadata"]["name"] for p in pods if p["metadata"]["ownerReferences"][0]["name"] in before]
            if old:
                raise harness.NotYet(f"still there: {old}")
            return new and new[0].get("status", {}).get("readyReplicas") == 2
        with product.Askers(self.target, 4) as askers:
            harness.wait_for(rolled, 180, "the new revision to replace the old one")
        self.assertGreater(askers.asked, 100)
        self.assertEqual(askers.failed, [], f"{len(askers.failed)} of {askers.asked} admissions failed")
        self.ready()

    def test_08_a_converged_operator_writes_nothing(self):
        self.ready()
        harness.wait_for(lambda: not any(c.writes(time.time() - 5, agent=AGENT) for c in self.clusters), 60, "five seconds without a write")
        since = time.time()
        # Looked at again though nothing has changed: at once for a Secret that it watches, and each minute by itself.
        for _ in range(3):
            self.looked_again()
        time.sleep(max(0.0, since + CONVERGED_SECONDS - time.time()))
        counts = {c.name: dict(c.writes(since, agent=AGENT, dry_run=True, refused=True)) for c in self.clusters}
        leases = sum(self.runtime.writes(since, agent=AGENT, leases=True).values())
        harness.report("converged", {"seconds": CONVERGED_SECONDS}, {
            "writes in the runtime cluster": sum(counts[self.runtime.name].values()),
            "writes in the target cluster": sum(counts[self.target.name].values()), "lease renewals": leases})
        self.assertGreater(leases, 0, "the oracle sees nothing at all")
        self.assertEqual(counts, {c.name: {} for c in self.clusters})

    def test_09_a_restart_writes_nothing(self):
        old = {p["metadata"]["uid"] for p in self.runtime.get("pods", namespace="portcullis-system")}
        since = time.time()
        self.runtime.kubectl("-n", "portcullis-system", "delete", "pods", "--all", "--wait=true", timeout=90)
        names = lambda: {p["metadata"]["name"] for p in self.runtime.get("pods", namespace="portcullis-system")
                         if p["metadata"]["uid"] not in old}
        harness.wait_for(lambda: self.leader() in names(), 40, "a new leader")
        leader = self.leader()
        reconciled = lambda: re.search(r'^portcullis_reconcile_total\{.*result="(success|requeue)"\} [1-9]', self.metrics(leader), re.M)
        harness.wait_for(reconciled, 30, "the new leader to have reconciled")
        for name in ("kube_requests_total", "kube_request_duration_seconds", "reconcile_duration_seconds", "workqueue_depth",
                     "workqueue_adds_total", "workqueue_queue_duration_seconds", "workqueue_longest_running_seconds",
                     "reflector_synced", "reflector_events_total", "leader", "lease_writes_total", "lease_transitions_total"):
            self.assertIn(f"# TYPE portcullis_{name} ", self.metrics(leader))
        counts = {c.name: dict(c.writes(since, agent=AGENT)) for c in self.clusters}
        self.assertEqual(counts, {c.name: {} for c in self.clusters})
        self.assertTrue(self.target.writes(0, agent=AGENT), "the oracle sees nothing of the target at all")

    def leader(self):
        """The Pod that holds the lease."""
        return self.runtime.get("lease", "portcullis-operator", "portcullis-system")["spec"].get("holderIdentity")

    def reconciles(self):
        return product.total_in(self.metrics(self.leader()), "reconcile_total")

    def metrics(self, pod):
        return self.runtime.kubectl("get", "--raw", f"/api/v1/namespaces/portcullis-system/pods/{pod}:8080/proxy/metrics")

    def test_10_an_outage_of_the_target_shows_and_heals(self):
        self.addCleanup(self.target.start, "apiserver")
        self.target.stop("apiserver", now=True)
        product.wait_for_condition(self.runtime, NAME, "TargetReachable", "False", text="target cluster", timeout=90)
        product.wait_for_condition(self.runtime, NAME, "Ready", "False", timeout=20)
        ill = self.plugin("doctor", NAME)
        self.assertEqual(ill.returncode, 1, ill.stderr)
        self.assertIn(f"garden/{NAME}: TargetReachable, Unreachable: ", ill.stdout)
        self.assertEqual(len(product.pods_of(self.runtime)), 2, "replicas must go on serving")
        self.target.start("apiserver")
        self.ready(90)
        self.refuses()

    def test_11_an_outage_of_the_runtime_cluster_heals_and_admission_goes_on(self):
        self.addCleanup(self.runtime.start, "apiserver")
        operators = [pod["status"]["podIP"] for pod in self.runtime.get("pods", namespace="portcullis-system")]
        self.assertEqual(len(operators), 2)
        self.runtime.stop("apiserver", now=True)
        # For longer than a lease lives.
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.refuses()
            time.sleep(1)
        # Where no status can be written, the operator's own readiness says it.
        for address in operators:
            harness.wait_for(lambda: self.names_the_runtime_cluster(address), 40, f"the operator {address} to tell of the outage")
        self.runtime.start("apiserver")
        harness.wait_for(lambda: self.runtime.kubectl("get", "--raw", "/readyz"), 60, "the runtime API server")
        # Not the Service: another ClusterIP needs another certificate, and a kubelet that has just backed off delivers it late.
        budget = self.runtime.get("poddisruptionbudgets", namespace="garden", selector=product.OURS)[0]["metadata"]["name"]
        self.runtime.kubectl("-n", "garden", "delete", "poddisruptionbudget", budget)
        harness.wait_for(lambda: self.runtime.get("poddisruptionbudget", budget, "garden"), 90, "the operator to work again")
        self.ready(90)
        self.refuses()

    @staticmethod
    def names_the_runtime_cluster(address):
        status, text = product.answer(f"http://{address}:8080/readyz")
        if status != 503 or not re.match(r"(the )?runtime cluster\b.*: .", text):
            raise harness.NotYet(f"{status} {text}")
        return True

    def test_12_in_cluster(self):
        """A second resource whose target is the runtime cluster itself."""
        resource = product.alicloud(self.runtime, name="in-cluster", target={"type": "Runtime"}, credentials={"type": "InCluster"})
        resource["spec"]["webhooks"]["clientConfig"] = {"type": "Service"}
        resource["spec"]["webhooks"]["validating"][0]["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": "default"}}
        # The operator may give no right that it has not: what the webhook may read here is granted to the operator too.
        name = "portcullis-in-cluster"
        resource["spec"]["permissions"] = {"type": "Inline", "clusterRoleName": name,
                                           "clusterRules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
        self.runtime.apply(in_cluster_rights(name))
        self.runtime.apply(resource)
        product.wait_for_condition(self.runtime, "in-cluster", "Ready", "True", timeout=90)
        self.refuses(self.runtime)
        pod = product.pods_of(self.runtime, "in-cluster")[0]
        self.assertTrue(any("serviceAccountToken" in s for v in pod["spec"]["volumes"] for s in v.get("projected", {}).get("sources", [])),
                        "an automounted, projected token")
        product.wait_for_condition(self.runtime, "in-cluster", "CredentialsReady", "True", "InCluster", "renewed by the kubelet", timeout=10)
        self.runtime.kubectl("-n", "garden", "delete", "admissiondeployment", "in-cluster", "--timeout=120s", timeout=130)
        self.assertEqual([n for n in product.left_over(self.runtime, (*product.RUNTIME_KINDS, "clusterroles", "clusterrolebindings",
                          "validatingwebhookconfigurations")) if "in-cluster" in n], [])
        self.ready()

    def projected(self, **token):
        """Another resource whose target is the runtime cluster, with a token of the kubelet's and a kubeconfig of ours."""
        resource = product.alicloud(self.runtime, name="projected", target={"type": "Runtime"},
                                    credentials={"type": "ProjectedToken", "projectedToken": token})
        resource["spec"]["webhooks"]["clientConfig"] = {"type": "Service"}
        resource["spec"]["webhooks"]["validating"][0]["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": "default"}}
        resource["spec"]["permissions"] = {"type": "Inline", "clusterRoleName": "portcullis-in-cluster",
                                           "clusterRules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}
        return resource

    def test_12b_projected_token(self):
        """The kubelet's files open the target with the rights that the resource gives, and no others."""
        self.runtime.apply(in_cluster_rights("portcullis-in-cluster"))
        self.runtime.apply(self.projected(expirationSeconds=600))
        product.wait_for_condition(self.runtime, "projected", "Ready", "True", timeout=90)
        self.refuses(self.runtime)
        files = product.credential_files(product.pods_of(self.runtime, "projected")[0])
        server = json.loads(files["kubeconfig"])["clusters"][0]["cluster"]["server"]
        self.assertNotIn(files["token"], files["kubeconfig"])
        claims = product.claims_of(files["token"])
        self.assertEqual(claims["exp"] - claims["iat"], 600)
        self.assertEqual(claims["sub"], "system:serviceaccount:garden:projected")

        def can(verb):
            return harness.run(self.runtime.facts["KUBECTL"], "--kubeconfig", "/dev/null", "--server", self.runtime.server,
                               "--certificate-authority", self.runtime.facts["CA"], "--token", files["token"],
                               "auth", "can-i", verb, "secrets", "-A", check=False).stdout.strip()
        self.assertEqual((can("get"), can("list")), ("yes", "no"), server)
        product.wait_for_condition(self.runtime, "projected", "CredentialsReady", "True", reason="Projected")
        self.runtime.kubectl("-n", "garden", "delete", "secret", "projected-access")
        harness.wait_for(lambda: self.runtime.get("secret", "projected-access", "garden"), 30, "the kubeconfig to be made again")
        self.runtime.kubectl("-n", "garden", "delete", "admissiondeployment", "projected", "--timeout=120s", timeout=130)
        self.assertIsNone(self.runtime.get("secret", "projected-access", "garden"))
        self.ready()

    def test_12c_a_rotation_that_a_person_asks_for(self):
        """The new token is delivered and taken, and the old one is refused by the target after the overlap."""
        resource = self.runtime.get("admissiondeployment", NAME, "garden")
        rotation = {"overlap": "5s"}
        self.runtime.kubectl("-n", "garden", "patch", "admissiondeployment", NAME, "--type=merge", "-p",
                             json.dumps({"spec": {"credentials": {"rotation": rotation}}}))
        old = self.token()
        asked = time.monotonic()
        self.runtime.kubectl("-n", "garden", "annotate", "admissiondeployment", NAME, "admission.portcullis.dev/rotate=credentials:once")
        harness.wait_for(lambda: self.token() != old, 30, "another token")
        delivered = time.monotonic() - asked
        new = self.token()
        pod = product.pods_of(self.runtime)[0]
        harness.wait_for(lambda: product.credential_files(pod)["token"] == new, 30, "the token in the Pod's files")
        in_pod = time.monotonic() - asked
        self.assertTrue(self.takes(new))
        harness.wait_for(lambda: not self.takes(old), 60, "the old token to be refused")
        self.assertTrue(self.takes(new))
        harness.report("rotation", {"overlap, s": 5}, {"asked to delivered, s": round(delivered, 2), "asked to the Pod's file, s": round(in_pod, 2),
                                                       "asked to the old one refused, s": round(time.monotonic() - asked, 2)})
        self.assertEqual(resource["status"]["credentials"]["generation"] + 1,
                         self.runtime.get("admissiondeployment", NAME, "garden")["status"]["credentials"]["generation"])
        self.ready()

    def test_12d_a_rotation_by_the_plugin(self):
        old = self.token()
        done = self.plugin("rotate", NAME)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, rf"^garden/{NAME}: generation \d+ is delivered, it ends in ")
        self.assertNotEqual(self.token(), old)
        self.ready()

    def token(self):
        return base64.b64decode(self.runtime.get("secret", f"{NAME}-kubeconfig", "garden")["data"]["token"]).decode()

    def takes(self, token):
        done = harness.run(self.target.facts["KUBECTL"], "--kubeconfig", "/dev/null", "--server", self.target.server,
                           "--certificate-authority", self.target.facts["CA"], "--token", token, "auth", "whoami", check=False)
        self.assertTrue(done.returncode == 0 or "Unauthorized" in done.stderr, done.stderr)
        return done.returncode == 0

    def test_13_deletion_waits_for_an_unreachable_target_and_keeps_serving(self):
        self.addCleanup(self.target.start, "apiserver")
        self.target.stop("apiserver", now=True)
        product.wait_for_condition(self.runtime, NAME, "TargetReachable", "False", timeout=90)
        self.runtime.kubectl("-n", "garden", "delete", "admissiondeployment", NAME, "--wait=false")
        product.wait_for_condition(self.runtime, NAME, "Ready", "False", reason="DeletionBlocked", timeout=60)
        self.assertEqual(len(product.pods_of(self.runtime)), 2)
        self.target.start("apiserver")
        harness.wait_for(lambda: self.runtime.get("admissiondeployment", NAME, "garden") is None, 180, "the resource to be gone")

    def test_14_nothing_is_left_in_either_cluster(self):
        self.assertEqual(product.left_over(self.runtime, product.RUNTIME_KINDS), [])
        harness.wait_for(lambda: not product.left_over(self.target, product.TARGET_KINDS), 30, "the target to be clean")
        harness.wait_for(lambda: self.target.get("namespace", SPACE) is None, 30, "the target namespace to be gone")
        self.assertEqual(product.admission_of(self.target, BAD_KEY), "")
        self.assertNotIn("finalizers", self.runtime.get("secret", "virtual-garden", "garden")["metadata"], "nobody names it any more")


def in_cluster_rights(name):
    """What the operator needs in the runtime cluster for a resource with target Runtime."""
    rules = [{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles", "clusterrolebindings"], "resourceNames": [name],
              "verbs": ["get", "create", "patch", "delete", "escalate", "bind"]},
             {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles", "clusterrolebindings", "roles", "rolebindings"],
              "verbs": ["list", "watch"]},
             {"apiGroups": ["admissionregistration.k8s.io"],
              "resources": ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
              "verbs": ["get", "list", "watch", "create", "patch", "delete"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "portcullis-operator-in-cluster"}, "rules": rules}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "portcullis-operator-in-cluster"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "portcullis-operator-in-cluster"},
               "subjects": [{"kind": "ServiceAccount", "name": "portcullis-operator", "namespace": "portcullis-system"}]}
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": [role, binding]}) + "\n"


if __name__ == "__main__":
    unittest.main()
