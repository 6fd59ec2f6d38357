#pragma once

#include <cstddef>

#include "base/result.hpp"

namespace json {

/// What a document may be. Every parser in this room stops at the first byte that is beyond.
struct Limits {
  /// An AdmissionReview holds object and oldObject of an API server's 3 MiB each.
  std::size_t bytes = 7u << 20;
  /// What walks a Value recurses (copies, comparisons, destructors): keep it below some thousands.
  std::size_t depth = 512;
  std::size_t values = 200'000;
};

/// Before anything is copied.
base::Result<> check_size(std::size_t bytes, const Limits& limits);

}  // namespace json
