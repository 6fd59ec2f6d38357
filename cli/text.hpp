#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "json/value.hpp"
#include "kube/object/object.hpp"

namespace cli {

/// The two largest units: 3d4h, 12m5s, 0s. Without a sign.
std::string span(std::chrono::milliseconds time);
/// "in 3d4h" or "3d4h ago".
std::string when(base::TimePoint then, base::TimePoint now);
std::string key_of(const kube::Object& resource);
/// The condition of this type; null where there is none.
const json::Value& condition(const kube::Object& resource, std::string_view type);
std::optional<base::TimePoint> time_at(const json::Value& value);
/// For a terminal: what a cluster says must not steer it.
std::string printable(std::string_view text);

}  // namespace cli
