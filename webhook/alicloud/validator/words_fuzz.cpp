#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "webhook/alicloud/validator/cidr.hpp"
#include "webhook/alicloud/validator/feature_gates.hpp"

namespace {

using namespace alicloud;

/// Two networks in one text, apart by a blank: containing is overlapping, which is mutual.
void compare(std::string_view text) {
  const auto blank = text.find(' ');
  const auto a = Cidr::parse(text.substr(0, blank));
  if (a && !a->overlaps(*a)) std::abort();
  if (!a || blank == std::string_view::npos) return;
  const auto b = Cidr::parse(text.substr(blank + 1));
  if (!b) return;
  if (a->overlaps(*b) != b->overlaps(*a)) std::abort();
  if (a->contains(*b) && !a->overlaps(*b)) std::abort();
  const bool paired = overlapping_pairs({a, b}, 1).size() == 1;
  if (paired != a->overlaps(*b)) std::abort();
}

/// A version is wrong for all gates or for none.
void judge_version(std::string_view text) {
  const auto is_wrong = [&](const std::string& gate) {
    const auto path =
        "spec.provider.controlPlaneConfig.cloudControllerManager.featureGates." + gate;
    return check_feature_gates({{gate, true}}, text).text() ==
           invalid_value(path, quoted(gate), "invalid semantic version");
  };
  if (is_wrong("AggregatedDiscoveryRemoveBetaType") != is_wrong("AllAlpha")) std::abort();
}

}  // namespace

// The first byte picks what the rest is: networks, or a version of Kubernetes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0)
    compare(text);
  else
    judge_version(text);
  return 0;
}
