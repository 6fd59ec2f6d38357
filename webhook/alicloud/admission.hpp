#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/protocol/review.hpp"
#include "webhook/protocol/verdict.hpp"

namespace alicloud {

/// The paths of the webhooks.
std::span<const std::string_view> served_paths();

/// Whether objects of that kind are judged at `path`; those of other kinds are refused.
bool is_judged(std::string_view path, const protocol::GroupVersionKind& kind);

/// The verdict on `review`, which came to `path`, one of the served ones. nullopt: `facts` must
/// first be told what it wants; then ask again.
std::optional<protocol::Verdict> judge(std::string_view path, const protocol::Review& review,
                                       Facts& facts);

}  // namespace alicloud
