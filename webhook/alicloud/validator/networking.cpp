#include "webhook/alicloud/validator/networking.hpp"

#include <array>

#include "webhook/alicloud/validator/cidr.hpp"

namespace alicloud {

namespace {

constexpr std::string_view kReserved = "100.64.0.0/10";

struct Network {
  std::string_view path;
  Text Networking::* text;
};
constexpr std::array kNetworks{Network{"spec.networking.nodes", &Networking::nodes},
                               Network{"spec.networking.pods", &Networking::pods},
                               Network{"spec.networking.services", &Networking::services}};

bool may_overlap_reserved(std::string_view text) {
  const auto cidr = Cidr::parse(text);
  return !cidr || cidr->overlaps(*Cidr::parse(kReserved));
}

}  // namespace

Errors check_networking(const Networking& networking) {
  Errors errors;
  if (!networking.nodes) errors.add(required("spec.networking.nodes", "a CIDR must be provided"));
  for (const auto& network : kNetworks) {
    const auto& text = networking.*network.text;
    if (!text || !may_overlap_reserved(*text)) continue;
    errors.add(invalid_value(network.path, quoted(*text),
                             "must not overlap with 100.64.0.0/10, it is reserved by Alicloud"));
  }
  return errors;
}

Errors check_networking_update(const Networking& now, const Networking& before) {
  Errors errors;
  for (const auto& network : kNetworks) {
    const auto& old = before.*network.text;
    const auto& text = now.*network.text;
    if (old && Cidr::parse(*old) && text != old) {
      errors.add(invalid_value(network.path, quoted_or_null(text), "field is immutable"));
    }
  }
  return errors;
}

}  // namespace alicloud
