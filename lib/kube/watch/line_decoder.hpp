#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kube::watch {

/// Bytes of a watch in any slicing -> lines. Only '\n' separates; empty lines are passed over.
/// Pure.
class LineDecoder {
 public:
  /// An API server takes requests of 3 MiB; what it adds to an object fits into the rest.
  static constexpr std::size_t kLimit = 4u << 20;
  explicit LineDecoder(std::size_t limit = kLimit) : limit_(limit) {}

  /// `invalid` once a line, ended or not, is longer than the limit. Whole lines before it are still
  /// given.
  base::Result<> feed(std::string_view bytes);
  /// The next whole line, without its end.
  std::optional<std::string> next();
  /// At the end of the stream: `transient` where the last line has no end.
  base::Result<> finish() const;

 private:
  base::Result<> append(std::string_view bytes);

  std::size_t limit_;
  std::deque<std::string> lines_;
  std::string open_;  ///< the line whose end has not come yet
};

}  // namespace kube::watch
