#include "kube/http/credentials.hpp"

#include <utility>

#include "kube/http/http_api.hpp"
#include "kube/http/load.hpp"

namespace kube {
namespace {

std::shared_ptr<const base::Secret> shared_copy(const base::Secret& secret) {
  return std::make_shared<const base::Secret>(secret.copy());
}

/// A certificate and a key that were not written in one step do not fit for a moment.
base::Result<> check_pair(const ClientConfig& config) {
  if (config.certificate_pem.empty()) return {};
  net_io::ServerTls pair;
  pair.certificate_pem = config.certificate_pem;
  pair.key_pem = shared_copy(config.key_pem);
  auto checked = net_io::check(pair);
  if (checked) return {};
  return base::fail(base::explain("the client certificate", std::move(checked).error()));
}

}  // namespace

base::Result<Credentials> Credentials::load(ClientConfig config) {
  TRY(ClientConfig loaded, load_files(std::move(config)));
  TRY_VOID(check_pair(loaded));
  return Credentials(std::move(loaded));
}

base::Result<Credentials> Credentials::reloaded() const { return load(copy(config_)); }

bool Credentials::names_files() const {
  return !config_.ca_file.empty() || !config_.certificate_file.empty() ||
         !config_.key_file.empty() || !config_.token_file.empty();
}

net_io::ClientTls Credentials::tls() const {
  net_io::ClientTls tls;
  tls.ca_pem = config_.ca_pem;
  tls.certificate_pem = config_.certificate_pem;
  tls.key_pem = shared_copy(config_.key_pem);
  tls.server_name = config_.tls_server_name;
  return tls;
}

std::string Credentials::authorization() const {
  if (config_.token.empty()) return {};
  std::string text = "Bearer ";
  text += config_.token.reveal();
  return text;
}

std::optional<base::TimePoint> Credentials::token_ends_at() const {
  const auto facts = read_token_facts(config_.token.reveal());
  if (!facts || !facts->expires_at) return std::nullopt;
  return base::TimePoint(std::chrono::seconds(*facts->expires_at));
}

Credentials::Changes Credentials::differences(const Credentials& other) const {
  const ClientConfig& mine = config_;
  const ClientConfig& theirs = other.config_;
  return {.tls = mine.ca_pem != theirs.ca_pem || mine.certificate_pem != theirs.certificate_pem ||
                 mine.key_pem.reveal() != theirs.key_pem.reveal() ||
                 mine.tls_server_name != theirs.tls_server_name,
          .token = mine.token.reveal() != theirs.token.reveal()};
}

}  // namespace kube
