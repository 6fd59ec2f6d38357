#include <cstdint>
#include <cstdlib>

#include "webhook/alicloud/api/config.hpp"

namespace {

using namespace alicloud;

/// What is read strictly is read leniently as well, by the same names, and nothing is said without
/// a reason.
template <class T>
void read_in_all_ways(const Raw& raw) {
  for (const auto from : {TypeFrom::data, TypeFrom::place, TypeFrom::internal_place}) {
    const auto strict = read_config<T>(raw, Mode::strict, from);
    const auto lenient = read_config<T>(raw, Mode::lenient, from);
    if (strict && !lenient) std::abort();
    if (!strict && strict.error().what.empty()) std::abort();
  }
}

}  // namespace

// The first byte picks the kind of the configuration.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto dom = json::Dom::parse(text);
  if (!dom) return 0;
  const Raw raw{.node = dom->root(), .source = text};
  switch (data[0] % 4) {
    case 0:
      read_in_all_ways<InfrastructureConfig>(raw);
      break;
    case 1:
      read_in_all_ways<ControlPlaneConfig>(raw);
      break;
    case 2:
      read_in_all_ways<CloudProfileConfig>(raw);
      break;
    default:
      read_in_all_ways<BackupBucketConfig>(raw);
  }
  if (!json::Dom::parse(compact(raw))) std::abort();
  return 0;
}
