#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace base {

/// Randomness is an argument. Not for keys: those come from lib/crypto.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }  ///< [0, 1)
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  /// Lower-case letters and digits without vowels, as Kubernetes' generated names.
  std::string suffix(std::size_t length);

 private:
  std::mt19937_64 engine_;
};

}  // namespace base
