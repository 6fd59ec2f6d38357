#include "kube/http/load.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "kube/config/checks.hpp"
#include "kube/http/http_api.hpp"

namespace kube {
namespace {

constexpr std::size_t kLimit = 1u << 20;
constexpr const char* kServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string trimmed(std::string text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto end = text.find_last_not_of(kBlanks);
  text.erase(end == std::string::npos ? 0 : end + 1);
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

base::Result<std::string> checked(const std::string& path, const char* what,
                                  std::string (*why_not)(std::string_view)) {
  TRY(std::string text, read_small_file(path));
  if (why_not(text).empty()) return text;
  base::wipe(text);
  return base::fail(base::invalid(path + " holds no " + what));
}

base::Result<> load_ca(ClientConfig& config) {
  if (config.ca_file.empty()) return {};
  TRY(config.ca_pem, checked(config.ca_file, "PEM certificates", why_not_certificates));
  return {};
}

base::Result<> load_certificate(ClientConfig& config) {
  if (!config.certificate_file.empty()) {
    TRY(config.certificate_pem,
        checked(config.certificate_file, "PEM certificates", why_not_certificates));
  }
  if (!config.key_file.empty()) {
    TRY(std::string key, checked(config.key_file, "PEM private key", why_not_private_key));
    config.key_pem = base::Secret::consume(key);
  }
  return {};
}

base::Result<> load_token(ClientConfig& config) {
  if (config.token_file.empty()) return {};
  TRY(std::string raw, read_small_file(config.token_file));
  std::string token = trimmed(raw);
  base::wipe(raw);
  if (token.empty() || !why_not_token(token).empty()) {
    base::wipe(token);
    return base::fail(base::invalid(config.token_file + " holds no token"));
  }
  config.token = base::Secret::consume(token);
  return {};
}

/// For all of it, and one byte that tells of more. What says no size may have any.
std::size_t room_for(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed || size == 0 || size > kLimit ? kLimit + 1 : static_cast<std::size_t>(size) + 1;
}

}  // namespace

base::Result<std::string> read_small_file(const std::string& path) {
  std::string text(room_for(path), '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return base::fail(
        base::invalid("cannot read " + path + ": " + std::generic_category().message(errno)));
  }
  const auto room = text.size();
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() < room) return text;
  base::wipe(text);
  const auto* why = room > kLimit ? ": it is larger than 1 MiB" : ": it is being written";
  return base::fail(base::invalid("cannot read " + path + why));
}

base::Result<ClientConfig> load_files(ClientConfig config) {
  TRY_VOID(load_ca(config));
  TRY_VOID(load_certificate(config));
  TRY_VOID(load_token(config));
  return config;
}

ClientConfig copy(const ClientConfig& config) {
  ClientConfig twin;
  twin.server = config.server;
  twin.tls_server_name = config.tls_server_name;
  twin.ca_pem = config.ca_pem;
  twin.ca_file = config.ca_file;
  twin.certificate_pem = config.certificate_pem;
  twin.certificate_file = config.certificate_file;
  twin.key_pem = config.key_pem.copy();
  twin.key_file = config.key_file;
  twin.token = config.token.copy();
  twin.token_file = config.token_file;
  twin.default_namespace = config.default_namespace;
  return twin;
}

base::Result<ClientConfig> in_cluster_config(std::string_view host, std::string_view port,
                                             const std::string& directory) {
  if (host.empty() || port.empty()) {
    return base::fail(
        base::invalid("not in a Pod: KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is unset"));
  }
  const bool is_ipv6 = host.contains(':');
  const std::string name(host);
  ClientConfig config;
  config.server = "https://" + (is_ipv6 ? "[" + name + "]" : name) + ":" + std::string(port);
  config.ca_file = directory + "/ca.crt";
  config.token_file = directory + "/token";
  const auto space = read_small_file(directory + "/namespace");
  if (space) config.default_namespace = trimmed(*space);
  return load_files(std::move(config));
}

base::Result<ClientConfig> in_cluster_config() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return std::string(value == nullptr ? "" : value);
  };
  return in_cluster_config(variable("KUBERNETES_SERVICE_HOST"), variable("KUBERNETES_SERVICE_PORT"),
                           kServiceAccountDirectory);
}

base::Result<ClientConfig> own_config(const std::string& kubeconfig) {
  if (kubeconfig.empty()) return in_cluster_config();
  TRY(std::string text, read_small_file(kubeconfig));
  auto config = parse_kubeconfig(text, {.allowed_directories = {"/"}});
  base::wipe(text);
  if (!config) return base::fail(base::explain("kubeconfig " + kubeconfig, config.error()));
  return load_files(*std::move(config));
}

}  // namespace kube
