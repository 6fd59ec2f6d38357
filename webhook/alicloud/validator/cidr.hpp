#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alicloud {

/// A network as Go's net.ParseCIDR reads it: `address/prefix`; IPv4 with four decimal octets
/// without leading zeros, or IPv6 without a zone. An IPv4 address is kept as ::ffff:a.b.c.d, and
/// such a one is IPv4.
class Cidr {
 public:
  static std::optional<Cidr> parse(std::string_view text);

  /// The address that was written is the network's own.
  bool is_canonical() const { return address_ == first_; }
  bool contains(const Cidr& inner) const { return holds(inner.first_) && holds(inner.last_); }
  /// One holds the other's network address.
  bool overlaps(const Cidr& other) const { return holds(other.first_) || other.holds(first_); }
  /// A network comes before those inside of it, and each family by itself.
  bool stands_before(const Cidr& other) const;

 private:
  using Address = std::array<std::uint8_t, 16>;
  bool holds(const Address& address) const;

  Address address_{};
  Address first_{};
  Address last_{};
};

/// The pairs i < j of networks that overlap, in order; at most `most` (of those of the first
/// networks by address). Costs n log n and the pairs themselves: networks overlap only by holding
/// one another.
std::vector<std::pair<std::size_t, std::size_t>> overlapping_pairs(
    const std::vector<std::optional<Cidr>>& networks, std::size_t most);

/// "invalid CIDR address: <text>", as Go's error reads.
std::string why_not_cidr(std::string_view text);

}  // namespace alicloud
