#include "base/field_path.hpp"

namespace base {

FieldPath FieldPath::field(std::string_view name) const {
  if (text_.empty()) return FieldPath(std::string(name));
  return FieldPath(text_ + "." + std::string(name));
}

FieldPath FieldPath::index(std::size_t position) const {
  return FieldPath(text_ + "[" + std::to_string(position) + "]");
}

FieldPath FieldPath::key(std::string_view name) const {
  return FieldPath(text_ + "[" + std::string(name) + "]");
}

std::string to_string(const Problem& problem) {
  if (problem.path.text().empty()) return problem.message;
  return problem.path.text() + ": " + problem.message;
}

std::string to_string(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) {
    if (!all.empty()) all += "; ";
    all += to_string(problem);
  }
  return all;
}

}  // namespace base
