#!/usr/bin/python3
"""The charts on real clusters: from plain manifests to helm, upgrade, helm test, the situations that run, diff, uninstall.

Needs python3-yaml.
"""

import glob
import json
import os
import re
import shutil
import tempfile
import time
import unittest

import yaml

import harness
import product

BUDGET_SECONDS = 240
NEEDS = ("chart-tools",)
CHARTS = harness.repository_path("charts")
OPERATOR, ALICLOUD = os.path.join(CHARTS, "portcullis"), os.path.join(CHARTS, "admission-alicloud")
SYSTEM, NAME = "portcullis-system", "gardener-extension-admission-alicloud"
CRD = "admissiondeployments.admission.portcullis.dev"
OPERATOR_VALUES = ("--set", "namespaces={garden,admission}", "--set", f"runtimeTargets={{{NAME}}}")
MONITORING = "monitoring.coreos.com"


def monitoring_crd(kind):
    """Stands in for one of the Prometheus operator's, which are not ours to install."""
    plural = kind.lower() + "s"
    version = {"name": "v1", "served": True, "storage": True,
               "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{MONITORING}"},
            "spec": {"group": MONITORING, "scope": "Namespaced", "versions": [version],
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"}}}


MONITORING_CRDS = [monitoring_crd(kind) for kind in ("ServiceMonitor", "PodMonitor", "PrometheusRule")]
# What lives shorter than a test, or belongs to the cluster.
PASSING = ("events", "pods", "apiservices", "ipaddresses", "endpointslices", "endpoints", "replicasets", "leases", "componentstatuses", "bindings")


def previous_version(folder):
    """The chart as it could have been once: another version, and a definition without one of today's fields."""
    chart = os.path.join(folder, "portcullis")
    shutil.copytree(OPERATOR, chart)
    for file, pattern, text in ((os.path.join(chart, "Chart.yaml"), r"(?m)^version: .*$", "version: 0.0.1"),
                                (os.path.join(chart, "files", "crds", f"{CRD.split('.', 1)[1]}_{CRD.split('.', 1)[0]}.yaml"),
                                 r"(?m)^              forceAfter:\n(^               .*\n)+", "")):
        with open(file, encoding="utf-8") as read:
            new, count = re.subn(pattern, text, read.read())
        assert count == 1, f"{pattern} is not once in {file}"
        with open(file, "w", encoding="utf-8") as out:
            out.write(new)
    return chart


def blocks(page, heading):
    """The fenced blocks below this heading of a page of docs/."""
    with open(harness.repository_path("docs", page), encoding="utf-8") as file:
        section = re.search(rf"(?ms)^#+ {heading}$(.*?)(?=^##+ |\Z)", file.read()).group(1)
    return re.findall(r"(?ms)^```\w*\n(.*?)^```$", section)


class ChartsTest(harness.TestCase):
    """The tests run in the order of their names: each leaves what the next needs."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        tools = harness.run(harness.repository_path("hack", "chart-tools", "build"), timeout=600).stdout.strip()
        cls.helm_program, cls.kstatus_program = os.path.join(tools, "helm"), os.path.join(tools, "kstatus")
        programs = harness.run(harness.repository_path("hack", "kubernetes", "build"), timeout=600).stdout.strip()
        kubectl = os.path.join(cls.folder, "kubectl.tar")
        harness.run(harness.IMAGE, "--name", "registry.k8s.io/kubectl:v1.34.4", "--entrypoint", "/kubectl", os.path.join(programs, "kubectl"), kubectl)
        product.start_clusters(cls, "charts", kubectl)
        for name in ("garden", "admission"):
            cls.runtime.kubectl("create", "namespace", name)
        cls.target.kubectl("create", "namespace", "garden")  # a garden has it
        cls.before = cls.everything()

    @classmethod
    def everything(cls):
        """Names of all objects of the runtime cluster that somebody made."""
        kinds = [k for k in cls.runtime.kubectl("api-resources", "--verbs=list", "-o", "name").split() if k.split(".")[0] not in PASSING]
        listed = cls.runtime.kubectl("get", ",".join(kinds), "-A", "-o",
                                     "jsonpath={range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{'\\n'}{end}", timeout=120)
        return {line for line in listed.splitlines() if " kube-system " not in line}

    def helm(self, *arguments, timeout=120):
        environment = dict(os.environ, NO_PROXY="*", KUBECONFIG=self.runtime.kubeconfig,
                           **{f"HELM_{what}_HOME": self.folder for what in ("CACHE", "CONFIG", "DATA")})
        return harness.run(self.helm_program, *arguments, timeout=timeout, env=environment).stdout

    def shell(self, text, timeout=200):
        """Runs what a page tells a reader to type."""
        environment = dict(os.environ, NO_PROXY="*", KUBECONFIG=self.runtime.kubeconfig,
                           PATH=os.pathsep.join((os.path.dirname(self.helm_program), os.path.dirname(self.runtime.facts["KUBECTL"]), os.environ["PATH"])),
                           **{f"HELM_{what}_HOME": self.folder for what in ("CACHE", "CONFIG", "DATA")})
        return harness.run("bash", "-euxo", "pipefail", "-c", text, timeout=timeout, env=environment, cwd=harness.REPOSITORY).stdout

    def kubectl_for(self, *arguments, stdin=None):
        """kubectl, and what it ended with."""
        return harness.run(self.runtime.facts["KUBECTL"], "--kubeconfig", self.runtime.kubeconfig, *arguments, stdin=stdin, check=False,
                           env=dict(os.environ, NO_PROXY="*", KUBECTL_EXTERNAL_DIFF="diff -u -N"))

    def assert_no_difference(self, *arguments, stdin=None):
        done = self.kubectl_for("diff", *arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stdout[:3000]), (0, ""), done.stderr)

    def kstatus(self, thing):
        return harness.run(self.kstatus_program, stdin=json.dumps(thing)).stdout.split(":")[0]

    def ready(self, namespace="garden", credentials=None, timeout=90):
        def met():
            resource = self.runtime.get("admissiondeployment", NAME, namespace)
            conditions = {c["type"]: c for c in resource.get("status", {}).get("conditions", [])}
            generation = resource.get("status", {}).get("observedGeneration") == resource["metadata"]["generation"]
            kind = resource.get("status", {}).get("credentials", {}).get("type")
            if not generation or conditions.get("Ready", {}).get("status") != "True" or credentials not in (None, kind):
                raise harness.NotYet(json.dumps(resource.get("status"), indent=1))
            return resource
        return harness.wait_for(met, timeout, f"{namespace}/{NAME} to be Ready", 0.3)

    def refuses(self, cluster):
        harness.wait_for(lambda: product.REFUSAL in product.admission_of(cluster, product.BAD_KEY), 20, "a bad key to be refused")
        self.assertEqual(product.admission_of(cluster, product.GOOD_KEY), "")

    def test_1_plain_manifests_by_kustomize(self):
        plain = os.path.join(CHARTS, "plain")
        self.runtime.kubectl("apply", "-k", plain)
        self.runtime.kubectl("-n", SYSTEM, "rollout", "status", "deployment/portcullis-operator", "--timeout=90s", timeout=100)
        self.assert_no_difference("-k", plain)
        self.overlay()

    def overlay(self):
        """That of docs/install.md, for another namespace."""
        with open(os.path.join(CHARTS, "plain", "operator.yaml"), encoding="utf-8") as file:
            binding = [thing for thing in yaml.safe_load_all(file) if thing["kind"] == "RoleBinding" and thing["metadata"]["namespace"] == "garden"][0]
        binding["metadata"]["namespace"] = "admission"
        folder = os.path.join(self.folder, "overlay")
        os.makedirs(folder)
        text = blocks("install.md", "Kustomize")[0].replace("../charts/plain", os.path.relpath(os.path.join(CHARTS, "plain"), os.path.realpath(folder)))
        for name, content in (("kustomization.yaml", text), ("admission.yaml", json.dumps(binding))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        self.runtime.kubectl("apply", "-k", folder, "--dry-run=server")
        deployment = [thing for thing in yaml.safe_load_all(self.runtime.kubectl("kustomize", folder)) if thing["kind"] == "Deployment"][0]
        self.assertIn("--namespace=admission", deployment["spec"]["template"]["spec"]["containers"][0]["args"])

    def test_2_helm_takes_over_what_was_applied(self):
        old = previous_version(self.folder)
        self.helm("install", "portcullis", old, "-n", SYSTEM, *OPERATOR_VALUES, "--take-ownership", "--wait", "--timeout=90s")
        fields = self.runtime.get("crd", CRD)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        self.assertNotIn("forceAfter", fields)
        self.helm("test", "portcullis", "-n", SYSTEM, "--timeout=90s")

    def test_3_service_account_in_another_cluster(self):
        names = (NAME, "admission-alicloud")  # the second one's release comes later
        access = product.least_access(self.target, "garden", gardener_extension_admission_alicloud=names, admission_alicloud=names)
        self.runtime.apply(product.kubeconfig_secret("virtual-garden", access))
        self.helm("install", "alicloud", ALICLOUD, "-n", "garden", "-f", os.path.join(ALICLOUD, "testdata", "3-service-account", "values.yaml"),
                  "--set", "target.webhookHost=ClusterIP")
        self.assertEqual(self.kstatus(self.ready(credentials="ServiceAccountToken")), "Current")
        self.refuses(self.target)
        for kind in ("clusterrole", "validatingwebhookconfiguration", "mutatingwebhookconfiguration"):
            self.assertIsNotNone(self.target.get(kind, NAME), kind)
        self.assertIsNotNone(self.target.get("serviceaccount", NAME, "garden"))

    def test_4_an_upgrade_upgrades_the_definition_and_refuses_nobody(self):
        sets = lambda: {s["metadata"]["uid"] for s in self.runtime.get("replicasets", namespace="garden")}
        before = sets()
        with product.Askers(self.target, 2) as askers:
            self.helm("upgrade", "portcullis", OPERATOR, "-n", SYSTEM, *OPERATOR_VALUES, "--set", "workers=4", "--wait", "--timeout=90s")
            self.helm("test", "portcullis", "-n", SYSTEM, "--timeout=90s")
        self.assertGreater(askers.asked, 50)
        self.assertEqual(askers.failed, [])
        fields = self.runtime.get("crd", CRD)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        self.assertIn("forceAfter", fields)
        self.ready()
        self.assertEqual(sets(), before)

    def test_5_nothing_differs_from_what_was_applied(self):
        """Neither for who applies on the client, nor for who does it on the server, as GitOps tools do."""
        server = ("--server-side", "--field-manager=kustomize-controller", "--force-conflicts", "-f", "-")
        for release, space in (("portcullis", SYSTEM), ("alicloud", "garden")):
            manifest = self.helm("get", "manifest", release, "-n", space)
            self.assert_no_difference("-f", "-", stdin=manifest)
            self.runtime.kubectl("apply", *server, stdin=manifest)
            self.ready()
            self.assert_no_difference(*server, stdin=manifest)

    def test_5b_break_glass_as_the_page_says(self):
        withdraw, back = (text.replace("TARGET", self.target.kubeconfig).replace("admission-alicloud", NAME) for text in blocks("operations.md", "Break-glass"))
        self.shell(withdraw)
        harness.wait_for(lambda: product.admission_of(self.target, product.BAD_KEY) == "", 20, "nothing to be judged")
        # It is looked at once more, and stays.
        self.runtime.kubectl("-n", "garden", "annotate", "--overwrite", "secret", "virtual-garden", "example.org/touched=now")
        time.sleep(3)
        self.assertEqual(product.admission_of(self.target, product.BAD_KEY), "")
        self.shell(back)
        self.ready()
        self.refuses(self.target)

    def test_6_a_server_takes_everything_that_the_charts_render(self):
        for crd in MONITORING_CRDS:
            self.runtime.apply(crd)
            self.runtime.wait_condition("crd", crd["metadata"]["name"], "Established", timeout=30)
        # Under a name that nobody has: a changed target.type would be refused as a change.
        for folder in sorted(glob.glob(os.path.join(ALICLOUD, "testdata", "*", ""))):
            with self.subTest(os.path.basename(folder[:-1])):
                text = self.helm("template", "case", ALICLOUD, "-n", "garden", "-f", os.path.join(folder, "values.yaml"), "--set", "nameOverride=case")
                self.runtime.kubectl("apply", "--dry-run=server", "-f", "-", stdin=text)
                for thing in yaml.safe_load_all(text):
                    if thing and thing["kind"] == "ConfigMap":
                        self.target.kubectl("apply", "--dry-run=server", "-f", "-", stdin=thing["data"]["objects.yaml"])
        notes = self.helm("install", "case", ALICLOUD, "-n", "garden", "--dry-run=server", "--set", "nameOverride=case",
                          "-f", os.path.join(ALICLOUD, "testdata", "6-provided", "values.yaml"))
        self.assertIn("get configmap case-target -o jsonpath='{.data.objects\\.yaml}' | kubectl --kubeconfig TARGET apply -f -", notes)
        text = self.helm("template", "case", OPERATOR, "-n", SYSTEM, "-f", os.path.join(OPERATOR, "testdata", "everything.yaml"),
                         "--set", "crds.enabled=false", "--no-hooks")
        self.runtime.kubectl("apply", "--dry-run=server", "-f", "-", stdin=text)

    def test_6b_who_may_not_read_a_secret_may_not_name_it(self):
        self.runtime.kubectl("-n", "garden", "create", "serviceaccount", "writer")
        self.runtime.kubectl("-n", "garden", "create", "role", "writer", "--verb=get,create,update,patch", f"--resource={CRD}")
        self.runtime.kubectl("-n", "garden", "create", "rolebinding", "writer", "--role=writer", "--serviceaccount=garden:writer")
        cases = {"3-service-account": "spec.target.access.secretRef: system:serviceaccount:garden:writer may not get the Secret virtual-garden",
                 "6-provided-projected-kubeconfig": "spec.credentials.provided.secretRef", "1-in-cluster": ""}
        for case, says in cases.items():
            with self.subTest(case):
                text = self.helm("template", "case", ALICLOUD, "-n", "garden", "-f", os.path.join(ALICLOUD, "testdata", case, "values.yaml"),
                                 "--set", "nameOverride=case", "--show-only", "templates/admissiondeployment.yaml")
                done = self.kubectl_for("create", "--dry-run=server", "--as=system:serviceaccount:garden:writer", "-f", "-", stdin=text)
                self.assertIn(says, done.stderr)
                self.assertEqual(done.returncode, 1 if says else 0, done.stderr)
        for workload in ({"imagePullSecrets": [{"name": "a"}]}, {"podTemplate": {"volumes": [{"name": "a", "secret": {"secretName": "a"}}]}},
                         {"podTemplate": {"volumes": [{"name": "a", "projected": {"sources": [{"secret": {"name": "a"}}]}}]}},
                         {"podTemplate": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a"}}}]}}):
            resource = product.alicloud(self.runtime, "case", target={"type": "Runtime"}, credentials={"type": "InCluster"})
            resource["spec"]["workload"] |= workload
            resource["spec"]["webhooks"].pop("clientConfig")
            create = ("create", "--dry-run=server", "-f", "-")
            done = self.kubectl_for(*create, "--as=system:serviceaccount:garden:writer", stdin=json.dumps(resource))
            self.assertIn("may not get the Secrets of this namespace", done.stderr, workload)
            self.assertEqual(self.kubectl_for(*create, stdin=json.dumps(resource)).returncode, 0, workload)
        # A label is no new use of what somebody else named.
        self.runtime.kubectl("-n", "garden", "label", "admissiondeployment", NAME, "example.org/a=b", "--as=system:serviceaccount:garden:writer")
        self.runtime.kubectl("-n", "garden", "label", "admissiondeployment", NAME, "example.org/a-")
        for kind in ("serviceaccount", "role", "rolebinding"):
            self.runtime.kubectl("-n", "garden", "delete", kind, "writer")

    def test_6c_a_resource_where_the_operator_may_not_work_has_failed(self):
        self.helm("install", "nowhere", ALICLOUD, "-n", "default", "-f", os.path.join(ALICLOUD, "testdata", "1-in-cluster", "values.yaml"))
        harness.wait_for(lambda: self.kstatus(self.runtime.get("admissiondeployment", NAME, "default")) == "Failed", 30, "kstatus to be Failed")
        self.helm("uninstall", "nowhere", "-n", "default", "--wait", "--timeout=30s")

    def test_6d_an_old_release_is_not_upgraded_away(self):
        """Helm would delete its objects before the new ones serve."""
        old = os.path.join(self.folder, "old")
        os.makedirs(os.path.join(old, "templates"))
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": NAME}, "spec": {"ports": [{"port": 443}]}}
        for file, text in (("Chart.yaml", "{apiVersion: v2, name: runtime, version: 1.40.0}"), ("templates/service.yaml", json.dumps(service))):
            with open(os.path.join(old, file), "w", encoding="utf-8") as out:
                out.write(text)
        self.helm("install", "old", old, "-n", "admission")
        values = ("-n", "admission", "-f", os.path.join(ALICLOUD, "testdata", "1-in-cluster", "values.yaml"))
        for arguments, says in ((("upgrade", "old", ALICLOUD, *values), "the release old is one of the old chart"),
                                (("upgrade", "old", ALICLOUD, *values, "--set", "nameOverride=other"), "the release old is one of the old chart"),
                                (("install", "new", ALICLOUD, *values), f"nameOverride: the Service {NAME} belongs to the release old")):
            with self.assertRaises(harness.CommandFailed) as refused:
                self.helm(*arguments)
            self.assertIn(says, refused.exception.stderr)
        self.assertIsNotNone(self.runtime.get("service", NAME, "admission"))
        self.helm("uninstall", "old", "-n", "admission", "--wait")

    def test_7_this_cluster_by_its_own_token_and_by_a_projected_one(self):
        values = lambda case: ("-f", os.path.join(ALICLOUD, "testdata", case, "values.yaml"))
        notes = self.helm("install", "here", ALICLOUD, "-n", "admission", *values("1-in-cluster"))
        self.assertIn("Without effect:\n  global.image.repository, global.image.tag: ", notes)
        self.ready("admission", "InCluster")
        self.refuses(self.runtime)
        ignored = self.runtime.get("admissiondeployment", NAME, "admission")["metadata"]["annotations"]["portcullis.dev/ignored-values"]
        self.assertIn("global.replicaCount: raised to 2", ignored)
        self.helm("upgrade", "here", ALICLOUD, "-n", "admission", *values("2-projected-token-crafted"))
        self.ready("admission", "ProjectedToken")
        self.refuses(self.runtime)

    def test_8_the_new_one_beside_the_old_one_which_goes(self):
        self.helm("install", "beside", ALICLOUD, "-n", "garden", "-f", os.path.join(ALICLOUD, "testdata", "3-service-account", "values.yaml"),
                  "--set", "target.webhookHost=ClusterIP", "--set", "nameOverride=admission-alicloud")
        product.wait_for_condition(self.runtime, "admission-alicloud", "Ready", "True", timeout=90)
        with product.Askers(self.target, 2) as askers:
            self.helm("uninstall", "here", "-n", "admission")
            self.helm("uninstall", "alicloud", "-n", "garden")
            self.assertEqual(self.kstatus(self.runtime.get("admissiondeployment", NAME, "garden")), "Terminating")
            harness.wait_for(lambda: not self.target.get("validatingwebhookconfiguration", NAME), 60, "the old registration to be gone")
            seen = askers.asked
            harness.wait_for(lambda: askers.asked > seen + 50, 60, "fifty more admissions")
        self.assertEqual(askers.failed, [])
        self.refuses(self.target)

    def test_8b_an_uninstalled_admission_leaves_nothing(self):
        self.helm("uninstall", "beside", "-n", "garden")
        # Until the replicas have drained.
        harness.wait_for(lambda: not self.runtime.kubectl("get", "admissiondeployments", "-A", "-o", "name"), 150, "the resources to be gone", 0.5)
        for cluster in self.clusters:
            self.assertEqual(product.admission_of(cluster, product.BAD_KEY), "")
        self.assertEqual(product.left_over(self.runtime, (*product.RUNTIME_KINDS, "clusterroles", "clusterrolebindings",
                                                          "validatingwebhookconfigurations", "mutatingwebhookconfigurations")), [])
        self.assertEqual(product.left_over(self.target, product.TARGET_KINDS), [])

    def test_9_an_uninstalled_operator_leaves_what_the_page_says(self):
        remove, rest = blocks("install.md", "Uninstall")
        self.shell(remove)
        self.runtime.kubectl("-n", "garden", "delete", "secret", "virtual-garden")
        self.runtime.kubectl("delete", "crd", *(crd["metadata"]["name"] for crd in MONITORING_CRDS))
        left = {line for line in self.everything() - self.before if not re.search(f" {SYSTEM} (default|kube-root-ca.crt)$", line)}
        self.assertEqual(left, {f"Namespace  {SYSTEM}", f"CustomResourceDefinition  {CRD}"})
        self.assertIsNotNone(self.runtime.get("lease", "portcullis-operator", SYSTEM))
        self.shell(rest)
        self.assertEqual(self.everything() - self.before, set())

    def test_9b_the_page_installs_it(self):
        said = self.shell(blocks("install.md", "Helm")[0])
        for pod in ("portcullis-test-running", "portcullis-test-granted"):
            self.assertRegex(said, rf"{pod}\n(.*\n)*?Phase: +Succeeded")


if __name__ == "__main__":
    unittest.main()
