#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace prometheus {
class Registry;
}

namespace webhook {

/// What the server counts. Every series of a path exists from the start. Any thread may call.
class Metrics {
 public:
  Metrics(std::shared_ptr<prometheus::Registry> registry, std::span<const std::string_view> paths,
          std::string_view version);
  ~Metrics();

  /// `verdict`: allowed, denied or error. A path that is not served counts as "other".
  void answered(std::string_view path, std::string_view verdict, double seconds);
  void in_flight(int change);
  void overloaded();
  void connections(std::size_t thread, std::size_t open);
  void certificate_loaded(base::TimePoint not_after);
  void certificate_failed();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webhook
