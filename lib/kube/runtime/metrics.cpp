#include "kube/runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <utility>

namespace kube {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

/// Requests mostly take milliseconds, and are given up after 15 s.
const Histogram::BucketBoundaries& request_buckets() {
  static const Histogram::BucketBoundaries kBuckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                    0.5,   1,    2.5,   5,    10,  15};
  return kBuckets;
}

const Histogram::BucketBoundaries& reconcile_buckets() {
  static const Histogram::BucketBoundaries kBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1,
                                                    2.5,   5,     10,  30,   60,  120};
  return kBuckets;
}

Family<Counter>& counter(Registry& registry, std::string_view name, std::string_view help) {
  return prometheus::BuildCounter()
      .Name("portcullis_" + std::string(name))
      .Help(std::string(help))
      .Register(registry);
}

Family<Gauge>& gauge(Registry& registry, std::string_view name, std::string_view help) {
  return prometheus::BuildGauge()
      .Name("portcullis_" + std::string(name))
      .Help(std::string(help))
      .Register(registry);
}

Family<Histogram>& histogram(Registry& registry, std::string_view name, std::string_view help) {
  return prometheus::BuildHistogram()
      .Name("portcullis_" + std::string(name))
      .Help(std::string(help))
      .Register(registry);
}

prometheus::Labels labels_of(const ClusterName& cluster) {
  return {{"cluster", cluster.role}, {"name", cluster.name}};
}

/// A scrape has a label `namespace` of its own: the Pod's.
prometheus::Labels labels_of(const ClusterName& cluster, std::string_view in,
                             std::string_view resource) {
  auto labels = labels_of(cluster);
  labels["watched_namespace"] = in;
  labels["resource"] = resource;
  return labels;
}

}  // namespace

/// The table of names.
struct RuntimeMetrics::State {
  explicit State(std::shared_ptr<Registry> r) : registry(std::move(r)) {}

  std::shared_ptr<Registry> registry;
  Family<Counter>& requests = counter(
      *registry, "kube_requests_total",
      "Requests to an API server by cluster, its name, verb, resource and code (0: no answer).");
  Family<Histogram>& request_seconds =
      histogram(*registry, "kube_request_duration_seconds",
                "Time to the answer of requests to an API server by cluster, its name and verb.");
  Family<Counter>& reconciles =
      counter(*registry, "reconcile_total",
              "Reconciles by controller and result (success, requeue, error).");
  Family<Histogram>& reconcile_seconds =
      histogram(*registry, "reconcile_duration_seconds", "Duration of reconciles by controller.");
  Family<Gauge>& depth =
      gauge(*registry, "workqueue_depth", "Keys that are due and wait for a worker by controller.");
  Family<Gauge>& scheduled =
      gauge(*registry, "workqueue_scheduled", "Keys that wait for their time by controller.");
  Family<Gauge>& longest =
      gauge(*registry, "workqueue_longest_running_seconds",
            "For how long the longest reconcile under way has run by controller.");
  Family<Histogram>& waited =
      histogram(*registry, "workqueue_queue_duration_seconds",
                "Time from when a key is due to when a worker takes it, by controller.");
  Family<Counter>& adds = counter(*registry, "workqueue_adds_total", "Keys added by controller.");
  Family<Counter>& retries =
      counter(*registry, "workqueue_retries_total",
              "Keys that failed and wait for their back-off, by controller.");
  Family<Gauge>& synced =
      gauge(*registry, "reflector_synced",
            "1 where the first list of a resource is complete, by cluster, its name, namespace and "
            "resource.");
  Family<Counter>& events = counter(
      *registry, "reflector_events_total",
      "What reflectors saw by cluster, its name, resource and type: ADDED, MODIFIED, DELETED, "
      "BOOKMARK, LIST and WATCH begun, FAILURE.");
  Counter& lost_events =
      counter(*registry, "events_failed_total", "Events that no API server took.").Add({});
  Gauge& leading =
      gauge(*registry, "leader", "1 while this process holds the lease, else 0.").Add({});
  Family<Counter>& lease_writes =
      counter(*registry, "lease_writes_total",
              "Attempts to take or renew the lease by result (taken, failed).");
  Histogram& lease_seconds = histogram(*registry, "lease_write_duration_seconds",
                                       "Time to the answer of attempts to take or renew the lease.")
                                 .Add({}, request_buckets());
  Counter& transitions =
      counter(*registry, "lease_transitions_total", "Changes of the lease's holder that were seen.")
          .Add({});
};

RuntimeMetrics::RuntimeMetrics(std::shared_ptr<Registry> registry)
    : state_(std::make_unique<State>(std::move(registry))) {}

RuntimeMetrics::~RuntimeMetrics() = default;

void RuntimeMetrics::request(const ClusterName& cluster, std::string_view verb,
                             std::string_view resource, int code, double seconds) {
  auto labels = labels_of(cluster);
  labels["verb"] = verb;
  state_->request_seconds.Add(labels, request_buckets()).Observe(seconds);
  labels["resource"] = resource;
  labels["code"] = std::to_string(code);
  state_->requests.Add(labels).Increment();
}

void RuntimeMetrics::reconcile(std::string_view controller, std::string_view result,
                               double seconds) {
  const std::string name(controller);
  state_->reconciles.Add({{"controller", name}, {"result", std::string(result)}}).Increment();
  state_->reconcile_seconds.Add({{"controller", name}}, reconcile_buckets()).Observe(seconds);
}

void RuntimeMetrics::queue(std::string_view controller, std::size_t due, std::size_t later,
                           double longest) {
  const prometheus::Labels labels{{"controller", std::string(controller)}};
  state_->depth.Add(labels).Set(static_cast<double>(due));
  state_->scheduled.Add(labels).Set(static_cast<double>(later));
  state_->longest.Add(labels).Set(longest);
}

void RuntimeMetrics::queue_take(std::string_view controller, double waited) {
  state_->waited.Add({{"controller", std::string(controller)}}, reconcile_buckets())
      .Observe(waited);
}

void RuntimeMetrics::queue_add(std::string_view controller) {
  state_->adds.Add({{"controller", std::string(controller)}}).Increment();
}

void RuntimeMetrics::queue_retry(std::string_view controller) {
  state_->retries.Add({{"controller", std::string(controller)}}).Increment();
}

void RuntimeMetrics::event_failed() { state_->lost_events.Increment(); }

void RuntimeMetrics::reflector_synced(const ClusterName& cluster, std::string_view in,
                                      std::string_view resource, bool synced) {
  state_->synced.Add(labels_of(cluster, in, resource)).Set(synced ? 1 : 0);
}

void RuntimeMetrics::reflector_gone(const ClusterName& cluster, std::string_view in,
                                    std::string_view resource) {
  state_->synced.Remove(&state_->synced.Add(labels_of(cluster, in, resource)));
}

void RuntimeMetrics::reflector_event(const ClusterName& cluster, std::string_view resource,
                                     std::string_view type) {
  auto labels = labels_of(cluster);
  labels["resource"] = resource;
  labels["type"] = type;
  state_->events.Add(labels).Increment();
}

void RuntimeMetrics::leader(bool is_leader) { state_->leading.Set(is_leader ? 1 : 0); }

void RuntimeMetrics::lease_write(bool is_taken, double seconds) {
  state_->lease_writes.Add({{"result", is_taken ? "taken" : "failed"}}).Increment();
  state_->lease_seconds.Observe(seconds);
}

void RuntimeMetrics::lease_transition() { state_->transitions.Increment(); }

}  // namespace kube
