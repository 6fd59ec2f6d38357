#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alicloud {

// Field errors in the words of the API machinery: `<path>: <type>: <value>: <detail>`.
std::string required(std::string_view path, std::string_view detail);
std::string forbidden(std::string_view path, std::string_view detail);
std::string internal_error(std::string_view path, std::string_view detail);
/// `value` as it is to stand there: quoted(text), a number, or JSON.
std::string invalid_value(std::string_view path, std::string_view value, std::string_view detail);
std::string unsupported(std::string_view path, std::string_view value,
                        const std::vector<std::string_view>& supported);
std::string too_many(std::string_view path, std::size_t count, std::size_t most);
std::string too_long(std::string_view path, std::size_t most);

/// Go's %q: quotes and backslashes escaped, what cannot be printed as \n, \x01 or \u2028.
std::string quoted(std::string_view text);
/// JSON as Go writes it into a message: <, >, & and the line separators U+2028 and U+2029 escaped.
std::string as_go_json(std::string_view json);
/// A string pointer of Go: quoted, or null.
std::string quoted_or_null(const std::optional<std::string_view>& text);

/// path.name, path[2]. An empty name is an index: path[].
std::string child(std::string_view path, std::string_view name);
std::string child(std::string_view path, std::size_t index);

/// What a rule found, in order; equal texts once. Keeps what people can read: a request may be
/// wrong in a million places.
class Errors {
 public:
  void add(std::string text);
  bool empty() const { return texts_.empty(); }
  /// Whatever is added now is dropped: no need to look any further.
  bool is_full() const { return texts_.size() >= kMost || bytes_ >= kMostBytes; }
  /// nullopt where there is none; one as it is; several as `[a, b]`.
  std::optional<std::string> text() const;

 private:
  static constexpr std::size_t kMost = 2'000;
  static constexpr std::size_t kMostBytes = 1u << 20;
  std::vector<std::string> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace alicloud
