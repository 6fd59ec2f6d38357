#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "net/http_server.hpp"
#include "webhook/protocol/http.hpp"
#include "webhook/server/fact_source.hpp"
#include "webhook/server/log_budget.hpp"
#include "webhook/server/metrics.hpp"

namespace webhook {

struct HandlerLimits {
  std::size_t in_flight = 256;             ///< of one thread; above: 503
  std::chrono::milliseconds most{10'000};  ///< where the API server names no timeout
  std::chrono::milliseconds reserve{
      200};  ///< the answer leaves so long before the API server gives up
};

/// What is written about requests.
struct Reporting {
  std::string revision;          ///< of this program: an audit annotation of every answer
  bool access_log = false;       ///< a line for each request, without anything of the object
  double lines_per_second = 20;  ///< about denials and errors, of one thread; the rest is counted
  double burst = 100;
};

/// From an HTTP request to its answer. One for each thread; everything it refers to outlives it.
class AdmissionHandler {
 public:
  AdmissionHandler(const base::Log& log, Metrics& metrics, FactSource& source,
                   const std::atomic<bool>& draining, std::span<const std::string_view> paths,
                   HandlerLimits limits = {}, Reporting reporting = {})
      : log_(log),
        metrics_(metrics),
        source_(source),
        draining_(draining),
        paths_(paths),
        limits_(limits),
        budget_(reporting.lines_per_second, reporting.burst),
        reporting_(std::move(reporting)) {}
  AdmissionHandler(AdmissionHandler&&) = delete;

  net_io::Task<net_io::HttpResponse> handle(net_io::ServerRequest request);

 private:
  struct Told;
  net_io::Task<protocol::Verdict> judge(const protocol::Routed* routed, net_io::Deadline deadline);
  net_io::HttpResponse unserved();
  void report(const protocol::Routed* routed, const Told& told);
  void log_access(const protocol::Review& review, const Told& told) const;

  const base::Log& log_;
  Metrics& metrics_;
  FactSource& source_;
  const std::atomic<bool>& draining_;
  std::span<const std::string_view> paths_;
  HandlerLimits limits_;
  LogBudget budget_;
  Reporting reporting_;
  json::DomPool documents_;
  alicloud::ProfileReadings profiles_;
  std::size_t in_flight_ = 0;
};

}  // namespace webhook
