#include "kube/testing/watching.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"

namespace kube::testing {
namespace {

base::Result<Version> parse_version(const std::string& text) {
  Version version = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, version);
  if (failed != std::errc() || stop != end) {
    // The server itself has no better answer to this than 500 without a reason.
    return base::fail(refusal(500, "", "resourceVersion: Invalid value: " + text));
  }
  return version;
}

}  // namespace

base::Result<Cursor> Cursor::open(const Store& store, const Watch& watch) {
  TRY(auto selector, Selector::parse(watch.resource, watch.label_selector, watch.field_selector));
  Cursor cursor(watch, std::move(selector));
  Version from = 0;
  if (!watch.resource_version.empty()) {
    TRY(from, parse_version(watch.resource_version));
  }
  if (from == 0) {
    for (auto& object : store.list(watch.resource, watch.namespace_name, store.version())) {
      if (cursor.selector_.matches(*object)) cursor.initial_.push_back(std::move(object));
    }
    from = store.version();
  }
  const auto position = store.position_after(from);
  if (!position) {
    return base::fail(expired("too old resource version: " + watch.resource_version));
  }
  cursor.position_ = *position;
  return cursor;
}

base::Result<std::optional<WatchEvent>> Cursor::next(const Store& store) {
  if (!initial_.empty()) {
    const auto object = std::move(initial_.front());
    initial_.pop_front();
    return make(WatchEvent::Type::added, *object);
  }
  for (; position_ < store.end_position(); ++position_) {
    const Event* event = store.event(position_);
    if (event == nullptr) return base::fail(expired("too old resource version"));
    if (auto told = seen(*event)) {
      ++position_;
      return told;
    }
  }
  return std::nullopt;
}

WatchEvent Cursor::bookmark(const Store& store) const {
  auto document = json::Value::object(
      {{"metadata", json::Value::object({{"resourceVersion", std::to_string(store.version())}})}});
  return {.type = WatchEvent::Type::bookmark,
          .object = Object(watch_.resource, std::move(document))};
}

bool Cursor::matches(const Stored& object) const {
  return object && selector_.matches(*object) &&
         (watch_.namespace_name.empty() || object->namespace_name() == watch_.namespace_name);
}

/// An object that leaves the selection is deleted for this watch, one that enters it is added.
std::optional<WatchEvent> Cursor::seen(const Event& event) const {
  if (event.object().resource() != watch_.resource) return std::nullopt;
  const bool was = matches(event.before), is = matches(event.after);
  if (was && is) return make(WatchEvent::Type::modified, *event.after);
  if (is) return make(WatchEvent::Type::added, *event.after);
  if (!was) return std::nullopt;
  Object last = *event.before;
  last["metadata"]["resourceVersion"] = std::to_string(event.version);
  return make(WatchEvent::Type::deleted, last);
}

WatchEvent Cursor::make(WatchEvent::Type type, const Object& object) const {
  if (!watch_.metadata_only) return {.type = type, .object = object};
  return {.type = type, .object = Object::received(object.resource(), partial_metadata(object))};
}

}  // namespace kube::testing
