#include "kube/runtime/lease.hpp"

#include <algorithm>
#include <utility>

#include "json/parse.hpp"

namespace kube {
namespace {

using Millis = std::chrono::milliseconds;

Millis scaled(Millis time, double factor) {
  return std::chrono::round<Millis>(std::chrono::duration<double, std::milli>(time) * factor);
}

LeaderAction decide_as_leader(const LeaseOptions& options, const std::optional<LeaseView>& seen,
                              base::BootTime last_renewed, base::BootTime now) {
  const bool is_taken = seen && seen->holder != options.identity;
  const auto age = now - last_renewed;
  if (is_taken || age >= options.renew_deadline) return StepDown{};
  if (age >= options.retry) return Renew{};
  return WaitFor{options.retry - age};
}

}  // namespace

LeaderAction decide(const LeaseOptions& options, const std::optional<LeaseView>& seen,
                    std::optional<base::BootTime> last_renewed, base::BootTime now,
                    double unit_random) {
  if (last_renewed) return decide_as_leader(options, seen, *last_renewed, now);
  const bool is_free = !seen || seen->holder.empty() || seen->holder == options.identity;
  if (is_free || now >= seen->observed + seen->duration) return TryAcquire{};
  const auto wait = scaled(options.retry, 1 + (options.jitter - 1) * unit_random);
  return WaitFor{std::min(wait, seen->observed + seen->duration - now)};
}

LeaseView view_of(const Object& lease, base::BootTime now) {
  const json::Value& spec = lease.at("spec");
  return {.holder = std::string(spec.at("holderIdentity").string_or("")),
          .record = json::to_canonical_string(spec),
          .duration = std::chrono::seconds(spec.at("leaseDurationSeconds").int_or(0)),
          .observed = now};
}

Object taken(Object lease, const LeaseOptions& options, base::TimePoint now) {
  json::Value& spec = lease["spec"];
  const bool is_new = spec.is_null();
  const auto transitions = spec.at("leaseTransitions").int_or(0);
  const std::string time = base::to_rfc3339_micro(now);
  if (spec.at("holderIdentity").string_or("") != options.identity) {
    spec["holderIdentity"] = options.identity;
    spec["acquireTime"] = time;
    spec["leaseTransitions"] = is_new ? 0 : transitions + 1;
  }
  spec["leaseDurationSeconds"] = std::chrono::ceil<std::chrono::seconds>(options.duration).count();
  spec["renewTime"] = time;
  return lease;
}

Object released(Object lease, base::TimePoint now) {
  json::Value& spec = lease["spec"];
  const std::string time = base::to_rfc3339_micro(now);
  spec["holderIdentity"] = "";
  spec["leaseDurationSeconds"] = 1;
  spec["acquireTime"] = time;
  spec["renewTime"] = time;
  return lease;
}

}  // namespace kube
