#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "webhook/replay/check.hpp"
#include "webhook/replay/replay.hpp"
#include "webhook/server/webhook_server.hpp"

namespace webhook {

/// Serve.
struct ServeFlags {
  std::string
      kubeconfig;      ///< the cluster whose requests are admitted; empty: the Pod's own account
  std::string master;  ///< its address, where that is not the kubeconfig's
  bool has_source_cluster = false;
  std::string cloud_endpoint;  ///< empty: the public ones of each region
  std::string cloud_ca_file = "/etc/ssl/certs/ca-certificates.crt";
  base::Log::Level log_level = base::Log::Level::info;
  ServerSettings settings;
};

/// Nothing to do: help, version, or wrong flags, told already.
struct Done {
  int exit_code = 0;
};

using Command = std::variant<ServeFlags, replay::Options, replay::CheckOptions, Done>;

/// Reads the command line. Flags of the Go program that have no meaning here are refused by name,
/// with a hint who does that now; so an old command line never seems to work.
Command parse_flags(int argc, const char* const* argv);

std::string_view version();

/// What the environment says to the Go program and nothing can follow from here, each with the
/// reason.
std::vector<std::pair<std::string, std::string>> unused_variables();

/// Where tls.crt and tls.key are unless a flag says so: where the Go program has them, or, when
/// that folder is not there, where the operator mounts them by default. `root`: for tests.
std::string default_certificate_folder(const std::string& root = "");

/// ":8080", "127.0.0.1:8080", "[::1]:8080"; nullopt: neither that nor "0", which is BindAddress{}
/// without a value.
std::optional<std::optional<BindAddress>> parse_bind_address(std::string_view text);

}  // namespace webhook
