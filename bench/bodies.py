"""Admission requests of a wanted size, made from the corpus of recorded ones.

The largest allowed case that fits is brought to the size as a client would grow it: more workers, labels and annotations. Where
the corpus is not beside the project a small case is made here and grown in the same way.
"""

import copy
import glob
import json
import os

CORPUS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "shared", "corpus", "alicloud")
FOLDERS = {"secret": "secret-validate", "validate": "shoot-validate-*", "mutate": "shoot-mutate-create"}
PATHS = {"secret": "/webhooks/validate/secrets", "validate": "/webhooks/validate", "mutate": "/webhooks/mutate"}
NUMBER = "########"  # every request has its own number here


def made_from():
    return "corpus" if os.path.isdir(CORPUS) else "generated, the corpus is not here"


def case(kind, size, grown_from=None):
    """A case in the corpus format whose review, as text, has `size` bytes or hardly less, and numbers to be filled in. Made from the
    largest that fits into `grown_from` bytes (default: `size`)."""
    one = copy.deepcopy(_largest(kind, grown_from or size))
    request = one["review"]["request"]
    objects = _objects(request)
    _number(request)
    if kind != "secret":
        _add_workers(one["review"], objects, size)
    _add_annotations(one["review"], objects, size)
    one["name"] += f", {len(text(one['review']))} bytes"
    return one


def text(review):
    return json.dumps(review, separators=(",", ":"), ensure_ascii=False)


def _objects(request):
    return [request[name] for name in ("object", "oldObject") if request.get(name)]


def _can_grow(case):
    """Whether numbers and more workers find their places: recorded requests may be quite strange."""
    request = case["review"]["request"]
    things = _objects(request)
    is_object = bool(request.get("object")) and all("metadata" in thing for thing in things)
    return is_object and all(thing.get("kind") == "Secret" or thing.get("spec", {}).get("provider", {}).get("workers") for thing in things)


def _largest(kind, size):
    allowed = []
    for path in glob.glob(os.path.join(CORPUS, FOLDERS[kind], "*.json")):
        with open(path, encoding="utf-8") as file:
            one = json.load(file)
        answer = one["expect"].get("review", {}).get("response", {})
        size_of_it = len(text(one["review"])) + 64  # numbers need room
        if answer.get("allowed") and "http" not in one and _can_grow(one) and size_of_it <= size:
            allowed.append((size_of_it, path, one))
    return max(allowed)[2] if allowed else _generated(kind)


def _number(request):
    """A new uid, new names, and one changed value."""
    request["uid"] = "00000000-0000-4000-8000-0000" + NUMBER
    request["name"] = "n-" + NUMBER
    for thing in _objects(request):
        thing["metadata"]["name"] = "n-" + NUMBER
    thing = request["object"]
    if "spec" in thing:
        thing["spec"]["provider"]["workers"][0]["volume"]["size"] = NUMBER + "Gi"
    else:
        thing["data"]["accessKeySecret"] = "MDEy" + NUMBER + thing["data"]["accessKeySecret"]


def _worker(number, like):
    return {"name": f"pool-{number}", "minimum": 1, "maximum": 3, "maxSurge": 1, "maxUnavailable": 0, "machine": like["machine"],
            "volume": {"type": "cloud_essd", "size": "50Gi"}, "zones": like["zones"], "cri": {"name": "containerd"},
            "labels": {"example.org/tier": "batch", "example.org/pool": f"pool-{number}"},
            "annotations": {"example.org/owner": "team-of-the-batch-jobs"}, "systemComponents": {"allow": True}}


def _add_workers(review, objects, size):
    lists = [thing["spec"]["provider"]["workers"] for thing in objects]
    for number in range(10_000):
        new = _worker(number, lists[0][0])
        if len(text(review)) + len(lists) * (len(text(new)) + 1) > size:
            return
        for workers in lists:
            workers.append(new)


