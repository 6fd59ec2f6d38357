#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "kube/config/kubeconfig.hpp"

namespace kube {

/// The whole of a small file; `invalid`, with the system's reason, where that does not work or it
/// is larger than 1 MiB.
base::Result<std::string> read_small_file(const std::string& path);

/// in_cluster_config() with its three inputs given. `token`, `ca.crt` and `namespace` are looked
/// for in `directory`.
base::Result<ClientConfig> in_cluster_config(std::string_view host, std::string_view port,
                                             const std::string& directory);

/// On purpose, by name: the key and the token are secrets.
ClientConfig copy(const ClientConfig& config);

}  // namespace kube
