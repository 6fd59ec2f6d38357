#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace replay {

struct CheckOptions {
  std::vector<std::string> manifests;  ///< YAML or JSON files, or folders of them
  std::vector<std::string> cluster;    ///< the same, of all that is in the cluster; none: unknown
  std::string cloud;                   ///< a file of cloudImages and cloudVSwitches; empty: unknown
  std::string output = "text";         ///< or "json"
};

/// The subcommand: what admission would answer to each object in the manifests. What the
/// manifests add to the cluster is there for all of them, as if it were applied already. 0: nothing
/// is denied, 1: something is, 2: a file cannot be read.
int check_command(const CheckOptions& options, std::ostream& report);

}  // namespace replay
