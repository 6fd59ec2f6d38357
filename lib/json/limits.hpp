#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.hpp"

namespace json {

/// What a document may be before any DOM is made from it. Every parser in this room starts here.
struct Limits {
  /// An AdmissionReview holds object and oldObject of an API server's 3 MiB each.
  std::size_t bytes = 7u << 20;
  /// What walks a Value recurses (copies, comparisons, destructors): keep it below some thousands.
  std::size_t depth = 512;
  std::size_t values = 200'000;
};

/// One pass, no allocation: size, nesting, number of values, NUL bytes outside and inside of
/// strings, UTF-8, control characters in strings, strings and brackets that do not end. Not a
/// parser: what passes may still be no JSON. Errors are `invalid` and name the limit and the
/// offset.
base::Result<> check_limits(std::string_view text, const Limits& limits = {});

}  // namespace json
