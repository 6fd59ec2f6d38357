#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// Wall time, for what is written into objects and certificates.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
/// Time since boot, suspended time included (CLOCK_BOOTTIME), for leases and deadlines.
using BootTime = std::chrono::milliseconds;

/// Time is an argument. One SystemClock lives in main and outlives all else; tests use ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual BootTime since_boot() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  BootTime since_boot() const override;
};

/// Moves only when told. `jump` moves the wall clock alone, as an administrator or NTP would.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(start) {}
  TimePoint now() const override { return now_; }
  BootTime since_boot() const override { return boot_; }
  void advance(std::chrono::milliseconds by) { now_ += by, boot_ += by; }
  void jump(std::chrono::milliseconds by) { now_ += by; }

 private:
  TimePoint now_;
  BootTime boot_{std::chrono::hours(1)};
};

/// RFC 3339 in UTC with seconds, as metav1.Time: 2026-01-02T03:04:05Z.
std::string to_rfc3339(TimePoint time);
/// RFC 3339 in UTC with microseconds, as metav1.MicroTime (Leases).
std::string to_rfc3339_micro(TimePoint time);
/// Both of the above, any number of fraction digits, and numeric offsets.
std::optional<TimePoint> parse_rfc3339(std::string_view text);
/// The Date header of HTTP (RFC 9110, IMF-fixdate only).
std::optional<TimePoint> parse_http_date(std::string_view text);
/// Go duration as Kubernetes users write it: 10m, 1h30m, 500ms, 24h. nullopt: not one, or negative.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace base
