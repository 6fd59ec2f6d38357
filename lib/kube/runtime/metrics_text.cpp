#include "kube/runtime/metrics_text.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace kube {

std::string metrics_text(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace kube
