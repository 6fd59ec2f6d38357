#include "webhook/cloud/endpoints.hpp"

#include <algorithm>
#include <array>

namespace cloud {

namespace {

constexpr std::size_t kLongestRegion = 40;
constexpr std::string_view kDomain = ".aliyuncs.com";

struct Exception {
  std::string_view region, ecs, vpc;  ///< empty: as every other region
};

// Regions that are served by an older, shared endpoint.
constexpr std::array kExceptions{
    Exception{"ap-southeast-1", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-beijing", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-hangzhou", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-hangzhou-finance", "ecs", ""},
    Exception{"cn-hongkong", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-north-2-gov-1", "ecs", ""},
    Exception{"cn-qingdao", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-shanghai", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-shanghai-finance-1", "ecs-cn-hangzhou", ""},
    Exception{"cn-shenzhen", "ecs-cn-hangzhou", "vpc"},
    Exception{"cn-shenzhen-finance-1", "ecs-cn-hangzhou", ""},
    Exception{"us-east-1", "ecs-cn-hangzhou", "vpc"},
    Exception{"us-west-1", "ecs-cn-hangzhou", "vpc"},
};

bool is_region(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= kLongestRegion && text.front() != '-' &&
         text.back() != '-' && std::ranges::all_of(text, fits);
}

}  // namespace

base::Result<std::string> endpoint_host(Product product, std::string_view region) {
  if (!is_region(region)) return base::fail(base::invalid("the region is no name of a region"));
  const auto found = std::ranges::find(kExceptions, region, &Exception::region);
  if (found != kExceptions.end()) {
    const auto host = product == Product::ecs ? found->ecs : found->vpc;
    if (!host.empty()) return std::string(host).append(kDomain);
  }
  std::string host = product == Product::ecs ? "ecs." : "vpc.";
  return host.append(region).append(kDomain);
}

}  // namespace cloud
