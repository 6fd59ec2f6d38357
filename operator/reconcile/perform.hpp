#pragma once

#include <memory>

#include "crypto/certificate.hpp"
#include "operator/plan/report.hpp"
#include "operator/reconcile/observe.hpp"

namespace reconcile {

/// Performs plans: the only place that knows every kind of action. A target that fails ends what
/// the plan wanted of it, a runtime cluster that fails ends the plan. An object that is refused
/// (another's, invalid, forbidden) ends what would be new or removed after it, and nothing else:
/// the credentials of what serves are renewed. What was done stays: the next plan starts from what
/// is then seen.
class Performer {
 public:
  Performer(ClusterView& runtime, crypto::KeySource& keys, base::Log log)
      : runtime_(runtime), keys_(keys), log_(std::move(log)) {}

  kube::Task<plan::Outcome> perform(std::shared_ptr<const Observation> seen, plan::Plan todo);

 private:
  struct Done {
    bool changed = true;
    std::vector<std::string> contested;
  };
  using Seen = std::shared_ptr<const Observation>;
  kube::Task<base::Result<Done>> one(Seen seen, plan::Action action);
  kube::Task<base::Result<Done>> apply(Seen seen, desired::Item item);
  kube::Task<base::Result<Done>> remove(Seen seen, plan::Remove action);
  kube::Task<base::Result<Done>> issue(Seen seen, credentials::Issue issue);
  kube::Task<base::Result<Done>> retire(Seen seen, credentials::Anchor anchor);
  kube::Task<base::Result<Done>> certify(Seen seen, credentials::CertificateStep step);
  kube::Task<base::Result<Done>> take(Seen seen, credentials::SigningRequest request);
  kube::Task<base::Result<Done>> trust(Seen seen, desired::Item access);
  kube::Task<base::Result<Done>> copy(Seen seen, credentials::Copy copy);
  kube::Task<base::Result<Done>> make_serving(Seen seen, bool with_ca);
  kube::Task<base::Result<Done>> hold(plan::HoldSecret action);
  kube::Task<base::Result<Done>> release(Seen seen);
  kube::Task<base::Result<Done>> write_secret(Seen seen, kube::Object secret);
  kube::Task<base::Result<Done>> deliver(Seen seen, kube::Object secret);
  kube::Task<> nudge(Seen seen);
  ClusterView* view_of(const Observation& seen, desired::Cluster cluster) const;

  ClusterView& runtime_;
  crypto::KeySource& keys_;
  base::Log log_;
};

/// Which cluster an action writes to first.
desired::Cluster cluster_of(const plan::Action& action);

}  // namespace reconcile
