#include "webhook/app/flags.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace webhook {

namespace {

constexpr const char* kCertificates =
    "serving certificates come as files: Portcullis, Helm or cert-manager keep them";
constexpr const char* kRegistration =
    "webhook configurations are written by Portcullis (spec.webhooks) or by Helm";
constexpr const char* kElection = "no replica leads: nothing is written by this program";

struct Refused {
  const char* name;
  const char* hint;
};

constexpr std::array kRefused{
    Refused{"--leader-election", kElection},
    Refused{"--leader-election-id", kElection},
    Refused{"--leader-election-namespace", kElection},
    Refused{"--webhook-config-mode", kRegistration},
    Refused{"--webhook-config-url", kRegistration},
    Refused{"--webhook-config-service-port", kRegistration},
    Refused{"--webhook-config-namespace", kCertificates},
    Refused{"--webhook-config-owner-namespace", kRegistration},
};

/// Environment of the Go program that says where it keeps what this program does not have:
/// accepted, because every Deployment of it has some.
struct Unused {
  const char* name;
  const char* reason;
};

constexpr std::array kUnused{
    Unused{"SOURCE_CLUSTER",
           "neither a Lease nor certificates are kept, so that nothing is read from the source "
           "cluster: /readyz names it, and it is always in sync"},
    Unused{"SOURCE_KUBECONFIG", "nothing is read from the source cluster"},
    Unused{"LEADER_ELECTION_NAMESPACE", kElection},
    Unused{"WEBHOOK_CONFIG_NAMESPACE", kCertificates},
};

/// The webhooks by the names that the Go program switches them off by.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWebhooks{
    {{"validator", "/webhooks/validate"},
     {"secrets.validator", "/webhooks/validate/secrets"},
     {"shoots.mutator", "/webhooks/mutate"}}};

/// What has to be turned into settings once parsing is over.
struct Texts {
  std::string metrics = ":8080";
  std::string health = ":8081";
  double drain_timeout = 95;
  double drain_delay = 5;
  double connection_age = 300;
  std::string log_level = "info";
  std::vector<std::string> disabled;
};

void refuse_old_flags(CLI::App& cli) {
  for (const auto& old : kRefused) {
    const std::string text = std::string(old.name) + " is not a flag of this program: " + old.hint;
    cli.add_option_function<std::vector<std::string>>(
           old.name, [text](const auto&) { throw CLI::ValidationError(text); })
        ->expected(0, 1)
        ->group("");
  }
}

void add_log_flags(CLI::App& cli, Texts& texts, std::string& format) {
  cli.add_option("--log-level", texts.log_level,
                 "debug, info, warn or error; PUT /loglevel on the health address changes it")
      ->capture_default_str();
  cli.add_option("--log-format", format, "json")->check([](const std::string& text) {
    if (text == "text")
      return std::string("text is not offered: lines are JSON, so that nothing in them is guessed");
    return std::string(text == "json" ? "" : "expected json");
  });
}

void add_server_flags(CLI::App& cli, ServeFlags& flags, Texts& texts) {
  auto& settings = flags.settings;
  cli.add_option(
         "--kubeconfig", flags.kubeconfig,
         "the cluster whose requests are admitted; GARDEN_KUBECONFIG wins over it; default: "
         "KUBECONFIG, else the Pod's own account, else ~/.kube/config")
      ->envname("KUBECONFIG");
  cli.add_option("--master", flags.master,
                 "https address of its API server, over the kubeconfig's");
  cli.add_option("--disable-webhooks", texts.disabled,
                 "validator, secrets.validator, shoots.mutator: not served; *: none is")
      ->delimiter(',');
  cli.add_option("--webhook-config-server-host", settings.webhook.host,
                 "address to serve admission on");
  cli.add_option("--webhook-config-server-port", settings.webhook.port,
                 "port to serve admission on")
      ->capture_default_str();
  cli.add_option("--webhook-config-cert-dir", settings.certificate_folder,
                 "folder of tls.crt and tls.key")
      ->capture_default_str();
  cli.add_option("--metrics-bind-address", texts.metrics, "address of /metrics; 0: none")
      ->capture_default_str();
  cli.add_option("--health-bind-address", texts.health, "address of /healthz and /readyz; 0: none")
      ->capture_default_str();
  cli.add_option("--threads", settings.threads, "threads that serve admission")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  cli.add_option("--drain-timeout", texts.drain_timeout,
                 "seconds after SIGTERM by which the program ends")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
  cli.add_option("--drain-delay", texts.drain_delay,
                 "seconds after SIGTERM before which it does not end")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
}

void add_cloud_flags(CLI::App& cli, ServeFlags& flags) {
  cli.add_option("--cloud-endpoint", flags.cloud_endpoint,
                 "https://host[:port] of AliCloud's API; default: the public one of each region");
  cli.add_option("--cloud-ca-file", flags.cloud_ca_file,
                 "authorities that AliCloud's API is trusted by")
      ->capture_default_str();
}

