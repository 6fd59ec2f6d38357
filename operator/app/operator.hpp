#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "kube/http/http_api.hpp"
#include "kube/runtime/controller.hpp"
#include "kube/runtime/leader_election.hpp"
#include "net/http_server.hpp"
#include "operator/app/flags.hpp"
#include "operator/app/http_connector.hpp"
#include "operator/reconcile/reconciler.hpp"

namespace app {

/// Two clients of the runtime cluster: one whose writes are fenced by the lease, and one for the
/// lease itself, with connections of its own.
struct RuntimeApis {
  std::unique_ptr<kube::HttpApi> work, lease;
};

/// The program: everything is made here, in this order, and ends in the reverse one. One loop, one
/// thread.
class Operator {
 public:
  Operator(net_io::Loop& loop, Flags flags, RuntimeApis apis, plan::TargetFacts local,
           std::shared_ptr<prometheus::Registry> registry, kube::RuntimeMetrics& metrics,
           base::Log log);

  /// Works until SIGTERM or SIGINT, or until the lease is lost. The exit code.
  net_io::Task<int> run();

 private:
  reconcile::ClusterView::Parts view_parts();
  reconcile::ClusterView::Parts target_parts();
  void watch_runtime();
  void runtime_health(const kube::watch::Reflector& reflector);
  void enqueue(const kube::Object& resource);
  void show_reflector(const std::string& cluster, const kube::watch::Reflector& reflector);
  net_io::Task<net_io::HttpResponse> answer(net_io::ServerRequest request);
  std::string why_not_ready() const;
  kube::LeaderElection::Callbacks election_callbacks();
  net_io::Task<> lead();
  net_io::Task<> stop_work();
  net_io::Task<> wait_for_end();
  net_io::Task<> begin();
  net_io::Task<bool> identify();

  net_io::Loop& loop_;
  Flags flags_;
  base::Log log_;
  base::SystemClock clock_;
  base::Random random_;
  crypto::SystemKeySource keys_;
  std::shared_ptr<prometheus::Registry> registry_;
  kube::RuntimeMetrics& metrics_;
  RuntimeApis apis_;
  kube::Api& api_;  ///< fenced
  kube::LeaderElection election_;
  std::string cluster_uid_;  ///< empty until the runtime cluster has answered once
  std::string why_unknown_ = "not asked yet";
  kube::watch::Reflector resources_;
  reconcile::ClusterView runtime_;
  HttpConnector connector_;
  reconcile::Targets targets_;
  kube::EventRecorder events_;
  reconcile::Reconciler reconciler_;
  kube::Controller controller_;
  net_io::HttpServer server_;
  net_io::TaskGroup tasks_;  ///< caches, server, election
  net_io::TaskGroup work_;   ///< the controller, while leading
  net_io::Event ended_;
  bool leading_ = false, lost_ = false;
};

}  // namespace app
