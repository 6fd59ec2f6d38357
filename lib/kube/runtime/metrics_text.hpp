#pragma once

#include <string>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace kube {

/// The content type that goes with metrics_text().
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Everything in `registry` in Prometheus' text format, as GET /metrics answers it.
std::string metrics_text(const prometheus::Registry& registry);

}  // namespace kube
