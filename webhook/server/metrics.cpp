#include "webhook/server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <string>

namespace webhook {

namespace {

constexpr std::array<std::string_view, 3> kVerdicts{"allowed", "denied", "error"};
constexpr std::string_view kOther = "other";

const prometheus::Histogram::BucketBoundaries kSeconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

template <class Builder>
auto& build(Builder builder, prometheus::Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  struct OfPath {
    std::map<std::string, prometheus::Counter*, std::less<>> verdicts;
    prometheus::Histogram* seconds = nullptr;
  };

  explicit State(std::shared_ptr<prometheus::Registry> in) : registry(std::move(in)) {}

  std::shared_ptr<prometheus::Registry> registry;
  std::map<std::string, OfPath, std::less<>> paths;
  prometheus::Gauge* in_flight = nullptr;
  prometheus::Counter* overloaded = nullptr;
  prometheus::Family<prometheus::Gauge>* connections = nullptr;
  prometheus::Gauge* certificate_not_after = nullptr;
  prometheus::Counter* certificate_loads = nullptr;
  prometheus::Counter* certificate_failures = nullptr;
};

Metrics::Metrics(std::shared_ptr<prometheus::Registry> registry,
                 std::span<const std::string_view> paths, std::string_view version)
    : state_(std::make_unique<State>(std::move(registry))) {
  auto& all = *state_->registry;
  auto& requests = build(prometheus::BuildCounter(), all, "portcullis_webhook_requests_total",
                         "Admission requests by path and verdict (allowed, denied, error).");
  auto& seconds =
      build(prometheus::BuildHistogram(), all, "portcullis_webhook_request_duration_seconds",
            "Time from the first byte of a request to its answer.");
  const auto add_path = [&](std::string_view path) {
    auto& of_path = state_->paths[std::string(path)];
    of_path.seconds = &seconds.Add({{"path", std::string(path)}}, kSeconds);
    for (const auto verdict : kVerdicts) {
      of_path.verdicts[std::string(verdict)] =
          &requests.Add({{"path", std::string(path)}, {"verdict", std::string(verdict)}});
    }
  };
  for (const auto path : paths) add_path(path);
  add_path(kOther);
  state_->in_flight = &build(prometheus::BuildGauge(), all, "portcullis_webhook_requests_in_flight",
                             "Requests being judged.")
                           .Add({});
  state_->overloaded =
      &build(prometheus::BuildCounter(), all, "portcullis_webhook_overloaded_total",
             "Requests answered 503 because too many were being judged.")
           .Add({});
  state_->connections = &build(prometheus::BuildGauge(), all, "portcullis_webhook_connections",
                               "Open connections by thread.");
  state_->certificate_not_after =
      &build(prometheus::BuildGauge(), all, "portcullis_webhook_certificate_not_after_seconds",
             "When the serving certificate expires, in seconds since 1970; 0: none is loaded.")
           .Add({});
  auto& loads = build(prometheus::BuildCounter(), all, "portcullis_webhook_certificate_loads_total",
                      "Changed certificates found, by result.");
  state_->certificate_loads = &loads.Add({{"result", "ok"}});
  state_->certificate_failures = &loads.Add({{"result", "error"}});
  build(prometheus::BuildGauge(), all, "portcullis_build_info", "1, labelled with the version.")
      .Add({{"component", "webhook-alicloud"}, {"version", std::string(version)}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::answered(std::string_view path, std::string_view verdict, double seconds) {
  auto found = state_->paths.find(path);
  if (found == state_->paths.end()) found = state_->paths.find(kOther);
  found->second.seconds->Observe(seconds);
  found->second.verdicts.find(verdict)->second->Increment();
}

void Metrics::in_flight(int change) { state_->in_flight->Increment(change); }

void Metrics::overloaded() { state_->overloaded->Increment(); }

void Metrics::connections(std::size_t thread, std::size_t open) {
  state_->connections->Add({{"thread", std::to_string(thread)}}).Set(static_cast<double>(open));
}

void Metrics::certificate_loaded(base::TimePoint not_after) {
  const auto seconds = std::chrono::duration<double>(not_after.time_since_epoch()).count();
  state_->certificate_not_after->Set(seconds);
  state_->certificate_loads->Increment();
}

void Metrics::certificate_failed() { state_->certificate_failures->Increment(); }

}  // namespace webhook
