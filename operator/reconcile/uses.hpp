#pragma once

#include <vector>

#include "kube/watch/store.hpp"
#include "operator/plan/snapshot.hpp"
#include "operator/reconcile/cluster_view.hpp"

// Secrets of others that resources name: they stay, by a finalizer, while one does.
namespace reconcile {

/// Those that a resource names and that are there, as the caches show them.
std::vector<kube::Object> named_secrets(const ClusterView& runtime,
                                        const api::AdmissionDeployment& resource);

/// Those of a namespace that are held and that no resource names; one that is `leaving` does not
/// count. Read live, the metadata of all Secrets: for moments when that may have changed.
kube::Task<base::Result<std::vector<kube::Object>>> unused_secrets(
    kube::Api& runtime, const kube::watch::Store& resources, std::string space,
    std::string leaving);

/// Puts the finalizer on a Secret, or takes it away. One that has changed meanwhile is left for the
/// next time.
kube::Task<base::Result<bool>> hold_secret(kube::Api& runtime, kube::Object secret, bool held);

}  // namespace reconcile
