#!/usr/bin/python3
"""Every type of credentials between real clusters: a workload that uses it all the time, while it is rotated.

The workload is the AliCloud admission: for each CredentialsBinding it reads a Secret of the target with its credential. The target's API
server asks it all the time (dry runs), and every refusal counts.

ROTATIONS (3) is how often each mode is rotated on request, RENEWALS (0) how often by its time, ASKED (500) the least number of requests that
the workload must have answered meanwhile; 50, 3 and 10000 for the figures in the docs.
"""

import base64
import json
import os
import re
import statistics
import tempfile
import time
import unittest

import alicloud_test as alicloud
import harness
import product

BUDGET_SECONDS = 600
EXTRA = True
ROTATIONS, RENEWALS, ASKED = (int(os.environ.get(name, few)) for name, few in (("ROTATIONS", "3"), ("RENEWALS", "0"), ("ASKED", "500")))
SPACE = "extension-admission-alicloud"
BINDINGS = f"/apis/{alicloud.SECURITY}/namespaces/default/credentialsbindings"
KIND = next(kind for kind in alicloud.KINDS if kind[0] == "CredentialsBinding")
RULES = [{"apiGroups": ["security.gardener.cloud"], "resources": ["credentialsbindings"], "verbs": ["get", "list", "watch"]},
         {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]


def binding(name, label):
    return {"apiVersion": alicloud.SECURITY, "kind": "CredentialsBinding",
            "metadata": {"name": name, "namespace": "default", "labels": {"asks": label}}, "provider": {"type": "alicloud"},
            "credentialsRef": {"apiVersion": "v1", "kind": "Secret", "name": "read-by-the-workload", "namespace": "default"}}


def decoded(secret):
    return {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}


class CredentialsTest(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.trust_file = os.path.join(folder, "authentication.json")
        cls.trust({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []})
        cls.runtime = harness.Cluster("creds-rt", node=True, images=(product.OPERATOR_IMAGE, product.WEBHOOK_IMAGE))
        cls.target = harness.Cluster("creds-tg", target=True, apiserver_flags=[f"--authentication-config={cls.trust_file}"])
        cls.clusters = [cls.runtime, cls.target]
        cls.addClassCleanup(harness.down, *cls.clusters)
        harness.up(*cls.clusters)
        product.install_operator(cls.runtime, "--min-issue-interval=5s")
        cls.runtime.apply(product.kubeconfig_secret("virtual-garden", product.read(cls.target.kubeconfig)))
        cls.target.apply(alicloud.definition(*KIND))
        cls.target.wait_condition("crd", "credentialsbindings.security.gardener.cloud", "Established", timeout=30)
        secret = product.cloud_secret("read-by-the-workload", product.GOOD_KEY)
        secret["metadata"]["labels"] = {}
        cls.target.apply(secret)

    @classmethod
    def trust(cls, configuration):
        """Renamed into place: an API server may read while we write."""
        with open(cls.trust_file + ".new", "w", encoding="utf-8") as file:
            json.dump(configuration, file)
        os.rename(cls.trust_file + ".new", cls.trust_file)

    def begin(self, name, credentials, **changes):
        """Makes the resource; its webhook is asked about bindings that are labelled with its name."""
        resource = product.alicloud(self.runtime, name=name, credentials=credentials, **changes)
        spec = resource["spec"]
        if "permissions" not in changes:
            spec["permissions"] = {"type": "Inline", "clusterRules": RULES}
        spec["workload"]["args"] = [*spec["workload"].get("args", []), "--access-log"]
        spec["webhooks"]["validating"] = [alicloud.webhook(name, "/webhooks/validate",
                                                           {"security.gardener.cloud": ["credentialsbindings"]}, ["*"], {"asks": name})]
        self.runtime.apply(resource)
        self.addCleanup(self.end, name)

    def end(self, name):
        self.runtime.kubectl("-n", "garden", "delete", "admissiondeployment", name, "--wait=false", "--ignore-not-found")

    def ready(self, name, timeout=120):
        product.wait_for_condition(self.runtime, name, "Ready", "True", timeout=timeout)

    def askers(self, name):
        """The workload's readers: each asks for what can be granted only by reading a Secret of the target."""
        return product.Askers(self.target, 4, BINDINGS, lambda asked: binding(asked, name), pause=0.01)

    def check_that_it_reads(self, name):
        """A reference to nothing is refused: what is granted has been read."""
        wrong = binding("dangling", name)
        wrong["credentialsRef"]["name"] = "nothing"

        def refusal():
            try:
                self.target.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(wrong))
            except harness.CommandFailed as refused:
                return refused.stderr
            raise harness.NotYet("it was granted")
        said = harness.wait_for(refusal, 20, "a reference to nothing to be refused")
        self.assertIn('secrets "nothing" not found', said)

    def finish(self, askers, name, figures, mode):
        deadline = time.monotonic() + 300
        while askers.asked < ASKED and time.monotonic() < deadline:
            time.sleep(0.2)
        askers.__exit__()
        self.assertEqual(askers.failed[:3], [], f"{len(askers.failed)} of {askers.asked} failed")
        self.assertGreaterEqual(askers.asked, ASKED)
        self.check_that_it_reads(name)
        harness.report(f"credentials-{mode}", {"rotations": ROTATIONS, "renewals": RENEWALS},
                       figures | {"requests of the workload": askers.asked, "failed": len(askers.failed)})

    def delivered(self, secret):
        return decoded(self.runtime.get("secret", secret, "garden"))

    def in_every_pod(self, name, file, content):
        return all(product.credential_files(pod).get(file) == content for pod in product.pods_of(self.runtime, name))

    def rotate(self, name, secret, file):
        """On request, ROTATIONS times; the bytes before the last rotation, and the seconds until all replicas had the new ones."""
        seconds = []
        for number in range(ROTATIONS):
            old = self.delivered(secret)[file]
            asked = time.monotonic()
            self.runtime.kubectl("-n", "garden", "annotate", "--overwrite", "admissiondeployment", name,
                                 f"admission.portcullis.dev/rotate=credentials:{number}")
            harness.wait_for(lambda: self.delivered(secret)[file] != old, 30, "another credential")
            new = self.delivered(secret)[file]
            harness.wait_for(lambda: self.in_every_pod(name, file, new), 60, "the credential in every Pod")
            seconds.append(time.monotonic() - asked)
        return old, {"rotated on request": ROTATIONS, "request to every Pod's file, s (median)": round(statistics.median(seconds), 2),
                     "request to every Pod's file, s (max)": round(max(seconds), 2)}

    def whoami(self, **files):
        """Who the target says that is, or "" where it takes it for nobody."""
        arguments = ["--kubeconfig", "/dev/null", "--server", self.target.server, "--certificate-authority", self.target.facts["CA"]]
        with tempfile.TemporaryDirectory() as folder:
            for flag, text in files.items():
                if flag == "token":
                    arguments += ["--token", text]
                    continue
                path = os.path.join(folder, flag)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                arguments += [f"--{flag.replace('_', '-')}", path]
            done = harness.run(self.target.facts["KUBECTL"], *arguments, "auth", "whoami", "-o", "json", check=False)
        if done.returncode:
            self.assertIn("Unauthorized", done.stderr)
            return ""
        return json.loads(done.stdout)["status"]["userInfo"]["username"]

    def is_renewed(self, secret, file):
        """By its time alone: a tenth of 600 s."""
        seconds = []
        for _ in range(RENEWALS):
            old, begun = self.delivered(secret)[file], time.monotonic()
            harness.wait_for(lambda: self.delivered(secret)[file] != old, 90, "the renewal", interval=1)
            seconds.append(round(time.monotonic() - begun))
        return {"renewed by time": RENEWALS, "seconds of each": seconds} if seconds else {}

    def test_1_client_certificate(self):
        name, secret = "by-certificate", "by-certificate-certificate"
        self.begin(name, {"type": "ClientCertificate", "rotation": {"renewAfterPercent": 10},
                          "clientCertificate": {"userName": "alicloud-webhook", "groups": ["webhooks"], "expirationSeconds": 600}})
        self.ready(name)
        self.check_that_it_reads(name)
        with self.askers(name) as askers:
            old, figures = self.rotate(name, secret, "tls.crt")
            figures |= self.is_renewed(secret, "tls.crt")
            self.finish(askers, name, figures, "client-certificate")
        now = self.delivered(secret)
        self.assertEqual(self.whoami(client_certificate=now["tls.crt"], client_key=now["tls.key"]), "alicloud-webhook")
        status = self.runtime.get("admissiondeployment", name, "garden")["status"]
        self.assertIn("only by expiry", product.condition(self.runtime, name, "CredentialsReady")["message"])
        self.assertEqual(status["credentials"]["userName"], "alicloud-webhook")
        self.assertNotEqual(now["tls.crt"], old)
        self.assertEqual(self.requests(), [], "requests are removed when they are over")
        self.assertIsNone(self.runtime.get("secret", f"{name}-certificate-key", "garden"))

    def requests(self):
        return self.target.kubectl("get", "certificatesigningrequests", "-l", product.OURS, "-o", "name").split()

    def user_kubeconfig(self, account):
        """Of an account of the target, as a user would craft it."""
        token = self.target.kubectl("-n", "default", "create", "token", account, "--duration=1h").strip()
        whole = json.loads(self.target.kubectl("config", "view", "--raw", "-o", "json"))
        whole["users"][0]["user"] = {"token": token}
        return json.dumps(whole), token

    def test_2_provided(self):
        name = "provided"
        self.target.kubectl("-n", "default", "create", "serviceaccount", "made-by-the-user")
        self.addCleanup(self.target.kubectl, "-n", "default", "delete", "serviceaccount", "made-by-the-user")
        dangerous = json.loads(self.user_kubeconfig("made-by-the-user")[0])
        dangerous["users"][0]["user"] = {"exec": {"command": "sh", "apiVersion": "client.authentication.k8s.io/v1"}}
        self.runtime.apply(product.kubeconfig_secret("mine", json.dumps(dangerous)))
        self.begin(name, {"type": "Provided", "provided": {"secretRef": {"name": "mine"}}, "delivery": {"reload": "Restart"}})
        product.wait_for_condition(self.runtime, name, "CredentialsReady", "False", "CredentialSecretInvalid", "exec", timeout=30)
        text, token = self.user_kubeconfig("made-by-the-user")
        self.runtime.apply(product.kubeconfig_secret("mine", text))
        self.ready(name)
        self.assertEqual(self.delivered("provided-provided")["token"], token)
        self.assertNotIn(token, self.delivered("provided-provided")["kubeconfig"])
        self.check_that_it_reads(name)
        with self.askers(name) as askers:
            text, token = self.user_kubeconfig("made-by-the-user")
            changed = time.monotonic()
            self.runtime.apply(product.kubeconfig_secret("mine", text))
            harness.wait_for(lambda: self.delivered("provided-provided")["token"] == token, 15, "the copy to follow")
            followed = time.monotonic() - changed
            harness.wait_for(lambda: self.rolled(name), 180, "new replicas to have replaced the old ones")
            self.finish(askers, name, {"rotated by the user": 1, "change to copy, s": round(followed, 2),
                                       "change to the last old replica draining, s": round(time.monotonic() - changed, 1)}, "provided")
        self.ready(name)
        self.assertEqual(self.whoami(token=token), "system:serviceaccount:default:made-by-the-user")

    def rolled(self, name):
        """Whether the replicas of before are gone, or drain."""
        sets = {s["metadata"]["name"]: s for s in self.runtime.get("replicasets", namespace="garden", selector=f"{product.OURS}={name}")}
        owners = {p["metadata"]["ownerReferences"][0]["name"] for p in product.pods_of(self.runtime, name)}
        if len(sets) < 2 or len(owners) != 1:
            raise harness.NotYet(f"{len(sets)} revisions, Pods of {owners}")
        return sets[owners.pop()]["status"].get("readyReplicas") == 2

    def test_3_federated_token(self):
        name = "federated"
        user = f"rt:system:serviceaccount:garden:{name}"
        self.begin(name, {"type": "FederatedToken", "federatedToken": {"audience": "creds-target", "userName": user, "expirationSeconds": 600}})
        said = product.wait_for_condition(self.runtime, name, "CredentialsReady", "False", "NotTrusted", timeout=60)["message"]
        self.assertEqual(product.pods_of(self.runtime, name), [])
        events = self.runtime.get("events", namespace="garden")
        self.assertTrue(any(e["reason"] == "NotTrusted" and "AuthenticationConfiguration" in e["message"] for e in events))
        # What an administrator of the target makes of it: the printed text, with the CA filled in, and where the discovery is.
        configuration = json.loads(re.search(r'\{"apiVersion":"apiserver.config.k8s.io/v1".*?\}\]\}', said).group())
        issuer = configuration["jwt"][0]["issuer"]
        issuer["certificateAuthority"] = product.read(self.runtime.facts["CA"])
        issuer["discoveryURL"] = f"{self.runtime.server}/.well-known/openid-configuration"
        self.runtime.kubectl("create", "clusterrolebinding", "discovery", "--clusterrole=system:service-account-issuer-discovery",
                             "--group=system:unauthenticated")
        self.trust(configuration)
        self.ready(name, timeout=150)
        self.check_that_it_reads(name)
        with self.askers(name) as askers:
            tokens = {product.credential_files(pod)["token"] for pod in product.pods_of(self.runtime, name)}
            self.finish(askers, name, {"tokens of kubelets in use": len(tokens)}, "federated-token")
        for token in tokens:
            self.assertEqual(self.whoami(token=token), user)
            claims = product.claims_of(token)
            self.assertEqual((claims["aud"], claims["exp"] - claims["iat"]), (["creds-target"], 600))
        self.assertEqual(product.condition(self.runtime, name, "CredentialsReady")["reason"], "Federated")

    def test_4_service_account_token(self):
        name, secret = "by-token", "by-token-kubeconfig"
        self.begin(name, {"type": "ServiceAccountToken", "serviceAccountToken": {"serviceAccountName": name, "expirationSeconds": 600},
                          "rotation": {"renewAfterPercent": 10, "overlap": "20s"}})
        self.ready(name)
        self.check_that_it_reads(name)
        with self.askers(name) as askers:
            old, figures = self.rotate(name, secret, "token")
            self.assertEqual(self.whoami(token=self.delivered(secret)["token"]), f"system:serviceaccount:{SPACE}:{name}")
            delivered = time.monotonic()
            harness.wait_for(lambda: not self.whoami(token=old), 90, "the old token to be refused", interval=1)
            figures |= {"delivered to the old one refused, s (overlap 20 s)": round(time.monotonic() - delivered, 1)}
            figures |= self.is_renewed(secret, "token")
            self.finish(askers, name, figures, "service-account-token")

    def test_5_from_token_to_certificate(self):
        """The replicas of before keep token and rights until they are gone."""
        name = "changes"
        self.begin(name, {"type": "ServiceAccountToken", "serviceAccountToken": {"serviceAccountName": name}})
        self.ready(name)
        with self.askers(name) as askers:
            self.begin(name, {"type": "ClientCertificate", "clientCertificate": {"userName": "changed"}})
            harness.wait_for(lambda: self.rolled(name), 180, "new replicas to have replaced the old ones")
            self.finish(askers, name, {}, "change-of-mode")
        self.ready(name)
        harness.wait_for(lambda: not self.target.get("serviceaccounts", namespace=SPACE, selector=f"{product.OURS}={name}"), 90,
                         "the account to be gone, when the last Pod of before has drained")
        self.assertIsNone(self.runtime.get("secret", f"{name}-kubeconfig", "garden"))

    def test_6_no_secret_is_told(self):
        """No token and no key in logs, events, status or annotations."""
        secrets = []
        for secret in self.runtime.get("secrets", namespace="garden"):
            secrets += [text for key, text in decoded(secret).items() if key in ("token", "tls.key", "ca.key")]
        self.assertTrue(secrets)
        told = [self.runtime.kubectl("get", "events,admissiondeployments", "-A", "-o", "json"),
                *(json.dumps(s["metadata"]) for s in self.runtime.get("secrets", namespace="garden"))]
        for pod in self.runtime.get("pods", namespace="portcullis-system"):
            told.append(self.runtime.kubectl("-n", "portcullis-system", "logs", pod["metadata"]["name"]))
        for secret in secrets:
            needle = secret.strip().splitlines()[len(secret.strip().splitlines()) // 2]
            for text in told:
                self.assertNotIn(needle, text)

    def test_7_nothing_is_left(self):
        gone = lambda: not (self.runtime.get("admissiondeployments", namespace="garden") or [])
        harness.wait_for(gone, 240, "all resources to be gone", interval=1)
        self.assertEqual(product.left_over(self.target, product.TARGET_KINDS), [])
        self.assertEqual(product.left_over(self.runtime, product.RUNTIME_KINDS), [])
        self.assertEqual(self.requests(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
