#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/value.hpp"
#include "net/http.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace cloud {

/// The document of a 2xx, or the cloud's own complaint with its code and request id. `transient`
/// where the same request may do later: throttling, 5xx, an answer that is none. Nothing that
/// quotes what was signed gets in.
base::Result<json::Value> read_answer(std::string_view action, const net_io::HttpResponse& answer);

/// Of DescribeImages: whether the image is anything but one of the system's.
bool is_customised(const json::Value& images);

/// One page of DescribeVSwitches.
struct VSwitchPage {
  std::vector<alicloud::VSwitch> items;
  std::int64_t total = 0;
};
VSwitchPage read_page(const json::Value& document);

}  // namespace cloud
