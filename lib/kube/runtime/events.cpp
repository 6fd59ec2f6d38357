#include "kube/runtime/events.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"

namespace kube {
namespace {

constexpr std::chrono::minutes kQuiet{10};
constexpr std::size_t kMostRemembered = 1'000;
// The API server's limits (ValidateEventCreate), less what cut() appends.
constexpr std::size_t kMostMessage = 1'000, kMostWord = 120, kMostNamePrefix = 200;

std::string_view to_string(EventRecorder::Type type) {
  return type == EventRecorder::Type::warning ? "Warning" : "Normal";
}

json::Value reference_to(const Object& about) {
  return json::Value::object({{"apiVersion", about.resource().api_version()},
                              {"kind", about.resource().kind},
                              {"namespace", about.namespace_name()},
                              {"name", about.name()},
                              {"uid", about.uid().value},
                              {"resourceVersion", about.resource_version().value}});
}

/// Events about cluster-scoped objects live in "default".
std::string space_of(const Object& about) {
  const std::string space = about.namespace_name();
  return space.empty() ? "default" : space;
}

json::Value metadata_for(const Object& about) {
  return json::Value::object({{"namespace", space_of(about)},
                              {"generateName", about.name().substr(0, kMostNamePrefix) + "."}});
}

}  // namespace

EventRecorder::EventRecorder(Api& api, std::string component, std::string instance,
                             const base::Clock& clock,
                             std::function<void(const base::Error&)> on_failure)
    : api_(api),
      component_(std::move(component)),
      instance_(std::move(instance)),
      clock_(clock),
      on_failure_(std::move(on_failure)) {}

bool EventRecorder::is_news(const std::string& key) {
  const auto now = clock_.now();
  std::erase_if(recent_, [now](const auto& entry) {
    return now - entry.second >= kQuiet || entry.second > now;  // the wall clock may jump back
  });
  if (recent_.contains(key)) return false;
  if (recent_.size() >= kMostRemembered) {
    recent_.erase(std::ranges::min_element(
        recent_, {}, &std::map<std::string, base::TimePoint>::value_type::second));
  }
  recent_.emplace(key, now);
  return true;
}

Task<> EventRecorder::record(Object about, Type type, std::string reason, std::string action,
                             std::string message) {
  const std::string key =
      about.uid().value + '\n' + to_string(about.ref()) + '\n' + reason + '\n' + message;
  if (!is_news(key)) co_return;
  const std::string seconds = base::to_rfc3339(clock_.now());
  Object event(kinds::kEvent,
               json::Value::object({{"apiVersion", "v1"},
                                    {"kind", "Event"},
                                    {"metadata", metadata_for(about)},
                                    {"involvedObject", reference_to(about)},
                                    {"type", to_string(type)},
                                    {"reason", base::cut(reason, kMostWord)},
                                    {"action", base::cut(action, kMostWord)},
                                    {"message", base::cut(message, kMostMessage)},
                                    {"eventTime", base::to_rfc3339_micro(clock_.now())},
                                    {"firstTimestamp", seconds},
                                    {"lastTimestamp", seconds},
                                    {"count", 1},
                                    {"source", json::Value::object({{"component", component_}})},
                                    {"reportingComponent", component_},
                                    {"reportingInstance", base::cut(instance_, kMostWord)}}));
  Create request{.object = std::move(event), .field_manager = {}, .dry_run = false};
  auto written = co_await create(api_, std::move(request));
  if (written) co_return;
  if (on_failure_) on_failure_(written.error());
  if (base::is_retryable(written.error())) recent_.erase(key);
}

}  // namespace kube