def _add_annotations(review, objects, size):
    """So many of usual length, the last one to the byte."""
    all_of_them = [thing["metadata"].setdefault("annotations", {}) for thing in objects]
    for number in range(10_000):
        key = f"example.org/note-{number}"
        room = (size - len(text(review))) // len(objects) - len(key) - len('"":"",')
        if room < 0:
            return
        for annotations in all_of_them:
            annotations[key] = ("what a person wrote down about this cluster, at some length. " * 2)[:room]


def _generated(kind):
    of = ({"group": "", "version": "v1"}, "Secret", "secrets") if kind == "secret" else (
        {"group": "core.gardener.cloud", "version": "v1beta1"}, "Shoot", "shoots")
    request = {"kind": of[0] | {"kind": of[1]}, "resource": of[0] | {"resource": of[2]}, "namespace": "garden-dev", "operation": "CREATE",
               "userInfo": {"username": "kubernetes-admin", "groups": ["system:masters"]},
               "object": _secret() if kind == "secret" else _shoot(), "oldObject": None}
    return {"name": "generated", "path": PATHS[kind], "clusterObjects": [_profile(), _binding(), _secret()], "expect": {},
            "cloudImages": {"m-1": {"owner": "self"}},
            "review": {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}}


def _secret():
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "creds", "namespace": "garden-dev"}, "type": "Opaque",
            "data": {"accessKeyID": "ZmFrZUtleUlkRm9yVGVzdHM=", "accessKeySecret": "ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1odW50ZXIy"}}


def _binding():
    return {"apiVersion": "security.gardener.cloud/v1alpha1", "kind": "CredentialsBinding",
            "metadata": {"name": "alicloud", "namespace": "garden-dev"}, "provider": {"type": "alicloud"},
            "credentialsRef": {"apiVersion": "v1", "kind": "Secret", "name": "creds", "namespace": "garden-dev"}}


CONFIG = "alicloud.provider.extensions.gardener.cloud/v1alpha1"


def _profile():
    images = [{"name": "gardenlinux", "versions": [{"version": "1592.1.0", "regions": [{"name": "cn-shanghai", "id": "m-1"}]}]}]
    return {"apiVersion": "core.gardener.cloud/v1beta1", "kind": "CloudProfile", "metadata": {"name": "alicloud"},
            "spec": {"type": "alicloud", "machineTypes": [{"name": "ecs.g7.large", "architecture": "amd64"}],
                     "machineImages": [{"name": "gardenlinux", "versions": [{"version": "1592.1.0", "architectures": ["amd64"]}]}],
                     "providerConfig": {"apiVersion": CONFIG, "kind": "CloudProfileConfig", "machineImages": images}}}


def _shoot():
    zone = {"name": "cn-shanghai-a", "workers": "10.250.0.0/19"}
    worker = {"name": "worker-a", "minimum": 1, "maximum": 3, "zones": ["cn-shanghai-a"], "volume": {"type": "cloud_essd", "size": "50Gi"},
              "machine": {"type": "ecs.g7.large", "image": {"name": "gardenlinux", "version": "1592.1.0"}}}
    provider = {"type": "alicloud", "workers": [worker],
                "infrastructureConfig": {"apiVersion": CONFIG, "kind": "InfrastructureConfig",
                                         "networks": {"vpc": {"cidr": "10.250.0.0/16"}, "zones": [zone]}},
                "controlPlaneConfig": {"apiVersion": CONFIG, "kind": "ControlPlaneConfig"}}
    return {"apiVersion": "core.gardener.cloud/v1beta1", "kind": "Shoot", "metadata": {"name": "generated", "namespace": "garden-dev"},
            "spec": {"cloudProfile": {"kind": "CloudProfile", "name": "alicloud"}, "region": "cn-shanghai", "provider": provider,
                     "credentialsBindingName": "alicloud", "kubernetes": {"version": "1.33.2"},
                     "networking": {"type": "calico", "nodes": "10.250.0.0/16", "pods": "100.0.0.0/11", "services": "100.32.0.0/13"}}}
