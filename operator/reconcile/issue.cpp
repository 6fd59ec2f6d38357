#include "operator/reconcile/issue.hpp"

#include "operator/reconcile/drift.hpp"
#include "operator/reconcile/secrets.hpp"
#include "operator/reconcile/verify.hpp"

namespace reconcile {
namespace {

using Seen = std::shared_ptr<const Observation>;
namespace kinds = kube::kinds;

std::string service_account_user(const plan::Snapshot& snapshot) {
  return "system:serviceaccount:" + snapshot.resource.target_namespace() + ":" +
         desired::names(snapshot.inputs()).service_account;
}

/// What a token is bound to.
struct Binding {
  kube::ObjectRef ref;
  kube::Uid uid;
};

kube::Task<base::Result<Binding>> make_anchor(kube::Api& api, Seen seen, credentials::Issue issue) {
  const auto space = seen->snapshot.resource.target_namespace();
  if (issue.reuse) co_return Binding{{kinds::kSecret, space, issue.reuse->name}, issue.reuse->uid};
  kube::Create request{.object = anchor_secret(seen->snapshot, issue.generation),
                       .field_manager = desired::kIdentityManager};
  const auto ref = request.object.ref();
  auto created = co_await kube::create(api, std::move(request));
  if (!created && created.error().is(base::Error::Kind::exists))
    co_return base::fail(foreign_error(ref, "it lacks our labels"));
  CO_TRY(const auto anchor, std::move(created));
  co_return Binding{ref, anchor.uid()};
}

kube::Task<base::Result<base::Secret>> request_token(kube::Api& api, Seen seen, Binding anchor) {
  const auto& snapshot = seen->snapshot;
  const auto& wanted = snapshot.resource.spec.credentials.service_account_token;
  kube::Post post{.ref = {kinds::kServiceAccount, snapshot.resource.target_namespace(),
                          desired::names(snapshot.inputs()).service_account},
                  .subresource = "token",
                  .body = kube::token_request_body(std::chrono::seconds(wanted.expiration_seconds),
                                                   wanted.audiences, anchor.ref, anchor.uid)};
  auto answer = co_await api.call(kube::Request(std::move(post)));
  CO_TRY(auto review, std::move(answer));
  auto* status = review["status"].as_object();
  auto* token = status ? status->find("token") : nullptr;
  if (!token || !token->as_string() || token->as_string()->empty())
    co_return base::fail(base::transient("the answer to the TokenRequest holds no token"));
  auto text = std::string(token->string_or(""));
  *token = nullptr;
  co_return base::Secret::consume(text);
}

kube::Task<base::Result<>> verify_token(Target& target, Seen seen, base::Secret token) {
  const auto& wanted = seen->snapshot.resource.spec.credentials.service_account_token;
  // A token for other audiences is not for the API server to judge.
  if (!wanted.audiences.empty()) co_return base::Result<>{};
  kube::ClientConfig credential{.token = std::move(token)};
  Identity expected{.user = service_account_user(seen->snapshot), .groups = {}};
  co_return co_await verify(*target.connection, std::move(seen), std::move(credential),
                            std::move(expected));
}

base::Result<std::string> make_chain(const plan::Snapshot& snapshot, const ServingCa& by,
                                     std::string_view leaf_key, crypto::KeySource& keys) {
  const auto at = desired::address(snapshot.inputs(), snapshot.cluster_ip);
  TRY(const auto ca, crypto::read_certificate(by.ca_pem));
  const auto& spec = snapshot.resource.spec.serving.by_operator;
  const auto validity = credentials::starting(
      snapshot.now, api::duration_or(spec.leaf_validity, std::chrono::hours(336)),
      ca.validity.not_after);
  const crypto::LeafRequest request{.common_name = desired::names(snapshot.inputs()).service,
                                    .dns_names = at.dns_names,
                                    .ip_addresses = at.ip_addresses,
                                    .validity = {validity.not_before, validity.not_after}};
  TRY(auto leaf, crypto::issue_leaf(request, leaf_key, by.ca_pem, by.key_pem.reveal(),
                                    keys.make_serial_hex()));
  // The cross certificate first: OpenSSL follows the first issuer that it meets, Go tries all.
  return leaf + by.cross_pem + by.ca_pem;
}

base::Result<ServingCa> make_new_ca(const plan::Snapshot& snapshot,
                                    const std::optional<ServingCa>& old, crypto::KeySource& keys) {
  const auto& spec = snapshot.resource.spec.serving.by_operator;
  const auto validity = credentials::starting(
      snapshot.now, api::duration_or(spec.ca_validity, std::chrono::hours(2160)));
  ServingCa made;
  made.key_pem = keys.make_key_pem();
  const auto serial = keys.make_serial_hex();
  // The serial in the name keeps two generations apart for people who read the bundle.
  const auto name = snapshot.resource.name() + "-serving-ca-" + serial.substr(0, 8);
  TRY(made.ca_pem, crypto::make_ca(name, made.key_pem.reveal(),
                                   {validity.not_before, validity.not_after}, serial));
  TRY(made.bundle_pem, crypto::merge_bundles(made.ca_pem, snapshot.served_ca_pem));
  if (!old) return made;
  TRY(made.bundle_pem, crypto::merge_bundles(made.bundle_pem, old->ca_pem));
  TRY(const auto info, crypto::read_certificate(old->ca_pem));
  TRY(made.cross_pem, crypto::cross_sign(made.ca_pem, old->ca_pem, old->key_pem.reveal(),
                                         info.validity, keys.make_serial_hex()));
  return made;
}

}  // namespace

kube::Task<base::Result<base::Secret>> issue_token(Target& target, Seen seen,
                                                   credentials::Issue issue) {
  auto& api = target.view->api();
  auto created = co_await make_anchor(api, seen, std::move(issue));
  CO_TRY(auto anchor, std::move(created));
  auto requested = co_await request_token(api, seen, std::move(anchor));
  CO_TRY(auto token, std::move(requested));
  auto trial = token.copy();
  auto verified = co_await verify_token(target, seen, std::move(trial));
  CO_TRY_VOID(std::move(verified));
  co_return token;
}

kube::Task<base::Result<std::optional<ServingCa>>> read_serving_ca(kube::Api& api, Seen seen) {
  if (!seen->snapshot.serving.ca) co_return std::optional<ServingCa>();  // none that works
  kube::ObjectRef ref{kinds::kSecret, seen->snapshot.resource.namespace_name(),
                      desired::names(seen->snapshot.inputs()).serving_ca};
  auto answer = co_await kube::get(api, std::move(ref));
  CO_TRY(const auto secret, std::move(answer));
  auto key = data_of(secret, "ca.key").value_or("");
  ServingCa ca{.ca_pem = data_of(secret, "ca.crt").value_or(""),
               .bundle_pem = data_of(secret, "bundle.crt").value_or(""),
               .cross_pem = data_of(secret, "cross.crt").value_or("")};
  ca.key_pem = base::Secret::consume(key);
  if (!crypto::key_fits(ca.ca_pem, ca.key_pem.reveal()))
    co_return base::fail(base::transient("the serving CA's Secret changed meanwhile"));
  co_return std::optional<ServingCa>(std::move(ca));
}

base::Result<ServingSecrets> make_serving_secrets(const plan::Snapshot& snapshot,
                                                  std::optional<ServingCa> current, bool with_ca,
                                                  crypto::KeySource& keys) {
  if (!with_ca && !current) return base::fail(base::transient("the serving CA is gone"));
  std::optional<ServingCa> made;
  if (with_ca) {
    TRY(made, make_new_ca(snapshot, current, keys));
  }
  const auto& by = with_ca ? *made : *current;
  const auto leaf_key = keys.make_key_pem();
  TRY(const auto chain, make_chain(snapshot, by, leaf_key.reveal(), keys));
  const ServingMaterial material{.ca_pem = by.ca_pem,
                                 .bundle_pem = by.bundle_pem,
                                 .chain_pem = chain,
                                 .cross_pem = by.cross_pem,
                                 .ca_key_pem = by.key_pem.reveal(),
                                 .leaf_key_pem = leaf_key.reveal()};
  ServingSecrets secrets;
  const bool leaf_stays = with_ca && !current && !snapshot.served_ca_pem.empty();
  if (!leaf_stays) secrets.leaf = serving_secret(snapshot, material);
  if (with_ca) secrets.ca = serving_ca_secret(snapshot, material);
  return secrets;
}

}  // namespace reconcile
