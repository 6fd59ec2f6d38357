#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/log.hpp"

namespace app {

struct Flags {
  std::string kubeconfig;            ///< empty: the Pod's own ServiceAccount
  std::set<std::string> namespaces;  ///< in which AdmissionDeployments are served
  std::string operator_namespace;    ///< of the Lease
  std::string identity;              ///< of this replica, unique
  std::string lease_name = "portcullis-operator";
  std::string address = "0.0.0.0";
  std::uint16_t port = 8080;  ///< /metrics, /healthz, /readyz
  int workers = 8;
  std::string min_issue_interval = "1m";
  base::Log::Level log_level = base::Log::Level::info;
};

/// Names the replica too: whose write it was is to be seen in an audit log.
std::string user_agent(const Flags& flags);

/// nullopt: the program is to end with `exit_code` (help, version, or a wrong flag, told on
/// stderr).
struct Parsed {
  std::optional<Flags> flags;
  int exit_code = 0;
};
Parsed parse_flags(int argc, const char* const* argv);

}  // namespace app