void add_caller_flags(CLI::App& cli, ServeFlags& flags, Texts& texts) {
  auto& settings = flags.settings;
  cli.add_option("--client-ca-file", settings.clients.ca_file,
                 "callers must show a certificate of this authority; default: nobody is checked");
  cli.add_option("--client-subjects", settings.clients.subjects,
                 "... with one of these common names; default: any")
      ->delimiter(',');
  cli.add_option("--connection-age", texts.connection_age,
                 "seconds after which an answer closes its connection; 0: never")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86'400.0));
  cli.add_option("--revision", settings.reporting.revision,
                 "of the deployment, for the audit log of the API server; default: the version")
      ->envname("PORTCULLIS_REVISION");
  cli.add_flag("--access-log", settings.reporting.access_log,
               "a line for each request, without anything of its object");
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::vector<std::string_view> paths_without(const std::vector<std::string>& disabled) {
  std::vector<std::string_view> paths;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(disabled, name) != disabled.end();
  };
  for (const auto& name : disabled) {
    const bool known =
        name == "*" || std::ranges::find(kWebhooks, std::string_view(name), [](const auto& one) {
                         return one.first;
                       }) != kWebhooks.end();
    if (!known) throw CLI::ValidationError("cannot disable unknown webhook \"" + name + "\"");
  }
  for (const auto& [name, path] : kWebhooks) {
    if (!has(name) && !has("*")) paths.push_back(path);
  }
  return paths;
}

void read_texts(const Texts& texts, ServeFlags& flags) {
  auto& settings = flags.settings;
  const auto level = base::parse_log_level(texts.log_level);
  if (!level) throw CLI::ValidationError("invalid --log-level: " + texts.log_level);
  flags.log_level = *level;
  settings.paths = paths_without(texts.disabled);
  const auto bind = [](const char* name, const std::string& text) {
    auto address = parse_bind_address(text);
    if (!address) throw CLI::ValidationError(name, "expected host:port, :port or 0");
    return *std::move(address);
  };
  settings.metrics = bind("--metrics-bind-address", texts.metrics);
  settings.health = bind("--health-bind-address", texts.health);
  settings.drain_timeout = from_seconds(texts.drain_timeout);
  settings.drain_delay = from_seconds(texts.drain_delay);
  settings.connection_age = from_seconds(texts.connection_age);
  if (settings.clients.ca_file.empty() && !settings.clients.subjects.empty())
    throw CLI::ValidationError("--client-subjects", "needs --client-ca-file");
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// As the Go program: a kubeconfig that is named, else the Pod's own account, else one's own.
void read_environment(ServeFlags& flags) {
  if (auto garden = variable("GARDEN_KUBECONFIG"); !garden.empty()) flags.kubeconfig = garden;
  if (flags.kubeconfig.empty() && variable("KUBERNETES_SERVICE_HOST").empty()) {
    const auto own = variable("HOME") + "/.kube/config";
    std::error_code failed;
    if (std::filesystem::exists(own, failed)) flags.kubeconfig = own;
  }
  flags.has_source_cluster = !variable("SOURCE_CLUSTER").empty();
  if (flags.settings.reporting.revision.empty()) flags.settings.reporting.revision = version();
}

CLI::App* add_check(CLI::App& cli, replay::CheckOptions& options) {
  auto* check = cli.add_subcommand("check", "say offline what admission would answer to manifests");
  check->add_option("-f,--filename", options.manifests, "YAML or JSON files, or folders of them")
      ->required();
  check->add_option("--cluster", options.cluster,
                    "files of all objects that are in the cluster; default: what is not in the "
                    "manifests is not known");
  check->add_option("--cloud", options.cloud,
                    "file of what the cloud answers: cloudImages and cloudVSwitches, as in a case");
  check->add_option("-o,--output", options.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  return check;
}

/// As the Go program: what is wrong and the usage on stderr, and 1.
Done told(const CLI::App& cli, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return {.exit_code = cli.exit(error)};
  std::cerr << "Error: " << error.what() << "\n\n" << cli.help();
  return {.exit_code = 1};
}

}  // namespace

std::string_view version() { return PORTCULLIS_VERSION; }

std::vector<std::pair<std::string, std::string>> unused_variables() {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, reason] : kUnused) {
    if (!variable(name).empty()) found.emplace_back(name, reason);
  }
  return found;
}

std::string default_certificate_folder(const std::string& root) {
  const std::string of_go = "/tmp/admission-alicloud-cert";
  const std::string mounted = "/var/run/secrets/portcullis-tls";
  std::error_code failed;
  const auto is_there = [&](const std::string& folder) {
    return std::filesystem::exists(root + folder, failed);
  };
  return is_there(mounted) && !is_there(of_go) ? mounted : of_go;
}

std::optional<std::optional<BindAddress>> parse_bind_address(std::string_view text) {
  if (text == "0") return std::optional<BindAddress>();
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (!in_brackets && host.find(':') != std::string_view::npos) return std::nullopt;
  if (in_brackets) host = host.substr(1, host.size() - 2);
  BindAddress address{.host = std::string(host)};
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

Command parse_flags(int argc, const char* const* argv) {
  ServeFlags flags;
  flags.settings.certificate_folder = default_certificate_folder();
  Texts texts;
  std::string format = "json";
  replay::Options options;
  CLI::App cli{"Admission of the AliCloud provider extension for Gardener."};
  cli.set_version_flag("--version", std::string(version()));
  add_server_flags(cli, flags, texts);
  add_caller_flags(cli, flags, texts);
  add_cloud_flags(cli, flags);
  add_log_flags(cli, texts, format);
  refuse_old_flags(cli);
  auto* replay =
      cli.add_subcommand("replay", "judge recorded requests and compare with the recorded answers");
  replay->add_option("cases", options.files, "case files, or folders of them")->required();
  replay->add_option("--answers", options.answers_file,
                     "write our answers to this file, as JSON lines");
  replay::CheckOptions check_options;
  const auto* check = add_check(cli, check_options);
  try {
    cli.parse(argc, argv);
    read_texts(texts, flags);
  } catch (const CLI::ParseError& error) {
    return told(cli, error);
  }
  if (replay->parsed()) return options;
  if (check->parsed()) return check_options;
  read_environment(flags);
  return flags;
}

}  // namespace webhook
