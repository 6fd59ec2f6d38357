#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "json/parse.hpp"
#include "json/patch.hpp"
#include "operator/api/admission_deployment.hpp"

// The resource that tests of all rooms of the operator start from: e2e/testdata/alicloud.yaml.
namespace api::testing {

inline constexpr std::string_view kExample = R"({
  "apiVersion": "admission.portcullis.dev/v1alpha1", "kind": "AdmissionDeployment",
  "metadata": {"name": "admission-alicloud", "namespace": "garden",
               "uid": "11111111-2222-4333-8444-555555555555", "generation": 1,
               "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:00:00Z"},
  "spec": {
    "target": {"type": "Remote",
               "access": {"type": "Kubeconfig",
                          "secretRef": {"name": "virtual-garden", "key": "kubeconfig"}},
               "namespace": "extension-admission-alicloud"},
    "credentials": {"type": "ServiceAccountToken",
                    "serviceAccountToken": {"serviceAccountName": "admission-alicloud"}},
    "permissions": {"type": "Inline", "clusterRules": [
      {"apiGroups": ["core.gardener.cloud"],
       "resources": ["cloudprofiles", "namespacedcloudprofiles", "secretbindings"],
       "verbs": ["get", "list", "watch"]},
      {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]},
    "workload": {"image": "docker.io/portcullis/portcullis-webhook-alicloud:dev",
                 "imagePullPolicy": "IfNotPresent", "replicas": 2},
    "webhooks": {
      "metadata": {"labels": {"remediation.webhook.shoot.gardener.cloud/exclude": "true"}},
      "clientConfig": {"type": "URL", "url": {"host": "ClusterIP"}},
      "validating": [
        {"name": "secrets.validator.admission-alicloud.extensions.gardener.cloud",
         "path": "/webhooks/validate/secrets",
         "rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"],
                    "resources": ["secrets"]}],
         "objectSelector": {"matchLabels": {"provider.shoot.gardener.cloud/alicloud": "true"}},
         "matchPolicy": "Exact", "failurePolicy": "Fail", "sideEffects": "None",
         "timeoutSeconds": 10, "admissionReviewVersions": ["v1", "v1beta1"]}]}}
})";

/// Text that a test wrote: it throws where it is no JSON.
inline json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  if (!value) throw std::invalid_argument(value.error().what);
  return *std::move(value);
}

/// The example, changed by a merge patch.
inline kube::Object example_object(std::string_view patch = "{}") {
  return {kube::kinds::kAdmissionDeployment, json::merge_patch(parsed(kExample), parsed(patch))};
}
inline AdmissionDeployment example(std::string_view patch = "{}") {
  return read(example_object(patch));
}

/// One whose target is the runtime cluster.
inline AdmissionDeployment local_example(std::string_view patch = "{}") {
  auto object = example_object(
      R"({"spec": {"target": {"type": "Runtime", "access": null, "namespace": null},
                   "credentials": {"type": "InCluster", "serviceAccountToken": null},
                   "webhooks": {"clientConfig": {"type": "Service", "url": null}}}})");
  object.document() = json::merge_patch(std::move(object.document()), parsed(patch));
  return read(std::move(object));
}

}  // namespace api::testing
