#pragma once

#include <atomic>
#include <cstddef>

#include "base/log.hpp"
#include "net/http_server.hpp"
#include "webhook/protocol/http.hpp"
#include "webhook/server/fact_source.hpp"
#include "webhook/server/metrics.hpp"

namespace webhook {

struct HandlerLimits {
  std::size_t in_flight = 256;             ///< of one thread; above: 503
  std::chrono::milliseconds most{10'000};  ///< where the API server names no timeout
  std::chrono::milliseconds reserve{
      200};  ///< the answer leaves so long before the API server gives up
};

/// From an HTTP request to its answer. One for each thread; everything it refers to outlives it.
class AdmissionHandler {
 public:
  AdmissionHandler(const base::Log& log, Metrics& metrics, FactSource& source,
                   const std::atomic<bool>& draining, HandlerLimits limits = {})
      : log_(log), metrics_(metrics), source_(source), draining_(draining), limits_(limits) {}
  AdmissionHandler(AdmissionHandler&&) = delete;

  net_io::Task<net_io::HttpResponse> handle(net_io::ServerRequest request);

 private:
  struct Told;
  net_io::Task<protocol::Verdict> judge(const protocol::Routed* routed, net_io::Deadline deadline);
  net_io::HttpResponse unserved();
  void report(const protocol::Routed* routed, const Told& told) const;

  const base::Log& log_;
  Metrics& metrics_;
  FactSource& source_;
  const std::atomic<bool>& draining_;
  HandlerLimits limits_;
  std::size_t in_flight_ = 0;
};

}  // namespace webhook
