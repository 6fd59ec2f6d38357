#include "operator/plan/times.hpp"

#include "base/clock.hpp"

namespace plan {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds kTold = 1min, kNoMoreTold = 50s, kWrong = 5min;

/// Texts that do not change while it stays about as it is: a status is not written for a second.
std::string told(const char* whose, milliseconds skew) {
  return std::string("the clock of the ") + whose + " cluster's API server is more than " +
         (std::chrono::abs(skew) > kWrong ? "5 minutes " : "1 minute ") +
         (skew > 0ms ? "ahead of" : "behind") + " the operator's";
}

}  // namespace

bool is_clock_wrong(const Snapshot& seen) {
  const auto is_wrong = [](const std::optional<milliseconds>& skew) {
    return skew && std::chrono::abs(*skew) > kWrong;
  };
  return is_wrong(seen.runtime_skew) || is_wrong(seen.target_skew);
}

void clock_skewed(const Snapshot& seen, Conditions& conditions) {
  const auto least = conditions.before("ClockSkewed") ? kNoMoreTold : kTold;
  std::string text;
  const auto add = [&](const char* whose, const std::optional<milliseconds>& skew) {
    if (!skew || std::chrono::abs(*skew) <= least) return;
    text += (text.empty() ? "" : "; ") + told(whose, *skew);
  };
  add("runtime", seen.runtime_skew);
  add("target", seen.target_skew);
  if (text.empty()) return;
  if (is_clock_wrong(seen)) text += "; no new serving certificate is made meanwhile";
  conditions.set("ClockSkewed", true, is_clock_wrong(seen) ? "ClockWrong" : "ClockOff", text);
}

void access_ending(const Snapshot& seen, Conditions& conditions) {
  if (!seen.access || !seen.resource.spec.target.access) return;
  const auto& way = *seen.resource.spec.target.access;
  const bool is_token = way.token_secret_ref.has_value();
  const auto lifetime = seen.access->end - seen.access->since;
  if (seen.now < seen.access->end - lifetime / (is_token ? 10 : 3)) return;
  const bool is_over = seen.now >= seen.access->end;
  const auto& name = is_token ? way.token_secret_ref->name : way.secret_ref.name;
  conditions.set("AccessEnding", true, is_over ? "Ended" : "EndsSoon",
                 "the way into the target, in Secret " + name + ", " +
                     (is_over ? "ended " : "ends ") + base::to_rfc3339(seen.access->end) +
                     ": whoever keeps it has to renew it");
}

}  // namespace plan
