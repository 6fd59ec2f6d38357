#include "json/limits.hpp"

#include <string>

namespace json {

base::Result<> check_size(std::size_t bytes, const Limits& limits) {
  if (bytes <= limits.bytes) return {};
  return base::fail(
      base::invalid("document is larger than " + std::to_string(limits.bytes) + " bytes"));
}

}  // namespace json
