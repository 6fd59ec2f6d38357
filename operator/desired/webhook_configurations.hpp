#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/desired/item.hpp"

namespace desired {

/// Host (and port) under which the target's API server calls the webhooks in URL mode, and the DNS
/// names and addresses that the serving certificate needs. `cluster_ip` is the Service's, empty as
/// long as it is not known.
struct Address {
  bool by_service = false;  ///< clientConfig.service instead of a URL
  std::string host;         ///< empty: not known yet (ClusterIP asked for, none there)
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
};
Address address(const Inputs& inputs, const std::string& cluster_ip);

/// The configurations, rules and caBundle in one, with all of the API's defaults written out so
/// that GitOps tools and dry runs see no difference. None for a kind without entries.
std::vector<Item> webhook_configurations(const Inputs& inputs, const Address& at,
                                         const std::string& ca_bundle_pem);

}  // namespace desired
