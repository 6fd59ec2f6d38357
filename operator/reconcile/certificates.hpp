#pragma once

#include <memory>

#include "crypto/certificate.hpp"
#include "operator/reconcile/observe.hpp"

// The workload's client certificates: their keys in the runtime cluster, their requests in the
// target.
namespace reconcile {

/// Secret with a new key and the request made from it.
base::Result<kube::Object> pending_key_secret(const plan::Snapshot& snapshot,
                                              std::int64_t generation, crypto::KeySource& keys);
/// nullopt: damaged, and as good as none.
std::optional<credentials::PendingKey> read_pending_key(const kube::Object& secret);

/// Requests of the resource, judged by the pending key (nullopt: none).
kube::Task<base::Result<std::vector<credentials::SigningRequest>>> read_requests(
    kube::Api& target, std::shared_ptr<const plan::Snapshot> seen,
    std::optional<kube::Object> pending_key);

kube::Task<base::Result<>> make_request(Target& target, std::shared_ptr<const Observation> seen,
                                        credentials::MakeRequest step);
kube::Task<base::Result<>> approve(Target& target, credentials::SigningRequest request);
/// The Secret to deliver, once the target has shown that it takes the certificate.
kube::Task<base::Result<kube::Object>> take_certificate(kube::Api& runtime, Target& target,
                                                        std::shared_ptr<const Observation> seen,
                                                        credentials::SigningRequest request);

}  // namespace reconcile
