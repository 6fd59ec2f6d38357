#include "operator/credentials/token.hpp"

#include <algorithm>

namespace credentials {
namespace {

std::int64_t highest(const Observed& seen) {
  std::int64_t most = seen.delivered ? seen.delivered->generation : 0;
  for (const auto& anchor : seen.anchors) most = std::max(most, anchor.generation);
  return most;
}

/// Why the delivered credential will not do; empty while it does.
std::string why_issue(const Wanted& wanted, const Observed& seen, base::TimePoint now) {
  if (!seen.delivered) return "no credential has been delivered";
  const auto& held = *seen.delivered;
  if (held.inputs != wanted.inputs) return "the resource or the target's address or CA has changed";
  if (held.service_account_uid != seen.service_account_uid)
    return "the ServiceAccount was created anew";
  const auto is_its_anchor = [&](const Anchor& anchor) {
    return anchor.uid.value == held.anchor_uid && !anchor.being_deleted;
  };
  if (std::ranges::none_of(seen.anchors, is_its_anchor))
    return "the Secret that the token is bound to is gone";
  if (now >= renew_at(held, wanted.renew_after_percent)) return "the time for renewal has come";
  return {};
}

/// When what came before the delivered generation may go.
base::TimePoint retire_at(const Wanted& wanted, const Delivered& held) {
  const auto fifth = (held.not_after - held.issued_at) / 5;
  return held.issued_at + std::min<std::chrono::milliseconds>(wanted.overlap, fifth);
}

}  // namespace

base::TimePoint renew_at(const Delivered& delivered, int renew_after_percent) {
  return delivered.issued_at +
         (delivered.not_after - delivered.issued_at) * renew_after_percent / 100;
}

Decision decide(const Wanted& wanted, const Observed& seen, base::TimePoint now) {
  const auto reason = why_issue(wanted, seen, now);
  const auto current = seen.delivered ? seen.delivered->generation : 0;
  for (const auto& anchor : seen.anchors)
    if (anchor.generation > current && !anchor.being_deleted) return Retire{anchor};
  if (!reason.empty()) return Issue{highest(seen) + 1, reason};
  const auto& held = *seen.delivered;
  auto look_again = renew_at(held, wanted.renew_after_percent);
  for (const auto& anchor : seen.anchors) {
    if (anchor.generation >= current || anchor.being_deleted) continue;
    if (now >= retire_at(wanted, held)) return Retire{anchor};
    look_again = std::min(look_again, retire_at(wanted, held));
  }
  return Keep{look_again};
}

}  // namespace credentials
