#include "kube/watch/event_decoder.hpp"

#include <array>
#include <optional>
#include <utility>

#include "json/parse.hpp"
#include "kube/request/wire.hpp"

namespace kube::watch {
namespace {

std::optional<WatchEvent::Type> event_type(std::string_view name) {
  using enum WatchEvent::Type;
  constexpr std::array<std::pair<std::string_view, WatchEvent::Type>, 4> kTypes{
      {{"ADDED", added}, {"MODIFIED", modified}, {"DELETED", deleted}, {"BOOKMARK", bookmark}}};
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

}  // namespace

base::Result<WatchEvent> decode_event(const Resource& resource, std::string_view line) {
  auto parsed = json::parse(line);
  if (!parsed) return base::fail(base::explain("reading a watch event", std::move(parsed).error()));
  const std::string_view name = parsed->at("type").string_or("");
  if (name == "ERROR") {
    const auto code = static_cast<int>(parsed->at("object").at("code").int_or(500));
    return base::fail(to_error(parsed->at("object"), code));
  }
  const auto type = event_type(name);
  if (!type) return base::fail(base::invalid("a watch event has no known type"));
  return WatchEvent{*type, Object::received(resource, std::move((*parsed)["object"]))};
}

}  // namespace kube::watch
