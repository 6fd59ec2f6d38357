#include "kube/testing/admission_defaults.hpp"

#include <string_view>
#include <utility>

#include "json/parse.hpp"

namespace kube::testing {
namespace {

struct Default {
  std::string_view pointer;  ///< * is every item
  std::string_view value;
};

// As crds/ has them, parents first: a default applies where its parent is.
constexpr Default kDefaults[] = {
    {"/spec/suspend", R"(false)"},
    {"/spec/interval", R"("10m")"},
    {"/spec/revisionHistoryLimit", R"(10)"},
    {"/spec/progressDeadlineSeconds", R"(600)"},
    {"/spec/deletionPolicy", R"("Delete")"},
    {"/spec/adoptionPolicy", R"("IfUnowned")"},
    {"/spec/target/access/secretRef/key", R"("kubeconfig")"},
    {"/spec/target/access/tokenSecretRef/key", R"("token")"},
    {"/spec/credentials/projectedToken/expirationSeconds", R"(43200)"},
    {"/spec/credentials/serviceAccountToken/expirationSeconds", R"(86400)"},
    {"/spec/credentials/federatedToken/expirationSeconds", R"(3600)"},
    {"/spec/credentials/provided/secretRef/key", R"("kubeconfig")"},
    {"/spec/credentials/rotation", R"({})"},
    {"/spec/credentials/rotation/renewAfterPercent", R"(50)"},
    {"/spec/credentials/rotation/overlap", R"("15m")"},
    {"/spec/credentials/rotation/confirmTimeout", R"("10m")"},
    {"/spec/credentials/delivery", R"({"reload": "File"})"},
    {"/spec/credentials/delivery/mountPath", R"("/var/run/secrets/portcullis")"},
    {"/spec/credentials/delivery/env", R"("KUBECONFIG")"},
    {"/spec/credentials/delivery/reload", R"("File")"},
    {"/spec/permissions", R"({"type": "Inline"})"},
    {"/spec/permissions/type", R"("Inline")"},
    {"/spec/workload/type", R"("Managed")"},
    {"/spec/workload/replicas", R"(2)"},
    {"/spec/workload/ports", R"({"webhook": 10250, "metrics": 8080, "health": 8081})"},
    {"/spec/workload/ports/webhook", R"(10250)"},
    {"/spec/workload/ports/metrics", R"(8080)"},
    {"/spec/workload/ports/health", R"(8081)"},
    {"/spec/workload/healthPaths", R"({})"},
    {"/spec/workload/healthPaths/liveness", R"("/healthz")"},
    {"/spec/workload/healthPaths/readiness", R"("/readyz")"},
    {"/spec/workload/verticalPodAutoscaler/updateMode", R"("Recreate")"},
    {"/spec/service", R"({})"},
    {"/spec/service/port", R"(443)"},
    {"/spec/service/trafficDistribution", R"("")"},
    {"/spec/serving", R"({"type": "Operator"})"},
    {"/spec/serving/type", R"("Operator")"},
    {"/spec/serving/mountPath", R"("/var/run/secrets/portcullis-tls")"},
    {"/spec/serving/operator/caValidity", R"("2160h")"},
    {"/spec/serving/operator/leafValidity", R"("336h")"},
    {"/spec/serving/operator/soak", R"("24h")"},
    {"/spec/webhooks", R"({"type": "Operator"})"},
    {"/spec/webhooks/type", R"("Operator")"},
    {"/spec/webhooks/clientConfig/url/host", R"("DNS")"},
    {"/spec/webhooks/validating/*/rules/*/scope", R"("*")"},
    {"/spec/webhooks/validating/*/matchPolicy", R"("Equivalent")"},
    {"/spec/webhooks/validating/*/timeoutSeconds", R"(10)"},
    {"/spec/webhooks/mutating/*/rules/*/scope", R"("*")"},
    {"/spec/webhooks/mutating/*/matchPolicy", R"("Equivalent")"},
    {"/spec/webhooks/mutating/*/timeoutSeconds", R"(10)"},
    {"/spec/webhooks/mutating/*/reinvocationPolicy", R"("Never")"},
    {"/spec/strategy", R"({"type": "Canary"})"},
    {"/spec/strategy/type", R"("Canary")"},
    {"/spec/strategy/paused", R"(false)"},
    {"/spec/strategy/canary/steps",
     R"([{"verify": {}}, {"replicas": 1, "pause": "1m"}, {"promote": {}}])"},
    {"/spec/strategy/canary/analysis", R"({})"},
    {"/spec/strategy/canary/analysis/maxFailedRequests", R"(0)"},
    {"/spec/strategy/canary/analysis/maxLatencyP99", R"("1s")"},
    {"/spec/strategy/canary/scaleDownDelay", R"("1m")"},
    {"/spec/strategy/probes/*/expect/sameAsStable", R"(false)"},
};

void fill(json::Value& parent, std::string_view pointer, std::string_view value) {
  if (pointer.starts_with("/*")) {
    if (auto* items = parent.as_array()) {
      for (auto& item : *items) fill(item, pointer.substr(2), value);
    }
    return;
  }
  if (parent.as_object() == nullptr) return;
  const auto slash = pointer.find('/', 1);
  const auto name = pointer.substr(1, slash == std::string_view::npos ? slash : slash - 1);
  auto* member = parent.as_object()->find(name);
  if (slash != std::string_view::npos) {
    if (member) fill(*member, pointer.substr(slash), value);
  } else if (member == nullptr) {
    parent[name] = *json::parse(value);
  }
}

}  // namespace

void default_admission(json::Value& document) {
  for (const auto& [pointer, value] : kDefaults) fill(document, pointer, value);
}

}  // namespace kube::testing
