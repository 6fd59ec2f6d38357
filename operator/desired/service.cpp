#include "operator/desired/service.hpp"

namespace desired {
namespace {

using json::Value;

}  // namespace

Item service(const Inputs& inputs) {
  const auto& spec = inputs.resource.spec;
  auto object = owned(inputs, Cluster::runtime, kube::kinds::kService,
                      inputs.resource.namespace_name(), names(inputs).service);
  for (const auto& [key, value] : spec.service.labels) object.set_label(key, value);
  for (const auto& [key, value] : spec.service.annotations) object.set_annotation(key, value);
  auto port = Value::object({{"name", "webhook"},
                             {"port", spec.service.port},
                             {"protocol", "TCP"},
                             {"targetPort", "webhook"}});
  auto wanted = Value::object({{"type", "ClusterIP"},
                               {"selector", pod_labels(inputs.resource)},
                               {"ports", Value::array({std::move(port)})}});
  if (!spec.service.traffic_distribution.empty())
    wanted["trafficDistribution"] = spec.service.traffic_distribution;
  object["spec"] = std::move(wanted);
  return {Stage::runtime_identity, Cluster::runtime, std::move(object), kWorkloadManager};
}

Item disruption_budget(const Inputs& inputs, std::string_view revision) {
  auto object =
      owned(inputs, Cluster::runtime, kube::kinds::kPodDisruptionBudget,
            inputs.resource.namespace_name(), inputs.resource.name() + "-" + std::string(revision));
  auto selected = pod_labels(inputs.resource);
  selected[kRevisionLabel] = revision;
  object["spec"] =
      Value::object({{"maxUnavailable", 1},
                     {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
                     {"selector", Value::object({{"matchLabels", std::move(selected)}})}});
  return {Stage::replicas, Cluster::runtime, std::move(object), kWorkloadManager};
}

}  // namespace desired
