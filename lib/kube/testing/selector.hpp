#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kube/object/object.hpp"

namespace kube::testing {

/// A label selector and a field selector, both of which have to match.
class Selector {
 public:
  /// Errors are the server's 400.
  static base::Result<Selector> parse(const Resource& resource, std::string_view labels,
                                      std::string_view fields);
  bool matches(const Object& object) const;
  bool selects_all() const { return labels_.empty() && fields_.empty(); }
  /// The one name it asks for (metadata.name=...), else empty.
  std::string single_name() const;

 private:
  struct Requirement {
    enum class Test { exists, absent, in, not_in };
    std::string key;
    Test test = Test::exists;
    std::vector<std::string> values;
    bool admits(const std::optional<std::string>& value) const;
  };
  static base::Result<std::vector<Requirement>> parse_labels(std::string_view text);
  static base::Result<std::vector<Requirement>> parse_fields(const Resource& resource,
                                                             std::string_view text);
  std::vector<Requirement> labels_, fields_;
};

}  // namespace kube::testing
