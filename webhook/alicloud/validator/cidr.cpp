#include "webhook/alicloud/validator/cidr.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace alicloud {

namespace {

using Address = std::array<std::uint8_t, 16>;
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_ipv4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

struct Parsed {
  Address address{};
  unsigned bits = 0;  // 32 or 128, by how it was written
};

std::optional<Parsed> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Parsed parsed;
  if (inet_pton(AF_INET, terminated.c_str(), parsed.address.data() + kMapped.size()) == 1) {
    std::ranges::copy(kMapped, parsed.address.begin());
    parsed.bits = 32;
    return parsed;
  }
  parsed.bits = 128;
  if (inet_pton(AF_INET6, terminated.c_str(), parsed.address.data()) != 1) return std::nullopt;
  return parsed;
}

/// Decimal digits only; leading zeros are fine.
std::optional<unsigned> parse_prefix(std::string_view text, unsigned most) {
  unsigned prefix = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    prefix = prefix * 10 + static_cast<unsigned>(c - '0');
    if (prefix > most) return std::nullopt;
  }
  return text.empty() ? std::nullopt : std::optional(prefix);
}

}  // namespace

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto prefix = parse_prefix(text.substr(slash + 1), address->bits);
  if (!prefix) return std::nullopt;
  Cidr cidr;
  cidr.address_ = cidr.first_ = cidr.last_ = address->address;
  const auto bits = *prefix + 128 - address->bits;
  if (const auto byte = bits / 8; byte < cidr.address_.size()) {
    const auto hosts = static_cast<std::uint8_t>(0xFFu >> bits % 8);
    cidr.first_[byte] &= static_cast<std::uint8_t>(~hosts);
    cidr.last_[byte] |= hosts;
    std::fill(cidr.first_.begin() + byte + 1, cidr.first_.end(), std::uint8_t{0});
    std::fill(cidr.last_.begin() + byte + 1, cidr.last_.end(), std::uint8_t{0xFF});
  }
  return cidr;
}

bool Cidr::holds(const Address& address) const {
  return is_ipv4(first_) == is_ipv4(address) && first_ <= address && address <= last_;
}

bool Cidr::stands_before(const Cidr& other) const {
  const bool ipv4 = is_ipv4(first_);
  if (ipv4 != is_ipv4(other.first_)) return ipv4;
  return first_ != other.first_ ? first_ < other.first_ : last_ > other.last_;
}

std::vector<std::pair<std::size_t, std::size_t>> overlapping_pairs(
    const std::vector<std::optional<Cidr>>& networks, std::size_t most) {
  std::vector<std::size_t> sorted;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (networks[i]) sorted.push_back(i);
  }
  std::ranges::sort(sorted, [&](std::size_t a, std::size_t b) {
    return networks[a]->stands_before(*networks[b]);
  });
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<std::size_t> holders;  // each inside of the one before it
  for (const auto next : sorted) {
    while (!holders.empty() && !networks[holders.back()]->overlaps(*networks[next]))
      holders.pop_back();
    for (const auto holder : holders) {
      if (pairs.size() < most) pairs.emplace_back(std::minmax(holder, next));
    }
    if (pairs.size() >= most) break;
    holders.push_back(next);
  }
  std::ranges::sort(pairs);
  return pairs;
}

std::string why_not_cidr(std::string_view text) {
  return std::string("invalid CIDR address: ").append(text);
}

}  // namespace alicloud
