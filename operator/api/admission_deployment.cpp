#include "operator/api/admission_deployment.hpp"

#include <utility>

#include "base/clock.hpp"
#include "operator/api/fields.hpp"

namespace api {
namespace {

void refuse(std::vector<base::Problem>& problems, std::string_view path, std::string_view value,
            std::string_view supported) {
  problems.push_back({base::FieldPath(std::string(path)),
                      std::string(value) + " is not supported by this version; supported: " +
                          std::string(supported)});
}

void check_types(const Spec& spec, std::vector<base::Problem>& problems) {
  const auto only = [&](std::string_view path, const std::string& value,
                        std::string_view supported) {
    if (value != supported) refuse(problems, path, value, supported);
  };
  if (spec.target.access && spec.target.access->type == "Bootstrap")
    refuse(problems, "spec.target.access.type", "Bootstrap", "Kubeconfig, TokenRequestor");
  only("spec.workload.type", spec.workload.type, "Managed");
  only("spec.serving.type", spec.serving.type, "Operator");
  only("spec.webhooks.type", spec.webhooks.type, "Operator");
  only("spec.strategy.type", spec.strategy.type, "Canary");
}

/// Times that nothing waits for yet: only as the schema fills them in.
void check_times(const Spec& spec, std::vector<base::Problem>& problems) {
  const auto only = [&](std::string_view path, const std::string& value,
                        std::string_view supported) {
    if (base::parse_duration(value) != base::parse_duration(supported))
      refuse(problems, path, value, supported);
  };
  only("spec.credentials.rotation.confirmTimeout", spec.credentials.rotation.confirm_timeout,
       "10m");
  only("spec.serving.operator.soak", spec.serving.by_operator.soak, "24h");
}

/// What the operator sets itself: another wish would be lost.
void check_pod_template(const Spec& spec, std::vector<base::Problem>& problems) {
  const base::FieldPath at("spec.workload.podTemplate");
  const auto& given = spec.workload.pod_template;
  const auto& label = given.at("labels").at("app.kubernetes.io/managed-by");
  if (!label.is_null() && label.string_or("") != "portcullis")
    problems.push_back({at.field("labels").key("app.kubernetes.io/managed-by"),
                        "is set by the operator; supported: any other key"});
  const auto& variables = given.at("env").items();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto name = variables[i].at("name").string_or("");
    const bool is_way_in =
        spec.credentials.type != "InCluster" && name == spec.credentials.delivery.env;
    if (is_way_in || name == "PORTCULLIS_REVISION")
      problems.push_back(
          {at.field("env").index(i).field("name"),
           std::string(name) + " is set by the operator; supported: any other name"});
  }
}

/// The steps that the schema fills in: what a roll-out does here in any case.
json::Value default_canary() {
  using json::Value;
  return Value::object(
      {{"steps", Value::array({Value::object({{"verify", json::Object{}}}),
                               Value::object({{"replicas", 1}, {"pause", "1m"}}),
                               Value::object({{"promote", json::Object{}}})})},
       {"analysis", Value::object({{"maxFailedRequests", 0}, {"maxLatencyP99", "1s"}})},
       {"scaleDownDelay", "1m"}});
}

/// Whether everything that `given` says is also what `defaults` says.
bool says_only(const json::Value& given, const json::Value& defaults) {
  if (given.is_null()) return true;
  if (const auto* members = given.as_object()) {
    for (const auto& [key, value] : *members)
      if (!says_only(value, defaults.at(key))) return false;
    return true;
  }
  return given == defaults;
}

void check_strategy(const Strategy& strategy, std::vector<base::Problem>& problems) {
  if (strategy.paused) refuse(problems, "spec.strategy.paused", "true", "false");
  if (!strategy.probes.empty())
    refuse(problems, "spec.strategy.probes", "a list of probes", "none");
  if (!says_only(strategy.canary, default_canary()))
    refuse(problems, "spec.strategy.canary", "anything but the default", "leave it out");
}

}  // namespace

std::string AdmissionDeployment::target_namespace() const {
  return spec.target.namespace_name.empty() ? namespace_name() : spec.target.namespace_name;
}

std::string AdmissionDeployment::named_user() const {
  if (has_certificate()) return spec.credentials.client_certificate.user_name;
  return is_federated() ? spec.credentials.federated_token.user_name : std::string();
}

std::optional<SecretKeyRef> AdmissionDeployment::followed() const {
  if (spec.credentials.type == "Provided") return spec.credentials.provided.secret_ref;
  return has_certificate() ? spec.credentials.client_certificate.secret_ref : std::nullopt;
}

AdmissionDeployment read(kube::Object object) {
  auto decoded =
      json::decode<Spec>(object.at("spec"), json::Unknown::keep, base::FieldPath("spec"));
  return {.object = std::move(object),
          .spec = std::move(decoded.value),
          .problems = std::move(decoded.problems)};
}

std::vector<base::Problem> unsupported(const AdmissionDeployment& resource) {
  std::vector<base::Problem> problems;
  const auto& spec = resource.spec;
  check_types(spec, problems);
  check_times(spec, problems);
  if (spec.workload.vertical_pod_autoscaler)
    refuse(problems, "spec.workload.verticalPodAutoscaler", "an autoscaler", "leave it out");
  check_strategy(spec.strategy, problems);
  check_pod_template(spec, problems);
  return problems;
}

std::chrono::milliseconds duration_or(const std::string& text, std::chrono::milliseconds fallback) {
  return base::parse_duration(text).value_or(fallback);
}

}  // namespace api
