#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"

namespace kube {

/// What a document of people's hands may be.
struct YamlLimits {
  std::size_t bytes = 1U << 18;  ///< a megabyte can take half a second
  std::size_t depth = 32;
  std::size_t values = 20'000;
  std::size_t members = 1'000;  ///< of one mapping
};

/// One YAML or JSON document. Scalars of YAML come as strings, whatever they look like; empty ones
/// as null. Refused with line and column, and without quoting anything: what is no YAML, anchors'
/// aliases, a key given twice, keys that are no scalars, a second document, control characters,
/// everything beyond the limits.
base::Result<json::Value> read_yaml(std::string_view text, const YamlLimits& limits = {});

/// Of objects in files, several to a file.
inline constexpr YamlLimits kManifestLimits{
    .bytes = 16U << 20, .depth = 128, .values = 500'000, .members = 10'000};

/// The YAML documents of a file, or its one of JSON; empty ones are left out. Refuses what
/// read_yaml() refuses, but for further documents. Scalars that are not quoted have the types that
/// kubectl gives them: null, booleans (yes, no, on and off among them), and numbers as JSON writes
/// them; everything else is text.
base::Result<std::vector<json::Value>> read_manifests(std::string_view text,
                                                      const YamlLimits& limits = kManifestLimits);

}  // namespace kube
