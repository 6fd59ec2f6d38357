#include "webhook/app/flags.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <map>

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
    Refused{"--disable-webhooks", "leave the webhook out of the webhook configuration"},
    Refused{"--master", "the kubeconfig names the server"},
};

/// What has to be turned into settings once parsing is over.
struct Texts {
  std::string metrics = ":8080";
  std::string health = ":8081";
  double drain_timeout = 95;
  double drain_delay = 5;
  double connection_age = 0;
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

void add_log_flags(CLI::App& cli, ServeFlags& flags, std::string& format) {
  const std::map<std::string, base::Log::Level> levels{{"debug", base::Log::Level::debug},
                                                       {"info", base::Log::Level::info},
                                                       {"warn", base::Log::Level::warn},
                                                       {"error", base::Log::Level::error}};
  cli.add_option("--log-level", flags.log_level,
                 "debug, info, warn or error; SIGUSR1 switches to debug and back")
      ->transform(CLI::CheckedTransformer(levels));
  cli.add_option("--log-format", format, "json; text is accepted and is JSON lines as well")
      ->check(CLI::IsMember({"json", "text"}));
}

void add_server_flags(CLI::App& cli, ServeFlags& flags, Texts& texts) {
  auto& settings = flags.settings;
  cli.add_option(
         "--kubeconfig", flags.kubeconfig,
         "the cluster whose requests are admitted; GARDEN_KUBECONFIG wins over it; default: "
         "KUBECONFIG, else the Pod's own account")
      ->envname("KUBECONFIG");
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
  cli.add_flag("--access-log", settings.reporting.access_log,
               "a line for each request, without anything of its object");
}

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

void read_texts(const Texts& texts, ServerSettings& settings) {
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
  flags.settings.certificate_folder = "/tmp/admission-alicloud-cert";
  Texts texts;
  std::string format = "json";
  replay::Options options;
  CLI::App cli{"Admission of the AliCloud provider extension for Gardener."};
  cli.set_version_flag("--version", std::string(version()));
  add_server_flags(cli, flags, texts);
  add_caller_flags(cli, flags, texts);
  add_cloud_flags(cli, flags);
  add_log_flags(cli, flags, format);
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
    read_texts(texts, flags.settings);
  } catch (const CLI::ParseError& error) {
    return told(cli, error);
  }
  if (replay->parsed()) return options;
  if (check->parsed()) return check_options;
  if (const char* garden = std::getenv("GARDEN_KUBECONFIG"); garden != nullptr && *garden != 0)
    flags.kubeconfig = garden;
  return flags;
}

}  // namespace webhook
