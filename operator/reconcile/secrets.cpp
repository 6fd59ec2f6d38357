#include "operator/reconcile/secrets.hpp"

#include <charconv>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "kube/config/kubeconfig.hpp"

namespace reconcile {
namespace {

using desired::Inputs;

std::int64_t number_of(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

constexpr std::string_view kGenerationPurpose = "generation";

kube::Object secret_of(const plan::Snapshot& snapshot, desired::Cluster cluster,
                       const std::string& name, std::string_view purpose, std::string_view type) {
  const auto space = cluster == desired::Cluster::target ? snapshot.resource.target_namespace()
                                                         : snapshot.resource.namespace_name();
  auto object = desired::owned(snapshot.inputs(), cluster, kube::kinds::kSecret, space, name);
  object.set_label(desired::kPurposeLabel, purpose);
  object["type"] = type;
  return object;
}

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

}  // namespace

std::optional<std::string> data_of(const kube::Object& secret, std::string_view key) {
  const auto* encoded = secret.at("data").at(key).as_string();
  return encoded ? base::base64_decode(*encoded) : std::nullopt;
}

namespace {

constexpr const char* kContentHash = "admission.portcullis.dev/content-sha256";

/// Shows edits by hand; of no use without the token.
std::string content_hash(std::string_view kubeconfig, std::string_view ca, std::string_view token) {
  std::string all;
  for (const auto part : {kubeconfig, ca, token}) all.append(part).push_back('\n');
  auto hash = crypto::sha256_hex(all);
  base::wipe(all);
  return hash;
}

}  // namespace

kube::Object credential_secret(const plan::Snapshot& snapshot, std::int64_t generation,
                               std::string_view token) {
  const auto all = desired::names(snapshot.inputs());
  auto object =
      secret_of(snapshot, desired::Cluster::runtime, all.credential, "credential", "Opaque");
  const auto kubeconfig = desired::kubeconfig(snapshot.inputs(), snapshot.target);
  object.set_annotation(desired::kGenerationAnnotation, std::to_string(generation));
  object.set_annotation(desired::kInputsAnnotation, plan::credential_inputs(snapshot));
  object.set_annotation(desired::kRotationAnnotation, plan::asked_rotation(snapshot));
  object.set_annotation(desired::kIssuedAnnotation, base::to_rfc3339(snapshot.now));
  object.set_annotation(kContentHash, content_hash(kubeconfig, snapshot.target.ca_pem, token));
  put(object, "kubeconfig", kubeconfig);
  put(object, "token", token);
  put(object, "ca.crt", snapshot.target.ca_pem);
  return object;
}

std::optional<credentials::Delivered> read_delivered_secret(const kube::Object& secret) {
  auto token = data_of(secret, "token");
  const auto kubeconfig = data_of(secret, "kubeconfig");
  const auto ca = data_of(secret, "ca.crt");
  if (!token || !kubeconfig || !ca) return std::nullopt;
  const auto hash = content_hash(*kubeconfig, *ca, *token);
  const auto facts = kube::read_token_facts(*token);
  base::wipe(*token);
  if (secret.annotation(kContentHash) != hash) return std::nullopt;
  if (!facts || !facts->issued_at || !facts->expires_at) return std::nullopt;
  const auto issued_at = seconds(*facts->issued_at);
  const auto delivered_at =
      base::parse_rfc3339(secret.annotation(desired::kIssuedAnnotation).value_or(""));
  return credentials::Delivered{
      .generation = number_of(secret.annotation(desired::kGenerationAnnotation)),
      .inputs = secret.annotation(desired::kInputsAnnotation).value_or(""),
      .anchor_uid = facts->bound_uid,
      .service_account_uid = facts->service_account_uid,
      .issued_at = issued_at,
      .not_after = seconds(*facts->expires_at),
      .delivered_at = delivered_at.value_or(issued_at),
      .rotation = secret.annotation(desired::kRotationAnnotation).value_or("")};
}

kube::Object anchor_secret(const plan::Snapshot& snapshot, std::int64_t generation) {
  const auto name = desired::names(snapshot.inputs()).generation(generation);
  auto object = secret_of(snapshot, desired::Cluster::target, name, kGenerationPurpose, "Opaque");
  object.set_annotation(desired::kGenerationAnnotation, std::to_string(generation));
  return object;
}

std::optional<credentials::Anchor> anchor_of(const kube::Object& secret) {
  if (secret.label(desired::kPurposeLabel) != kGenerationPurpose) return std::nullopt;
  return credentials::Anchor{
      .name = secret.name(),
      .generation = number_of(secret.annotation(desired::kGenerationAnnotation)),
      .uid = secret.uid(),
      .version = secret.resource_version(),
      .being_deleted = secret.is_being_deleted()};
}

kube::Object serving_ca_secret(const plan::Snapshot& snapshot, const ServingMaterial& material) {
  auto object = secret_of(snapshot, desired::Cluster::runtime,
                          desired::names(snapshot.inputs()).serving_ca, "serving-ca", "Opaque");
  put(object, "ca.crt", material.ca_pem);
  put(object, "ca.key", material.ca_key_pem);
  put(object, "bundle.crt", material.bundle_pem);
  if (!material.cross_pem.empty()) put(object, "cross.crt", material.cross_pem);
  return object;
}

kube::Object serving_secret(const plan::Snapshot& snapshot, const ServingMaterial& material) {
  auto object =
      secret_of(snapshot, desired::Cluster::runtime, desired::names(snapshot.inputs()).serving,
                "serving", "kubernetes.io/tls");
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
