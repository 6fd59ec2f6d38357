#include "cli/flags.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace cli {
namespace {

/// As kubectl, but for a list of files.
std::string default_kubeconfig() {
  const char* home = std::getenv("HOME");
  return std::string(home ? home : "") + "/.kube/config";
}

void add_place(CLI::App& cli, Flags& flags) {
  cli.add_option("--kubeconfig", flags.kubeconfig,
                 "of the runtime cluster, with a token or a certificate: programs are not run")
      ->envname("KUBECONFIG");
  cli.add_option("-n,--namespace", flags.namespace_name, "default: the kubeconfig's");
}

void add_selection(CLI::App& cli, Flags& flags) {
  cli.add_option("name", flags.name, "AdmissionDeployment; default: all of the namespace");
  cli.add_flag("-A,--all-namespaces", flags.all_namespaces, "of all namespaces");
}

}  // namespace

Parsed parse_flags(int argc, const char* const* argv) {
  Flags flags;
  CLI::App cli{"What AdmissionDeployments do, in both of their clusters.", "kubectl portcullis"};
  cli.set_version_flag("--version", PORTCULLIS_VERSION);
  cli.require_subcommand(1);
  auto* status = cli.add_subcommand("status", "a tree of what each resource says and made");
  add_place(*status, flags);
  add_selection(*status, flags);
  status->add_option("-o,--output", flags.output, "tree or json")
      ->check(CLI::IsMember({"tree", "json"}));
  auto* rotate =
      cli.add_subcommand("rotate", "ask for a new credential, and wait until it is delivered");
  add_place(*rotate, flags);
  rotate->add_option("name", flags.name, "AdmissionDeployment")->required();
  rotate->add_option("--timeout", flags.timeout_seconds, "seconds to wait for it; 0: do not wait")
      ->check(CLI::Range(0, 3600));
  auto* doctor =
      cli.add_subcommand("doctor", "what is wrong, and what to do; ends with 1 if anything is");
  add_place(*doctor, flags);
  add_selection(*doctor, flags);
  doctor
      ->add_option("--operator-namespace", flags.operator_namespace,
                   "where the operator's Lease is")
      ->capture_default_str();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {.flags = std::nullopt, .exit_code = cli.exit(error)};
  }
  flags.command = *rotate ? Command::rotate : *doctor ? Command::doctor : Command::status;
  if (flags.kubeconfig.empty()) flags.kubeconfig = default_kubeconfig();
  return {.flags = std::move(flags)};
}

}  // namespace cli
