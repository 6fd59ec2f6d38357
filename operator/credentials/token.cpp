#include "operator/credentials/token.hpp"

#include <algorithm>

namespace credentials {
namespace {

/// What a clock may be set back without anybody noticing.
constexpr std::chrono::minutes kClockSlack{1};
/// Of its lifetime: how far a renewal may be put off for others.
constexpr int kLatestPercent = 75;

std::int64_t highest(const Observed& seen) {
  std::int64_t most = seen.delivered ? seen.delivered->generation : 0;
  for (const auto& anchor : seen.anchors) most = std::max(most, anchor.generation);
  return most;
}

bool is_in_use(const Observed& seen, const Anchor& anchor) {
  return seen.delivered && anchor.uid.value == seen.delivered->anchor_uid;
}

/// Of what is delivered. An annotation edited by hand must not make its own anchor look old or new.
std::int64_t current_generation(const Observed& seen) {
  auto current = seen.delivered ? seen.delivered->generation : 0;
  for (const auto& anchor : seen.anchors)
    if (is_in_use(seen, anchor)) current = std::max(current, anchor.generation);
  return current;
}

/// Why the delivered credential will not do; empty while it does.
std::string why_issue(const Wanted& wanted, const Observed& seen, base::TimePoint now) {
  if (!seen.delivered) return "no credential has been delivered";
  const auto& held = *seen.delivered;
  if (held.service_account_uid != seen.service_account_uid)
    return "the ServiceAccount was created anew";
  const auto is_its_anchor = [&](const Anchor& anchor) {
    return is_in_use(seen, anchor) && !anchor.being_deleted;
  };
  if (std::ranges::none_of(seen.anchors, is_its_anchor))
    return "the Secret that the token is bound to is gone";
  return why_stale(wanted, held, now);
}

/// When the time alone asks for a successor.
base::TimePoint due_at(const Wanted& wanted, const Delivered& held) {
  const auto wished = renew_at(held, wanted.renew_after_percent, wanted.early);
  return wanted.crowded ? std::max(wished, renew_at(held, kLatestPercent)) : wished;
}

/// The newest anchor that nothing delivered hangs on.
const Anchor* left_over(const Observed& seen) {
  const Anchor* newest = nullptr;
  for (const auto& anchor : seen.anchors) {
    if (anchor.being_deleted || is_in_use(seen, anchor)) continue;
    if (anchor.generation <= current_generation(seen)) continue;
    if (!newest || anchor.generation > newest->generation) newest = &anchor;
  }
  return newest;
}

Issue issue(const Observed& seen, std::string reason) {
  const auto* left = left_over(seen);
  const auto living =
      std::ranges::count_if(seen.anchors, [](const Anchor& a) { return !a.being_deleted; });
  const bool may_be_in_use = !seen.delivered && static_cast<std::size_t>(living) < kMostUnknown;
  if (left && !may_be_in_use) return {left->generation, std::move(reason), *left};
  return {highest(seen) + 1, std::move(reason)};
}

}  // namespace

std::string why_stale(const Wanted& wanted, const Delivered& held, base::TimePoint now) {
  if (now + kClockSlack < held.delivered_at) return "the clock was set back";
  if (!wanted.rotation.empty() && held.rotation != wanted.rotation)
    return "a rotation was asked for";
  if (held.inputs != wanted.inputs && now >= held.delivered_at + wanted.min_interval)
    return "the resource or the target's address or CA has changed";
  if (now >= due_at(wanted, held)) return "the time for renewal has come";
  return {};
}

base::TimePoint next_look(const Wanted& wanted, const Delivered& held) {
  const auto renewal = due_at(wanted, held);
  if (held.inputs == wanted.inputs) return renewal;
  return std::min(renewal, held.delivered_at + wanted.min_interval);
}

base::TimePoint retire_at(const Wanted& wanted, const Delivered& held) {
  const auto fifth = (held.not_after - held.issued_at) / 5;
  return held.delivered_at + std::min<std::chrono::milliseconds>(wanted.overlap, fifth);
}

base::TimePoint renew_at(const Delivered& delivered, int renew_after_percent, double early) {
  const auto wait = (delivered.not_after - delivered.issued_at) * renew_after_percent / 100;
  const auto sooner = std::chrono::duration<double, std::milli>(wait) * early;
  return delivered.delivered_at + wait -
         std::chrono::duration_cast<std::chrono::milliseconds>(sooner);
}

Decision decide(const Wanted& wanted, const Observed& seen, base::TimePoint now) {
  if (auto reason = why_issue(wanted, seen, now); !reason.empty())
    return issue(seen, std::move(reason));
  if (const auto* left = left_over(seen)) return Retire{*left};
  const auto& held = *seen.delivered;
  auto look_again = next_look(wanted, held);
  if (wanted.holds_old) return Keep{look_again};
  for (const auto& anchor : seen.anchors) {
    if (anchor.being_deleted || is_in_use(seen, anchor)) continue;
    if (now >= retire_at(wanted, held)) return Retire{anchor};
    look_again = std::min(look_again, retire_at(wanted, held));
  }
  return Keep{look_again};
}

}  // namespace credentials
