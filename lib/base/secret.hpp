#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace base {

/// Bytes not to be printed, copied by accident, or left in memory: one heap buffer, wiped when it
/// dies, move-only, no operator<<. `reveal()` is the one way to the bytes, easy to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  /// Takes the bytes and wipes the string they came in.
  static Secret consume(std::string& bytes);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  std::string_view reveal() const { return {bytes_.get(), size_}; }
  bool empty() const { return size_ == 0; }
  Secret copy() const { return Secret(reveal()); }  ///< on purpose, by name

 private:
  void wipe() noexcept;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

/// Overwrites in a way the compiler may not drop.
void wipe(std::string& text) noexcept;

}  // namespace base
