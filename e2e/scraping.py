"""What runs in Pods, seen by a Prometheus as the chart would have it scrape them: through the API server's proxy, since there is no network policy to think of."""

import base64
import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

import harness
import product

sys.path.insert(0, harness.repository_path("charts"))

import monitoring  # pylint: disable=wrong-import-position


def proxied(pod):
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}:8080/proxy/metrics"


def families(text):
    """Name -> (type, labels) of what a program exports."""
    found = {name: (kind, set()) for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M)}
    for series, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        name = series if series in found else re.sub(r"_(bucket|count|sum)$", "", series)
        found[name][1].update(set(re.findall(r'(\w+)="', labels)) - {"le"})
    return found


def everything(runtime, name="admission-alicloud"):
    """Pods of the operator, and replicas."""
    return runtime.get("pods", namespace="portcullis-system"), product.pods_of(runtime, name)


def exported(runtime):
    """Of all Pods together."""
    found = {}
    for pod in sum(everything(runtime), []):
        for name, (kind, labels) in families(runtime.kubectl("get", "--raw", proxied(pod))).items():
            found.setdefault(name, (kind, set()))[1].update(labels)
    return found


class Prometheus:
    """Scrapes all Pods each second, with the labels that the chart's monitors give."""

    def __init__(self, runtime, folder, name="admission-alicloud"):
        self.folder, self.port = folder, product.free_port()
        config = json.loads(runtime.kubectl("config", "view", "--raw", "-o", "json"))
        self.server = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"])
        self.access = self.files(config)
        operators, replicas = everything(runtime, name)
        jobs = [self.job(pod, {"pod": pod["metadata"]["name"], "namespace": "portcullis-system"}) for pod in operators]
        jobs += [self.job(pod, {"pod": pod["metadata"]["name"], "namespace": "garden", "admissiondeployment": name}) for pod in replicas]
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [monitoring.ALERTS], "scrape_configs": jobs}, file)

    def files(self, config):
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        parts = {"ca_file": cluster["certificate-authority-data"], "cert_file": user["client-certificate-data"], "key_file": user["client-key-data"]}
        for name, data in parts.items():
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(base64.b64decode(data))
        return {"tls_config": {name: os.path.join(self.folder, name) for name in parts}}

    def job(self, pod, labels):
        return {"job_name": pod["metadata"]["name"], "scheme": self.server.scheme, "metrics_path": proxied(pod), "honor_labels": True,
                "static_configs": [{"targets": [self.server.netloc], "labels": labels}], **self.access}

    def __enter__(self):
        with open(os.path.join(self.folder, "prometheus.log"), "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)

    def get(self, path, **arguments):
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(arguments)}", timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError as error:
            raise harness.NotYet(f"{error}: {product.read(os.path.join(self.folder, 'prometheus.log'))[-2000:]}") from error

    def query(self, expression):
        return self.get("/api/v1/query", query=expression)["result"]

    def rules(self):
        """Alert -> how its evaluation went."""
        return {rule["name"]: rule["health"] for group in self.get("/api/v1/rules")["groups"] for rule in group["rules"]}
