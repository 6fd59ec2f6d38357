#include "base/secret.hpp"

#include <string.h>

#include <algorithm>
#include <utility>

namespace base {

Secret::Secret(std::string_view bytes)
    : bytes_(std::make_unique_for_overwrite<char[]>(bytes.size())), size_(bytes.size()) {
  std::ranges::copy(bytes, bytes_.get());
}

Secret Secret::consume(std::string& bytes) {
  Secret taken{std::string_view(bytes)};
  base::wipe(bytes);
  return taken;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept {
  if (bytes_) explicit_bzero(bytes_.get(), size_);
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace base
