#include <algorithm>
#include <array>
#include <set>

#include "webhook/alicloud/validator/infrastructure.hpp"
#include "webhook/alicloud/validator/infrastructure_parts.hpp"

namespace alicloud {

namespace {

/// Where network load balancers exist. Sorted: the message lists them.
constexpr std::array<std::string_view, 23> kRegions{
    "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-3", "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "cn-beijing",     "cn-chengdu",     "cn-guangzhou",
    "cn-hangzhou",    "cn-heyuan",      "cn-hongkong",    "cn-qingdao",     "cn-shanghai",
    "cn-shenzhen",    "cn-wulanchabu",  "cn-zhangjiakou", "eu-central-1",   "eu-west-1",
    "na-south-1",     "us-east-1",      "us-west-1"};
static_assert(std::ranges::is_sorted(kRegions));

constexpr std::int64_t kLastBlock = 255;

void check_region(std::string_view region, Errors& errors) {
  if (std::ranges::binary_search(kRegions, region)) return;
  std::string detail("region ");
  detail.append(region).append(
      " does not support NLB which is required for dualStack; supported regions: ");
  for (const auto known : kRegions) detail.append(known).append(", ");
  detail.resize(detail.size() - 2);
  errors.add(invalid_value("spec.region", quoted(region), detail));
}

class Blocks {
 public:
  explicit Blocks(bool own_vpc) : own_vpc_(own_vpc) {}

  void check(const Zone& zone, std::size_t index, Errors& errors) {
    const auto path = child(infrastructure_path("networks.zones"), index) + ".ipv6CidrBlock";
    if (!zone.ipv6_cidr_block) return check_default(static_cast<std::int64_t>(index), path, errors);
    const auto block = *zone.ipv6_cidr_block;
    if (block < 0 || block > kLastBlock) {
      errors.add(
          invalid_value(path, std::to_string(block), "ipv6CidrBlock must be in range 0-255"));
    } else if (!taken_.insert(block).second) {
      errors.add(
          invalid_value(path, std::to_string(block), "ipv6CidrBlock must be unique across zones"));
    }
  }

 private:
  void check_default(std::int64_t index, const std::string& path, Errors& errors) {
    if (own_vpc_) {
      errors.add(required(path,
                          "ipv6CidrBlock is required when dualStack.enabled is true and using a "
                          "user-provided VPC"));
    } else if (!taken_.insert(index).second) {
      const auto number = std::to_string(index);
      errors.add(invalid_value(
          path, number,
          "default ipv6CidrBlock (zone index " + number +
              ") conflicts with another zone; set ipv6CidrBlock explicitly to resolve"));
    }
  }

  bool own_vpc_;
  std::set<std::int64_t> taken_;
};

}  // namespace

void check_dual_stack(const InfrastructureConfig& config, std::string_view region, Errors& errors) {
  if (!config.is_dual_stack()) return;
  check_region(region, errors);
  Blocks blocks(config.networks.vpc.id.has_value());
  const auto& zones = config.networks.zones;
  for (std::size_t i = 0; i < zones.size(); ++i) blocks.check(zones[i], i, errors);
}

}  // namespace alicloud
