"""Edits by hand of what the operator owns, and how soon they are undone."""

import dataclasses
import datetime
import json

import harness
from product import AGENT


@dataclasses.dataclass
class Owned:
    """An object of the inventory, as it is in its cluster."""

    cluster: harness.Cluster
    document: dict

    @property
    def name(self):
        return f"{self.cluster.name} {self.document['kind']} {self.document['metadata']['name']}"

    def patch(self, patch):
        metadata = self.document["metadata"]
        where = ["-n", metadata["namespace"]] if "namespace" in metadata else []
        self.cluster.kubectl(*where, "patch", resource_of(self.document["kind"]), metadata["name"], "--type=merge", "-p", json.dumps(patch))


def resource_of(kind):
    return f"{kind.lower()}s"


def read(cluster, entries):
    """The objects of these entries of an inventory that exist, with who manages their fields."""
    kinds = ",".join(sorted({resource_of(entry["kind"]) for entry in entries}))
    items = json.loads(cluster.kubectl("get", kinds, "-A", "-o", "json", "--show-managed-fields"))["items"]
    wanted = {(entry["kind"], entry.get("namespace"), entry["name"]) for entry in entries}
    return [Owned(cluster, item) for item in items
            if (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) in wanted]


def ours(document, part):
    """Labels or annotations that the operator manages, sorted."""
    return sorted({field.removeprefix("f:") for entry in document["metadata"].get("managedFields", [])
                   if entry["manager"].startswith("portcullis")
                   for field in entry.get("fieldsV1", {}).get("f:metadata", {}).get(f"f:{part}", {}) if field != "."})


# Each gives a merge patch for an object, or None where there is nothing of that sort to edit. No field is edited twice: what is
# taken back three times is left to whoever takes it.

def label_changed(document):
    labels = ours(document, "labels")
    return {"metadata": {"labels": {labels[0]: "by-hand"}}} if labels else None


def label_removed(document):
    labels = ours(document, "labels")
    return {"metadata": {"labels": {labels[-1]: None}}} if len(labels) > 1 else None


def annotations_removed(document):
    # Of a namespace it is what says that the operator made it, and may remove it: whoever takes that away keeps the namespace.
    names = [] if document["kind"] == "Namespace" else ours(document, "annotations")
    return {"metadata": {"annotations": {name: None for name in names}}} if names else None


def content_changed(document):
    kind = document["kind"]
    if kind == "Secret":
        # Contents of the certificate authority are another test's matter: replacing it takes several roll-outs.
        key = next((key for key in ("kubeconfig", "tls.crt") if key in document.get("data", {})), None)
        return {"data": {key: "QQ=="}} if key and not document["metadata"]["name"].endswith("-ca") else None
    if kind.endswith("WebhookConfiguration"):
        return {"webhooks": [dict(webhook, failurePolicy="Ignore") for webhook in document["webhooks"]]}
    return {"ClusterRole": {"rules": []}, "Role": {"rules": []}, "ClusterRoleBinding": {"subjects": []}, "RoleBinding": {"subjects": []},
            "Service": {"spec": {"ports": [{"name": "webhook", "port": 443, "targetPort": 1}]}},
            "ServiceAccount": {"automountServiceAccountToken": True},
            "PodDisruptionBudget": {"spec": {"maxUnavailable": 0}},
            "ReplicaSet": {"spec": {"replicas": 3, "template": {"spec": {"terminationGracePeriodSeconds": 1}}}}}.get(kind)


def shows(document, patch, before):
    """Whether any of a patch is still to be seen, where it was not before."""
    if not isinstance(patch, dict):
        return document == patch and before != patch
    return any(shows((document or {}).get(key), value, (before or {}).get(key)) for key, value in patch.items())


def seconds_to_mend(clusters, things, since):
    """{name: seconds} from the last edit of each of these objects since then to the operator's first write of it."""
    moment = lambda event: datetime.datetime.fromisoformat(event["stageTimestamp"].replace("Z", "+00:00")).timestamp()
    found = {}
    for cluster in clusters:
        own = {(resource_of(t.document["kind"]), t.document["metadata"].get("namespace"), t.document["metadata"]["name"]): t
               for t in things if t.cluster is cluster}
        edits = {}
        for event in cluster.audit_events(since):
            reference = event.get("objectRef", {})
            resource = reference.get("resource")
            # A Namespace is said to be in itself.
            key = (resource, None if resource == "namespaces" else reference.get("namespace"), reference.get("name"))
            accepted = event["stage"] == "ResponseComplete" and event.get("responseStatus", {}).get("code", 0) < 400
            if key not in own or not accepted or event["verb"] not in harness.MUTATING or "dryRun=All" in event["requestURI"]:
                continue
            name = own[key].name
            if event["userAgent"].startswith("kubectl"):
                edits[name] = moment(event)
            elif event["userAgent"].startswith(AGENT) and name in edits:
                found.setdefault(name, round(moment(event) - edits[name], 3))
    return found
