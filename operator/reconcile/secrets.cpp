#include "operator/reconcile/secrets.hpp"

#include <charconv>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "kube/config/kubeconfig.hpp"

namespace reconcile {
namespace {

using desired::Inputs;

constexpr std::string_view kContentHash = "admission.portcullis.dev/content-sha256";

void put(kube::Object& secret, std::string_view key, std::string_view bytes) {
  secret["data"][key] = base::base64_encode(bytes);
}

base::TimePoint seconds(std::int64_t since_epoch) {
  return base::TimePoint(std::chrono::seconds(since_epoch));
}

bool verifies_for_all(const std::string& chain, const std::string& bundle,
                      const desired::Address& wanted, base::TimePoint now) {
  const auto fits = [&](const std::string& name) {
    return crypto::verify_chain(chain, bundle, name, now).has_value();
  };
  for (const auto& name : wanted.dns_names)
    if (!fits(name)) return false;
  for (const auto& address : wanted.ip_addresses)
    if (!fits(address)) return false;
  return true;
}

credentials::Validity validity_of(const crypto::CertificateInfo& info) {
  return {info.validity.not_before, info.validity.not_after};
}

/// The CA of a Secret, if certificate, key and bundle fit and it is in force.
std::optional<credentials::Validity> usable_ca(const kube::Object& secret, base::TimePoint now) {
  const auto pem = data_of(secret, "ca.crt"), key = data_of(secret, "ca.key"),
             bundle = data_of(secret, "bundle.crt");
  if (!pem || !key || !bundle || !crypto::key_fits(*pem, *key)) return {};
  const auto info = crypto::read_certificate(*pem);
  if (!info || !info->is_ca || !crypto::split_pem(*bundle)) return {};
  // Not valid yet: made by a clock that was ahead. No leaf under it would verify.
  if (now < info->validity.not_before || now >= info->validity.not_after) return {};
  return validity_of(*info);
}

/// The leaf of a Secret, if it verifies under the bundle for every name that is wanted.
std::optional<credentials::Validity> usable_leaf(const kube::Object& secret,
                                                 const std::string& bundle,
                                                 const desired::Address& wanted,
                                                 base::TimePoint now) {
  const auto chain = data_of(secret, "tls.crt"), key = data_of(secret, "tls.key");
  if (!chain || !key || !crypto::key_fits(*chain, *key)) return {};
  const auto info = crypto::read_certificate(*chain);
  if (!info || !verifies_for_all(*chain, bundle, wanted, now)) return {};
  return validity_of(*info);
}

/// Shows edits by hand; of no use without the token or the key.
std::string content_hash(const kube::Object& secret) {
  std::string all;
  for (const auto* key : {"kubeconfig", "ca.crt", "token", "tls.crt", "tls.key"})
    all.append(secret.at("data").at(key).string_or("")).push_back('\n');
  auto hash = crypto::sha256_hex(all);
  base::wipe(all);
  return hash;
}

/// What certificates of before leave behind: they cannot be revoked, and whom they were for keeps
/// rights until replicas have changed.
void remember_former(kube::Object& object, const plan::Snapshot& snapshot,
                     const CredentialContent& content) {
  const auto held = snapshot.delivered();
  if (!held) return;
  if (!held->user.empty() && held->user != content.user)
    object.set_annotation(desired::kFormerUserAnnotation, held->user);
  const bool lives_on = !content.certificate_pem.empty() && held->not_after != credentials::kNever;
  if (lives_on)
    object.set_annotation(desired::kFormerEndAnnotation, base::to_rfc3339(held->not_after));
}

std::optional<credentials::Delivered> read_token(const kube::Object& secret, bool may_be_endless) {
  auto token = data_of(secret, "token");
  if (!token || token->empty()) return std::nullopt;
  const auto facts = kube::read_token_facts(*token);
  base::wipe(*token);
  const bool ends = facts && facts->issued_at && facts->expires_at;
  if (!ends && !may_be_endless) return std::nullopt;
  const auto delivered =
      base::parse_rfc3339(secret.annotation(desired::kIssuedAnnotation).value_or(""));
  credentials::Delivered held;
  held.issued_at = ends ? seconds(*facts->issued_at) : delivered.value_or(base::TimePoint{});
  held.not_after = ends ? seconds(*facts->expires_at) : credentials::kNever;
  if (facts) held.anchor_uid = facts->bound_uid;
  if (facts) held.service_account_uid = facts->service_account_uid;
  return held;
}

std::optional<credentials::Delivered> read_certificate_pair(const kube::Object& secret) {
  const auto pem = data_of(secret, "tls.crt");
  auto key = data_of(secret, "tls.key");
  if (!pem || !key) return std::nullopt;
  const bool fits = crypto::key_fits(*pem, *key);
  base::wipe(*key);
  const auto info = crypto::read_certificate(*pem);
  if (!fits || !info) return std::nullopt;
  const auto granted =
      base::parse_rfc3339(secret.annotation(desired::kGrantedAnnotation).value_or(""));
  credentials::Delivered held;
  held.issued_at = granted.value_or(info->validity.not_before);
  held.not_after = info->validity.not_after;
  return held;
}

}  // namespace

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

kube::Object secret_of(const plan::Snapshot& snapshot, desired::Cluster cluster,
                       const std::string& name, std::string_view type) {
  const auto space = cluster == desired::Cluster::target ? snapshot.resource.target_namespace()
                                                         : snapshot.resource.namespace_name();
  auto object = plan::bare_secret(snapshot, {cluster, {kube::kinds::kSecret, space, name}});
  object["type"] = type;
  return object;
}

std::optional<std::string> data_of(const kube::Object& secret, std::string_view key) {
  const auto* encoded = secret.at("data").at(key).as_string();
  return encoded ? base::base64_decode(*encoded) : std::nullopt;
}

kube::Object credential_secret(const plan::Snapshot& snapshot, const CredentialContent& content) {
  return credential_secret(snapshot, snapshot.target, content);
}

kube::Object credential_secret(const plan::Snapshot& snapshot, const desired::Endpoint& server,
                               const CredentialContent& content) {
  const auto all = desired::names(snapshot.inputs());
  auto object = secret_of(snapshot, desired::Cluster::runtime, all.credential);
  const bool by_certificate = !content.certificate_pem.empty();
  const auto kubeconfig = desired::kubeconfig(snapshot.inputs(), server, by_certificate);
  object.set_annotation(desired::kGenerationAnnotation, std::to_string(content.generation));
  object.set_annotation(desired::kInputsAnnotation, content.inputs);
  object.set_annotation(desired::kRotationAnnotation, content.rotation);
  object.set_annotation(desired::kIssuedAnnotation, base::to_rfc3339(snapshot.now));
  if (!content.user.empty()) object.set_annotation(desired::kUserAnnotation, content.user);
  if (content.granted_at)
    object.set_annotation(desired::kGrantedAnnotation, base::to_rfc3339(*content.granted_at));
  remember_former(object, snapshot, content);
  put(object, "kubeconfig", kubeconfig);
  put(object, "ca.crt", server.ca_pem);
  if (by_certificate) {
    put(object, "tls.crt", content.certificate_pem);
    put(object, "tls.key", content.key_pem);
  } else {
    put(object, "token", content.token);
  }
  object.set_annotation(kContentHash, content_hash(object));
  return object;
}

std::optional<credentials::Delivered> read_delivered_secret(const kube::Object& secret,
                                                            bool may_be_endless) {
  if (!data_of(secret, "kubeconfig") || !data_of(secret, "ca.crt")) return std::nullopt;
  if (secret.annotation(kContentHash) != content_hash(secret)) return std::nullopt;
  auto held = secret.at("data").at("tls.crt").is_null() ? read_token(secret, may_be_endless)
                                                        : read_certificate_pair(secret);
  if (!held) return std::nullopt;
  const auto time = [&](std::string_view key) {
    return base::parse_rfc3339(secret.annotation(key).value_or(""));
  };
  held->generation = number_of(secret.annotation(desired::kGenerationAnnotation));
  held->inputs = secret.annotation(desired::kInputsAnnotation).value_or("");
  held->delivered_at = time(desired::kIssuedAnnotation).value_or(held->issued_at);
  held->rotation = secret.annotation(desired::kRotationAnnotation).value_or("");
  held->user = secret.annotation(desired::kUserAnnotation).value_or("");
  held->former_user = secret.annotation(desired::kFormerUserAnnotation).value_or("");
  held->former_not_after = time(desired::kFormerEndAnnotation);
  return held;
}

kube::Object anchor_secret(const plan::Snapshot& snapshot, std::int64_t generation) {
  const auto name = desired::names(snapshot.inputs()).generation(generation);
  return secret_of(snapshot, desired::Cluster::target, name);
}

std::optional<credentials::Anchor> anchor_of(const kube::Object& secret) {
  const auto generation = desired::generation_of(secret.name());
  if (!generation) return std::nullopt;
  return credentials::Anchor{.name = secret.name(),
                             .generation = *generation,
                             .uid = secret.uid(),
                             .version = secret.resource_version(),
                             .being_deleted = secret.is_being_deleted()};
}

kube::Object serving_ca_secret(const plan::Snapshot& snapshot, const ServingMaterial& material) {
  auto object =
      secret_of(snapshot, desired::Cluster::runtime, desired::names(snapshot.inputs()).serving_ca);
  put(object, "ca.crt", material.ca_pem);
  put(object, "ca.key", material.ca_key_pem);
  put(object, "bundle.crt", material.bundle_pem);
  if (!material.cross_pem.empty()) put(object, "cross.crt", material.cross_pem);
  return object;
}

kube::Object serving_secret(const plan::Snapshot& snapshot, const ServingMaterial& material) {
  auto object = secret_of(snapshot, desired::Cluster::runtime,
                          desired::names(snapshot.inputs()).serving, "kubernetes.io/tls");
  put(object, "tls.crt", material.chain_pem);
  put(object, "tls.key", material.leaf_key_pem);
  return object;
}

std::string served_cas(const std::optional<kube::Object>& leaf, base::TimePoint now) {
  if (!leaf) return {};
  const auto chain = data_of(*leaf, "tls.crt"), key = data_of(*leaf, "tls.key");
  if (!chain || !key || !crypto::key_fits(*chain, *key)) return {};
  std::string cas;
  for (const auto& pem : crypto::split_pem(*chain).value_or(std::vector<std::string>())) {
    const auto info = crypto::read_certificate(pem);
    if (info && info->is_ca && now < info->validity.not_after) cas += pem;
  }
  return cas;
}

credentials::ServingObserved read_serving_secrets(const std::optional<kube::Object>& ca,
                                                  const std::optional<kube::Object>& leaf,
                                                  const desired::Address& wanted,
                                                  base::TimePoint now) {
  credentials::ServingObserved seen;
  if (ca) seen.ca = usable_ca(*ca, now);
  if (seen.ca && leaf)
    seen.leaf = usable_leaf(*leaf, data_of(*ca, "bundle.crt").value_or(""), wanted, now);
  return seen;
}

}  // namespace reconcile
