#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

/// A place in a document as Kubernetes writes it: `spec.workers[2].name`, odd keys as `data[a.b]`.
class FieldPath {
 public:
  FieldPath() = default;
  explicit FieldPath(std::string text) : text_(std::move(text)) {}

  FieldPath field(std::string_view name) const;
  FieldPath index(std::size_t position) const;
  FieldPath key(std::string_view name) const;  ///< always in brackets

  const std::string& text() const { return text_; }
  bool operator==(const FieldPath&) const = default;

 private:
  std::string text_;
};

/// One complaint about one place.
struct Problem {
  FieldPath path;
  std::string message;
  bool operator==(const Problem&) const = default;
};

std::string to_string(const Problem& problem);                ///< `spec.x: required`
std::string to_string(const std::vector<Problem>& problems);  ///< joined by "; "

}  // namespace base
