#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "kube/api.hpp"

namespace kube {

/// Writes events.k8s.io/v1-compatible core Events about objects, best effort; the same (object,
/// reason, message) at most once in ten minutes. Never fails its caller.
class EventRecorder {
 public:
  /// `on_failure` is told of each Event that was not taken; it may be empty.
  EventRecorder(Api& api, std::string component, std::string instance, const base::Clock& clock,
                std::function<void(const base::Error&)> on_failure = {});
  enum class Type { normal, warning };
  Task<> record(Object about, Type type, std::string reason, std::string action,
                std::string message);

 private:
  bool is_news(const std::string& key);

  Api& api_;
  std::string component_, instance_;
  const base::Clock& clock_;
  std::function<void(const base::Error&)> on_failure_;
  std::map<std::string, base::TimePoint> recent_;
};

}  // namespace kube
