#pragma once

#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"

namespace kube {

/// What a document of people's hands may be.
struct YamlLimits {
  std::size_t bytes = 1U << 20;
  std::size_t depth = 32;
  std::size_t values = 20'000;
  std::size_t members = 1'000;  ///< of one mapping
};

/// One YAML or JSON document. Scalars of YAML come as strings, whatever they look like; empty ones
/// as null. Refused with line and column, and without quoting anything: what is no YAML, anchors'
/// aliases, a key given twice, keys that are no scalars, a second document, control characters,
/// everything beyond the limits.
base::Result<json::Value> read_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace kube
