#pragma once

#include <string>
#include <variant>
#include <vector>

#include "operator/credentials/token.hpp"

// Decisions about client certificates that the target signs for the workload: pure, from what both
// clusters show. A generation is a key in a Secret of the runtime cluster, a
// CertificateSigningRequest in the target made from it, and in the end the delivered Secret; key
// and request go when their certificate has been delivered. A certificate cannot be revoked: the
// one before ends by expiry.
namespace credentials {

/// The key that a certificate is asked for with.
struct PendingKey {
  std::int64_t generation = 0;
  std::string inputs, rotation;  ///< Wanted's when it was made
  std::string request_pem;
  kube::Uid uid;
};

/// One of ours in the target.
struct SigningRequest {
  std::string name;
  std::int64_t generation = 0;
  kube::Uid uid;
  std::string request_pem;
  bool approved = false;
  bool being_deleted = false;
  std::string refusal;           ///< who denied it or why signing failed; "" where nobody did
  bool has_certificate = false;  ///< and it fits the pending key
  base::TimePoint not_after;     ///< of that certificate
};

struct CertificateObserved {
  std::optional<Delivered> delivered;  ///< its account and anchor are empty
  std::optional<PendingKey> pending;
  std::vector<SigningRequest> requests;
};

/// A key, and the request made from it, in the runtime cluster.
struct MakeKey {
  std::int64_t generation;
  std::string reason;
};
struct MakeRequest {
  std::int64_t generation;
};
struct ApproveRequest {
  SigningRequest request;
};
/// Verify the certificate, and deliver it with its key.
struct DeliverCertificate {
  SigningRequest request;
};
struct DropRequest {
  SigningRequest request;
};
struct DropKey {
  kube::Uid uid;
};
/// Somebody else has to act.
struct AwaitOthers {
  std::string reason, message;
  base::TimePoint look_again;
};
using CertificateStep =
    std::variant<MakeKey, MakeRequest, ApproveRequest, DeliverCertificate, DropRequest, DropKey>;
using CertificateDecision = std::variant<Keep, AwaitOthers, CertificateStep>;

/// Triggers as for tokens, but for account and anchor, which certificates lack. One step at a time;
/// each finds what the one before it left, so that a crash repeats at most one. A key whose wish
/// has changed meanwhile is replaced; a request that was denied stands until a person deletes it or
/// wishes something else. `approves`: by us, else by others.
CertificateDecision decide(const Wanted& wanted, bool approves, const CertificateObserved& seen,
                           base::TimePoint now);

/// "approve the request ... in the target cluster", for people.
std::string describe(const CertificateStep& step);

}  // namespace credentials
