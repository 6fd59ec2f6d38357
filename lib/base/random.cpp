#include "base/random.hpp"

#include <string_view>

namespace base {

std::string Random::suffix(std::size_t length) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string text(length, ' ');
  for (auto& letter : text) letter = alphabet[below(alphabet.size())];
  return text;
}

}  // namespace base
