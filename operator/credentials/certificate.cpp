#include "operator/credentials/certificate.hpp"

#include <algorithm>

namespace credentials {
namespace {

/// What a signer, or a person, is given before we look without having been told.
constexpr std::chrono::seconds kLookAgain{2};

std::int64_t highest(const CertificateObserved& seen) {
  std::int64_t most = seen.delivered ? seen.delivered->generation : 0;
  if (seen.pending) most = std::max(most, seen.pending->generation);
  for (const auto& request : seen.requests) most = std::max(most, request.generation);
  return most;
}

/// Whether the pending key is one that today's wish would make.
bool is_for(const PendingKey& key, const Wanted& wanted, const CertificateObserved& seen) {
  const bool is_newer = !seen.delivered || key.generation > seen.delivered->generation;
  return is_newer && key.inputs == wanted.inputs && key.rotation == wanted.rotation;
}

bool is_made_from(const SigningRequest& request, const PendingKey& key) {
  return request.generation == key.generation && request.request_pem == key.request_pem;
}

/// A request that nothing will come of.
const SigningRequest* useless(const CertificateObserved& seen, bool needs_one,
                              base::TimePoint now) {
  for (const auto& request : seen.requests) {
    if (request.being_deleted) continue;
    const bool is_wanted = needs_one && seen.pending && is_made_from(request, *seen.pending);
    const bool is_over = request.has_certificate && now >= request.not_after;
    if (!is_wanted || is_over) return &request;
  }
  return nullptr;
}

const SigningRequest* living(const CertificateObserved& seen) {
  const auto found = std::ranges::find_if(
      seen.requests, [](const SigningRequest& request) { return !request.being_deleted; });
  return found == seen.requests.end() ? nullptr : &*found;
}

CertificateDecision follow(const SigningRequest& request, bool approves, base::TimePoint now) {
  if (!request.refusal.empty())
    return AwaitOthers{"RequestRefused",
                       "CertificateSigningRequest " + request.name + ": " + request.refusal +
                           "; delete it to have it asked for again",
                       now + kLookAgain};
  if (request.has_certificate) return CertificateStep(DeliverCertificate{request});
  if (request.approved)
    return AwaitOthers{"WaitingForSigner",
                       "CertificateSigningRequest " + request.name +
                           " is approved, and the target's signer has not signed it yet",
                       now + kLookAgain};
  if (approves) return CertificateStep(ApproveRequest{request});
  return AwaitOthers{"WaitingForApproval",
                     "CertificateSigningRequest " + request.name +
                         " of the target waits for somebody to approve it: kubectl certificate "
                         "approve " +
                         request.name,
                     now + kLookAgain};
}

std::string why_renew(const Wanted& wanted, const CertificateObserved& seen, base::TimePoint now) {
  if (!seen.delivered) return "no credential has been delivered";
  return why_stale(wanted, *seen.delivered, now);
}

CertificateDecision clean_up(const Wanted& wanted, const CertificateObserved& seen) {
  if (seen.pending) return CertificateStep(DropKey{seen.pending->uid});
  return Keep{next_look(wanted, *seen.delivered)};
}

struct Describe {
  std::string operator()(const MakeKey& step) const {
    return "make the key of certificate generation " + std::to_string(step.generation) +
           " in the runtime cluster (" + step.reason + ")";
  }
  std::string operator()(const MakeRequest& step) const {
    return "ask for certificate generation " + std::to_string(step.generation) +
           " in the target cluster";
  }
  std::string operator()(const ApproveRequest& step) const {
    return "approve CertificateSigningRequest " + step.request.name + " in the target cluster";
  }
  std::string operator()(const DeliverCertificate& step) const {
    return "verify certificate generation " + std::to_string(step.request.generation) +
           " in the target cluster and deliver it";
  }
  std::string operator()(const DropRequest& step) const {
    return "delete CertificateSigningRequest " + step.request.name + " in the target cluster";
  }
  std::string operator()(const DropKey&) const {
    return "delete the key of a request that is over in the runtime cluster";
  }
};

}  // namespace

CertificateDecision decide(const Wanted& wanted, bool approves, const CertificateObserved& seen,
                           base::TimePoint now) {
  const auto reason = why_renew(wanted, seen, now);
  const bool needs_one = !reason.empty();
  if (const auto* request = useless(seen, needs_one, now))
    return CertificateStep(DropRequest{*request});
  if (!needs_one) return clean_up(wanted, seen);
  if (!seen.pending || !is_for(*seen.pending, wanted, seen))
    return CertificateStep(MakeKey{highest(seen) + 1, reason});
  if (const auto* request = living(seen)) return follow(*request, approves, now);
  if (!seen.requests.empty())
    return AwaitOthers{"WaitingForDeletion", "a request of before is being deleted",
                       now + kLookAgain};
  return CertificateStep(MakeRequest{seen.pending->generation});
}

std::string describe(const CertificateStep& step) { return std::visit(Describe{}, step); }

}  // namespace credentials
