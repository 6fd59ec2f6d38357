#pragma once

#include <memory>
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

/// A review in the middle of being judged: read once, asked again whenever there are new facts.
class Judgement {
 public:
  virtual ~Judgement() = default;
  /// nullopt: `facts` must first be told what it wants; then ask again.
  virtual std::optional<protocol::Verdict> next(Facts& facts) = 0;
};

/// `path`: where the review came to, one of the served ones. The review outlives the judgement.
std::unique_ptr<Judgement> begin(std::string_view path, const protocol::Review& review);

}  // namespace alicloud
