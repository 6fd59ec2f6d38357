#pragma once

#include <optional>
#include <string>

namespace cli {

enum class Command { status, rotate, doctor };

struct Flags {
  Command command = Command::status;
  std::string kubeconfig;      ///< of the runtime cluster
  std::string namespace_name;  ///< empty: the kubeconfig's
  bool all_namespaces = false;
  std::string name;  ///< of one resource; empty: all
  std::string output = "tree";
  std::string operator_namespace = "portcullis-system";
  int timeout_seconds = 60;
};

/// nullopt: the program is to end with `exit_code` (help, version, or a wrong flag, told on
/// stderr).
struct Parsed {
  std::optional<Flags> flags;
  int exit_code = 0;
};
Parsed parse_flags(int argc, const char* const* argv);

}  // namespace cli
