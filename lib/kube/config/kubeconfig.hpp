#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace kube {

/// What a kubeconfig may hold.
struct KubeconfigPolicy {
  std::vector<std::string> allowed_directories{};  ///< files that it names are below one of these
  bool may_hold_more = true;  ///< several contexts: whoever keeps it keeps all of their credentials
};

/// One cluster, one user, as a client needs them. Files are named, not read: load_files()
/// (http_api.hpp) does that.
struct ClientConfig {
  std::string server;  ///< https://host[:port][/prefix]
  std::string tls_server_name;
  std::string ca_pem;
  std::string ca_file;
  std::string certificate_pem;
  std::string certificate_file;
  base::Secret key_pem;
  std::string key_file;
  base::Secret token;
  std::string token_file;
  std::string default_namespace;  ///< of the context, else empty
};

/// Reads YAML or JSON. `invalid`, naming field and remedy, for: empty or no YAML, not kind Config,
/// no current context and not exactly one context, dangling names, server not https, no
/// certificate-authority-data (and no allowed file), insecure-skip-tls-verify, proxy-url, exec,
/// auth-provider, username/password, impersonation (as*), files outside the policy, data that is no
/// base64 or no PEM, no credential at all, content and file of the same thing, names given twice,
/// aliases, nesting beyond 32, more than 1 MiB; several contexts, where the policy says so, or
/// where current-context names none of them. Never quotes a credential.
base::Result<ClientConfig> parse_kubeconfig(std::string_view text,
                                            const KubeconfigPolicy& policy = {});

/// What a crafted kubeconfig says; one context named `context_name`.
struct KubeconfigSpec {
  std::string server, tls_server_name, ca_pem;
  std::string user_name = "portcullis";
  std::string context_name = "target";
  std::string default_namespace;
  std::string token_file, certificate_file, key_file;
};
/// YAML (as JSON, which is YAML: byte-stable).
std::string write_kubeconfig(const KubeconfigSpec& spec);

/// Facts of a JWT, read without verifying it: who issued it, for whom, until when. nullopt: no JWT.
struct TokenFacts {
  std::string issuer, subject, key_id;
  std::vector<std::string> audiences;
  std::optional<std::int64_t> issued_at, expires_at;  ///< seconds since the epoch
  std::string bound_kind, bound_name, bound_uid, service_account_uid;
};
std::optional<TokenFacts> read_token_facts(std::string_view token);

}  // namespace kube
