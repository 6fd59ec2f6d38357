#include "operator/app/flags.hpp"

#include <CLI/CLI.hpp>
#include <vector>

#include "base/clock.hpp"

namespace app {

std::string user_agent(const Flags& flags) {
  return "portcullis-operator (" + flags.identity + ")";
}

Parsed parse_flags(int argc, const char* const* argv) {
  Flags flags;
  std::vector<std::string> namespaces;
  CLI::App cli{"Runs admission webhooks for other clusters: reconciles AdmissionDeployments."};
  cli.set_version_flag("--version", PORTCULLIS_VERSION);
  cli.add_option("--kubeconfig", flags.kubeconfig,
                 "runtime cluster; default: the Pod's own ServiceAccount");
  cli.add_option("--namespace", namespaces,
                 "namespace to serve AdmissionDeployments in; repeat for more")
      ->required();
  cli.add_option("--operator-namespace", flags.operator_namespace, "namespace of the Lease")
      ->envname("POD_NAMESPACE")
      ->required();
  cli.add_option("--identity", flags.identity, "name of this replica in the Lease")
      ->envname("POD_NAME")
      ->required();
  cli.add_option("--lease-name", flags.lease_name, "name of the Lease")->capture_default_str();
  cli.add_option("--address", flags.address, "address of /metrics, /healthz and /readyz")
      ->capture_default_str();
  cli.add_option("--port", flags.port, "port of /metrics, /healthz and /readyz")
      ->capture_default_str();
  cli.add_option("--workers", flags.workers, "resources reconciled at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  cli.add_option(
         "--min-issue-interval", flags.min_issue_interval,
         "least time between credentials for one resource, but where one was lost or asked for")
      ->capture_default_str()
      ->check([](const std::string& text) {
        return base::parse_duration(text) ? std::string() : text + " is no duration, as 90s or 1m";
      });
  std::string level(to_string(flags.log_level));
  cli.add_option("--log-level", level, "debug, info, warn or error")
      ->transform(CLI::IsMember({"debug", "info", "warn", "error"}, CLI::ignore_case));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {.flags = std::nullopt, .exit_code = cli.exit(error)};
  }
  flags.log_level = base::parse_log_level(level).value_or(flags.log_level);
  flags.namespaces = {namespaces.begin(), namespaces.end()};
  return {.flags = std::move(flags)};
}

}  // namespace app
