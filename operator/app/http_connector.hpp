#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kube/http/http_api.hpp"
#include "kube/runtime/leader_election.hpp"
#include "kube/runtime/metrics.hpp"
#include "operator/reconcile/targets.hpp"

namespace app {

/// Makes connections over HTTPS whose writes are fenced by the lease.
class HttpConnector final : public reconcile::Connector {
 public:
  struct Parts {
    net_io::Executor executor;
    const base::Clock& clock;
    base::Log log;
    kube::RuntimeMetrics& metrics;
    std::string user_agent;
    kube::Api& runtime;  ///< fenced
    std::function<bool()> may_write;
  };
  explicit HttpConnector(Parts parts) : parts_(std::move(parts)) {}

  base::Result<std::unique_ptr<reconcile::Connection>> connect(const std::string& cluster,
                                                               kube::ClientConfig config) override;
  std::unique_ptr<reconcile::Connection> runtime() override;

 private:
  Parts parts_;
};

}  // namespace app
