#include "webhook/server/call_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace webhook {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

const Histogram::BucketBoundaries kCallSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                               0.25,  0.5,    1,     2.5,  5,     10};

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

struct CallMetrics::State {
  explicit State(prometheus::Registry& registry)
      : cluster_requests(counter(registry, "portcullis_webhook_cluster_requests_total",
                                 "Requests to the cluster by verb, resource and HTTP code (0: no "
                                 "answer).")),
        cluster_seconds(histogram(registry, "portcullis_webhook_cluster_request_duration_seconds",
                                  "Duration of requests to the cluster by verb and resource; of a "
                                  "watch, until it began.")),
        cloud_requests(counter(registry, "portcullis_webhook_cloud_requests_total",
                               "Requests to the cloud by action and result (ok, throttled, "
                               "refused, unavailable).")),
        cloud_seconds(histogram(registry, "portcullis_webhook_cloud_request_duration_seconds",
                                "Duration of requests to the cloud by action.")) {}

  Family<Counter>& cluster_requests;
  Family<Histogram>& cluster_seconds;
  Family<Counter>& cloud_requests;
  Family<Histogram>& cloud_seconds;
};

CallMetrics::CallMetrics(prometheus::Registry& registry)
    : state_(std::make_unique<State>(registry)) {}
CallMetrics::~CallMetrics() = default;

void CallMetrics::cluster(std::string_view verb, std::string_view resource, int code,
                          double seconds) {
  const std::string what(verb);
  const std::string of(resource);
  state_->cluster_requests.Add({{"verb", what}, {"resource", of}, {"code", std::to_string(code)}})
      .Increment();
  state_->cluster_seconds.Add({{"verb", what}, {"resource", of}}, kCallSeconds).Observe(seconds);
}

void CallMetrics::cloud(std::string_view action, std::string_view result, double seconds) {
  const std::string what(action);
  state_->cloud_requests.Add({{"action", what}, {"result", std::string(result)}}).Increment();
  state_->cloud_seconds.Add({{"action", what}}, kCallSeconds).Observe(seconds);
}

}  // namespace webhook
