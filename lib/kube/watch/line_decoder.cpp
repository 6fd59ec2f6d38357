#include "kube/watch/line_decoder.hpp"

namespace kube::watch {

base::Result<> LineDecoder::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    TRY_VOID(append(bytes.substr(0, end)));
    if (end == std::string_view::npos) return {};
    if (!open_.empty()) lines_.push_back(std::exchange(open_, {}));
    bytes.remove_prefix(end + 1);
  }
  return {};
}

base::Result<> LineDecoder::append(std::string_view bytes) {
  if (bytes.size() > limit_ - open_.size()) {
    return base::fail(
        base::invalid("a line of the watch is longer than " + std::to_string(limit_) + " bytes"));
  }
  open_ += bytes;
  return {};
}

std::optional<std::string> LineDecoder::next() {
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

base::Result<> LineDecoder::finish() const {
  if (open_.empty()) return {};
  return base::fail(base::transient("the watch ended in the middle of a line"));
}

}  // namespace kube::watch
