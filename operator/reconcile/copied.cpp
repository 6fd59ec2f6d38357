#include "operator/reconcile/copied.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "json/parse.hpp"
#include "operator/reconcile/secrets.hpp"
#include "operator/reconcile/verify.hpp"

namespace reconcile {
namespace {

using plan::Snapshot;

base::Error unusable(std::string_view reason, std::string what) {
  return {
      .kind = base::Error::Kind::invalid, .what = std::move(what), .reason = std::string(reason)};
}
base::Error unusable(std::string what) {
  return unusable("CredentialSecretInvalid", std::move(what));
}

/// The content of a file that a kubeconfig names, out of the same Secret.
base::Result<std::string> file_of(const kube::Object& secret, const std::string& folder,
                                  const std::string& path) {
  const auto key = path.substr(std::min(path.size(), folder.size() + 1));
  auto content = data_of(secret, key);
  if (content && !content->empty()) return *std::move(content);
  return base::fail(
      unusable("the kubeconfig names the file " + path + ", but the Secret has no key " + key));
}

base::Result<> take_files(const kube::Object& secret, const std::string& folder,
                          kube::ClientConfig& config) {
  const auto take_secret = [&](std::string& path, base::Secret& into) -> base::Result<> {
    if (path.empty()) return {};
    TRY(auto text, file_of(secret, folder, path));
    while (text.ends_with('\n')) text.pop_back();
    into = base::Secret::consume(text);
    path.clear();
    return {};
  };
  const auto take_text = [&](std::string& path, std::string& into) -> base::Result<> {
    if (path.empty()) return {};
    TRY(into, file_of(secret, folder, path));
    path.clear();
    return {};
  };
  TRY_VOID(take_text(config.ca_file, config.ca_pem));
  TRY_VOID(take_text(config.certificate_file, config.certificate_pem));
  TRY_VOID(take_secret(config.key_file, config.key_pem));
  return take_secret(config.token_file, config.token);
}

base::Result<> check_certificate(const kube::ClientConfig& config, base::TimePoint now) {
  if (config.certificate_pem.empty()) return {};
  const auto info = crypto::read_certificate(config.certificate_pem);
  if (!info) return base::fail(unusable("its certificate cannot be read: " + info.error().what));
  if (!crypto::key_fits(config.certificate_pem, config.key_pem.reveal()))
    return base::fail(unusable("its key does not belong to its certificate"));
  if (now >= info->validity.not_after)
    return base::fail(
        unusable("its certificate ended " + base::to_rfc3339(info->validity.not_after)));
  return {};
}

base::Result<> check_token(const kube::ClientConfig& config, base::TimePoint now) {
  const auto facts = kube::read_token_facts(config.token.reveal());
  if (!facts || !facts->expires_at) return {};
  const base::TimePoint end{std::chrono::seconds(*facts->expires_at)};
  if (now >= end) return base::fail(unusable("its token ended " + base::to_rfc3339(end)));
  return {};
}

/// A certificate that others keep must be for whom the roles are bound to, and for no one greater.
base::Result<> check_user(const Snapshot& seen, const std::string& pem) {
  TRY(const auto info, crypto::read_certificate(pem));
  const auto& wanted = seen.resource.spec.credentials.client_certificate;
  if (info.common_name != wanted.user_name)
    return base::fail(
        unusable("its certificate is for " + info.common_name + ", not for " + wanted.user_name));
  for (const auto& group : info.organizations)
    if (group.starts_with("system:"))
      return base::fail(
          unusable("its certificate is for the group " + group + ": none may begin with system:"));
  return {};
}

base::Result<kube::ClientConfig> read_pair(const Snapshot& seen, const kube::Object& secret) {
  const auto pem = data_of(secret, "tls.crt");
  auto key = data_of(secret, "tls.key");
  if (!pem || pem->empty() || !key || key->empty())
    return base::fail(unusable("it lacks tls.crt or tls.key"));
  kube::ClientConfig config{.certificate_pem = *pem};
  config.key_pem = base::Secret::consume(*key);
  TRY_VOID(check_user(seen, *pem));
  return config;
}

base::Result<kube::ClientConfig> read_kubeconfig(const Snapshot& seen, const std::string& key,
                                                 const kube::Object& secret) {
  const auto& folder = seen.resource.spec.credentials.delivery.mount_path;
  auto text = data_of(secret, key);
  if (!text || text->empty()) return base::fail(unusable("it has no key " + key));
  auto config =
      kube::parse_kubeconfig(*text, {.allowed_directories = {folder}, .may_hold_more = false});
  base::wipe(*text);
  if (!config) return base::fail(unusable("key " + key + ": " + config.error().what));
  TRY_VOID(take_files(secret, folder, *config));
  return config;
}

desired::Endpoint server_of(const Snapshot& seen, const kube::ClientConfig& config) {
  if (config.server.empty()) return seen.target;
  desired::Endpoint server{
      .server = config.server, .ca_pem = config.ca_pem, .tls_server_name = config.tls_server_name};
  const auto& asked = seen.resource.spec.target.workload_endpoint;
  if (!asked.server.empty()) server.server = asked.server;
  if (!asked.ca_bundle.empty())
    server.ca_pem = base::base64_decode(asked.ca_bundle).value_or(asked.ca_bundle);
  if (!asked.tls_server_name.empty()) server.tls_server_name = asked.tls_server_name;
  return server;
}

std::string hash_of(const Snapshot& seen, const Source& source) {
  const auto& delivery = seen.resource.spec.credentials.delivery;
  const auto all = json::Value::object(
      {{"server", source.server.server},
       {"ca", source.server.ca_pem},
       {"tlsServerName", source.server.tls_server_name},
       {"certificate", source.credential.certificate_pem},
       {"secret", crypto::sha256_hex(std::string(source.credential.key_pem.reveal()) + "|" +
                                     std::string(source.credential.token.reveal()))},
       {"namespace", seen.resource.target_namespace()},
       {"mountPath", delivery.mount_path}});
  return crypto::sha256_hex(json::to_canonical_string(all)).substr(0, 16);
}

base::Result<Source> read_content(const Snapshot& seen, const api::SecretKeyRef& ref,
                                  const kube::Object& secret) {
  const auto key = ref.key.empty() ? std::string("kubeconfig") : ref.key;
  auto config = seen.resource.has_certificate() ? read_pair(seen, secret)
                                                : read_kubeconfig(seen, key, secret);
  if (!config) return base::fail(config.error());
  TRY_VOID(check_certificate(*config, seen.now));
  TRY_VOID(check_token(*config, seen.now));
  Source source{.credential = *std::move(config), .server = {}, .hash = {}};
  source.server = server_of(seen, source.credential);
  source.hash = hash_of(seen, source);
  return source;
}

/// On purpose, by name: key and token are secrets.
kube::ClientConfig twin(const kube::ClientConfig& config) {
  kube::ClientConfig copy{.server = config.server,
                          .tls_server_name = config.tls_server_name,
                          .ca_pem = config.ca_pem,
                          .certificate_pem = config.certificate_pem};
  copy.key_pem = config.key_pem.copy();
  copy.token = config.token.copy();
  return copy;
}

kube::Task<base::Result<std::string>> check_source(Connection& connection,
                                                   std::shared_ptr<const Observation> seen,
                                                   kube::ClientConfig credential) {
  const auto user = seen->snapshot.resource.named_user();
  if (!user.empty()) {
    Identity expected{.user = user, .groups = {}};
    auto verified =
        co_await verify(connection, std::move(seen), std::move(credential), std::move(expected));
    CO_TRY_VOID(std::move(verified));
    co_return user;
  }
  auto again = twin(credential);
  auto asked = co_await ask_who(connection, std::move(credential));
  CO_TRY(const auto is, std::move(asked));
  if (is.user == "system:anonymous")
    co_return base::fail(unusable("the API server does not know its credential"));
  // Rights of ours are bound to a name once it is known: only those of others can be there already.
  if (seen->snapshot.resource.spec.permissions.type != "External") co_return is.user;
  Identity expected{.user = is.user, .groups = {}};
  auto rights = co_await verify(connection, std::move(seen), std::move(again), std::move(expected));
  CO_TRY_VOID(std::move(rights));
  co_return is.user;
}

}  // namespace

kube::Task<base::Result<Source>> read_source(kube::Api& runtime,
                                             std::shared_ptr<const plan::Snapshot> seen) {
  const auto from = seen->resource.followed().value_or(api::SecretKeyRef());
  const auto name = seen->resource.namespace_name() + "/" + from.name;
  kube::ObjectRef ref{kube::kinds::kSecret, seen->resource.namespace_name(), from.name};
  auto answer = co_await kube::find(runtime, std::move(ref));
  CO_TRY(const auto secret, std::move(answer));
  if (!secret)
    co_return base::fail(unusable("CredentialSecretMissing", "Secret " + name + " does not exist"));
  auto source = read_content(*seen, from, *secret);
  if (source) co_return source;
  auto error = std::move(source).error();
  if (error.reason.empty()) error.reason = "CredentialSecretInvalid";
  co_return base::fail(base::explain("Secret " + name, std::move(error)));
}

kube::Task<base::Result<kube::Object>> copy_source(kube::Api& runtime, Connection& connection,
                                                   std::shared_ptr<const Observation> seen,
                                                   credentials::Copy copy) {
  auto snapshot = std::shared_ptr<const plan::Snapshot>(seen, &seen->snapshot);
  auto answer = co_await read_source(runtime, std::move(snapshot));
  CO_TRY(auto source, std::move(answer));
  if (source.hash != seen->snapshot.copied.source)
    co_return base::fail(base::transient("the Secret has changed meanwhile"));
  auto credential = twin(source.credential);
  auto checked = co_await check_source(connection, seen, std::move(credential));
  CO_TRY(const auto user, std::move(checked));
  co_return credential_secret(seen->snapshot, source.server,
                              {.generation = copy.generation,
                               .inputs = source.hash,
                               .user = user,
                               .token = source.credential.token.reveal(),
                               .certificate_pem = source.credential.certificate_pem,
                               .key_pem = source.credential.key_pem.reveal()});
}

}  // namespace reconcile
