#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// An admission request of a kind of the load, of about so many bytes. Made once; next() gives it
/// with another uid, other names and one changed value.
class Body {
 public:
  /// `kind`: secret, validate or mutate.
  Body(const std::string& kind, std::size_t bytes);
  const std::string& path() const { return path_; }
  std::string next();

 private:
  std::string path_;
  std::string text_;
  std::vector<std::size_t> places_;  ///< of the number
  std::uint64_t number_ = 10'000'000;
};

}  // namespace bench
