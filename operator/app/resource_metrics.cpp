#include "operator/app/resource_metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "operator/api/admission_deployment.hpp"

namespace app {
namespace {

using prometheus::MetricFamily;

MetricFamily gauge(const char* name, const char* help) {
  return {.name = name, .help = help, .type = prometheus::MetricType::Gauge, .metric = {}};
}

/// The table of names.
struct Families {
  MetricFamily conditions =
      gauge("portcullis_resource_condition",
            "1 where a condition of an AdmissionDeployment is True, else 0, by condition.");
  MetricFamily issued_at =
      gauge("portcullis_resource_credentials_issued_at_seconds",
            "When the replicas' credential was issued, in seconds since 1970.");
  MetricFamily not_after = gauge("portcullis_resource_credentials_not_after_seconds",
                                 "When the replicas' credential ends, in seconds since 1970.");
  MetricFamily leaf_not_after =
      gauge("portcullis_resource_leaf_not_after_seconds",
            "When the serving certificate in the Secret ends, in seconds since 1970.");
  MetricFamily access_not_after =
      gauge("portcullis_resource_access_not_after_seconds",
            "When the operator's own way into the target ends, in seconds since 1970.");
  MetricFamily leaf_lifetime =
      gauge("portcullis_resource_leaf_lifetime_seconds",
            "For how long serving certificates are issued, by serving.operator.leafValidity.");
};

void add(MetricFamily& family, const kube::Object& resource, double value,
         std::string_view condition = {}) {
  prometheus::ClientMetric metric;
  metric.label = {{"namespace", resource.namespace_name()},
                  {"admissiondeployment", resource.name()}};
  if (!condition.empty()) metric.label.push_back({"condition", std::string(condition)});
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

template <class Duration>
double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void add_time(MetricFamily& family, const kube::Object& resource, const json::Value& text) {
  if (const auto time = base::parse_rfc3339(text.string_or("")))
    add(family, resource, seconds(time->time_since_epoch()));
}

void add_leaf(Families& all, const kube::Object& resource) {
  const auto& serving = resource.at("status").at("serving");
  add_time(all.leaf_not_after, resource, serving.at("leafNotAfter"));
  if (serving.is_null()) return;
  const api::ServingOperator defaults;
  const auto& asked = resource.at("spec").at("serving").at("operator").at("leafValidity");
  const auto lifetime = base::parse_duration(asked.string_or(defaults.leaf_validity));
  if (lifetime) add(all.leaf_lifetime, resource, seconds(*lifetime));
}

void add_resource(Families& all, const kube::Object& resource) {
  const auto& status = resource.at("status");
  for (const auto& condition : status.at("conditions").items())
    add(all.conditions, resource, condition.at("status").string_or("") == "True" ? 1 : 0,
        condition.at("type").string_or(""));
  add_time(all.issued_at, resource, status.at("credentials").at("issuedAt"));
  add_time(all.not_after, resource, status.at("credentials").at("notAfter"));
  add_time(all.access_not_after, resource, status.at("targetAccess").at("notAfter"));
  add_leaf(all, resource);
}

}  // namespace

std::string resource_metrics(const kube::watch::Store& resources) {
  Families all;
  for (const auto* resource : resources.all()) add_resource(all, *resource);
  return prometheus::TextSerializer().Serialize(
      {std::move(all.conditions), std::move(all.issued_at), std::move(all.not_after),
       std::move(all.leaf_not_after), std::move(all.leaf_lifetime),
       std::move(all.access_not_after)});
}

}  // namespace app
