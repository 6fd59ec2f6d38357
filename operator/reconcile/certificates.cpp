#include "operator/reconcile/certificates.hpp"

#include "base/base64.hpp"
#include "operator/reconcile/drift.hpp"
#include "operator/reconcile/secrets.hpp"
#include "operator/reconcile/verify.hpp"

namespace reconcile {
namespace {

using desired::Cluster;
using json::Value;
constexpr auto kSigner = "kubernetes.io/kube-apiserver-client";

kube::ObjectRef request_ref(const std::string& name) {
  return {kube::kinds::kCertificateSigningRequest, "", name};
}

/// The first condition of these types; null where there is none.
const Value* condition(const kube::Object& request, std::initializer_list<std::string_view> types) {
  for (const auto& one : request.at("status").at("conditions").items())
    for (const auto type : types)
      if (one.at("type").string_or("") == type) return &one;
  return nullptr;
}

std::string refusal_of(const kube::Object& request) {
  const auto* refused = condition(request, {"Denied", "Failed"});
  if (!refused) return {};
  auto text = std::string(refused->at("type").string_or(""));
  if (const auto why = refused->at("message").string_or(""); !why.empty())
    text += ": " + std::string(why);
  return text;
}

credentials::SigningRequest read_request(const kube::Object& object,
                                         const std::optional<kube::Object>& pending_key) {
  credentials::SigningRequest request{
      .name = object.name(),
      .generation = number_of(object.annotation(desired::kGenerationAnnotation)),
      .uid = object.uid(),
      .request_pem =
          base::base64_decode(object.at("spec").at("request").string_or("")).value_or(""),
      .approved = condition(object, {"Approved"}) != nullptr,
      .being_deleted = object.is_being_deleted(),
      .refusal = refusal_of(object),
      .has_certificate = false,
      .not_after = {}};
  const auto pem = base::base64_decode(object.at("status").at("certificate").string_or(""));
  auto key = pending_key ? data_of(*pending_key, "tls.key") : std::nullopt;
  if (!pem || pem->empty() || !key) return request;
  const auto info = crypto::read_certificate(*pem);
  request.has_certificate = info && crypto::key_fits(*pem, *key);
  if (request.has_certificate) request.not_after = info->validity.not_after;
  base::wipe(*key);
  return request;
}

}  // namespace

base::Result<kube::Object> pending_key_secret(const plan::Snapshot& snapshot,
                                              std::int64_t generation, crypto::KeySource& keys) {
  const auto& wanted = snapshot.resource.spec.credentials.client_certificate;
  const auto key = keys.make_key_pem();
  TRY(const auto request, crypto::make_csr(wanted.user_name, wanted.groups, key.reveal()));
  auto secret =
      secret_of(snapshot, Cluster::runtime, desired::names(snapshot.inputs()).pending_key);
  secret.set_annotation(desired::kGenerationAnnotation, std::to_string(generation));
  secret.set_annotation(desired::kInputsAnnotation, plan::credential_inputs(snapshot));
  secret.set_annotation(desired::kRotationAnnotation, plan::asked_rotation(snapshot));
  secret["data"] = Value::object(
      {{"tls.key", base::base64_encode(key.reveal())}, {"tls.csr", base::base64_encode(request)}});
  return secret;
}

std::optional<credentials::PendingKey> read_pending_key(const kube::Object& secret) {
  const auto request = data_of(secret, "tls.csr");
  auto key = data_of(secret, "tls.key");
  if (!request || request->empty() || !key || key->empty()) return std::nullopt;
  base::wipe(*key);
  return credentials::PendingKey{
      .generation = number_of(secret.annotation(desired::kGenerationAnnotation)),
      .inputs = secret.annotation(desired::kInputsAnnotation).value_or(""),
      .rotation = secret.annotation(desired::kRotationAnnotation).value_or(""),
      .request_pem = *request,
      .uid = secret.uid()};
}

kube::Task<base::Result<std::vector<credentials::SigningRequest>>> read_requests(
    kube::Api& target, std::shared_ptr<const plan::Snapshot> seen,
    std::optional<kube::Object> pending_key) {
  kube::List list{.resource = kube::kinds::kCertificateSigningRequest,
                  .label_selector = std::string(desired::kNameLabel) + "=" + seen->resource.name()};
  auto answer = co_await kube::list_all(target, std::move(list));
  CO_TRY(const auto page, std::move(answer));
  std::vector<credentials::SigningRequest> requests;
  for (const auto& object : page.items)
    if (belongs_to(object, *seen)) requests.push_back(read_request(object, pending_key));
  co_return requests;
}

kube::Task<base::Result<>> make_request(Target& target, std::shared_ptr<const Observation> seen,
                                        credentials::MakeRequest step) {
  const auto& snapshot = seen->snapshot;
  const auto name = desired::names(snapshot.inputs()).signing_request(step.generation);
  kube::Create create{.object = desired::owned(snapshot.inputs(), Cluster::target,
                                               kube::kinds::kCertificateSigningRequest, "", name),
                      .field_manager = desired::kIdentityManager};
  create.object.set_annotation(desired::kGenerationAnnotation, std::to_string(step.generation));
  create.object["spec"] =
      Value::object({{"request", base::base64_encode(snapshot.certificate.pending->request_pem)},
                     {"signerName", kSigner},
                     {"usages", Value::array({"client auth"})},
                     {"expirationSeconds",
                      snapshot.resource.spec.credentials.client_certificate.expiration_seconds}});
  auto created = co_await kube::create(target.view->api(), std::move(create));
  if (!created && created.error().is(base::Error::Kind::exists))
    co_return base::fail(foreign_error(request_ref(name), "it lacks our labels"));
  CO_TRY_VOID(std::move(created));
  co_return base::Result<>{};
}

kube::Task<base::Result<>> approve(Target& target, credentials::SigningRequest request) {
  auto answer = co_await kube::get(target.view->api(), request_ref(request.name));
  CO_TRY(auto object, std::move(answer));
  if (object.uid() != request.uid || read_request(object, {}).request_pem != request.request_pem)
    co_return base::fail(base::transient("another request stands in its place"));
  json::Array conditions = object.at("status").at("conditions").items();
  conditions.push_back(Value::object({{"type", "Approved"},
                                      {"status", "True"},
                                      {"reason", "PortcullisApproved"},
                                      {"message", "made from a key of the operator's"}}));
  object["status"]["conditions"] = std::move(conditions);
  kube::Update update{.object = std::move(object),
                      .field_manager = desired::kIdentityManager,
                      .subresource = "approval"};
  auto approved = co_await kube::update(target.view->api(), std::move(update));
  CO_TRY_VOID(std::move(approved));
  co_return base::Result<>{};
}

kube::Task<base::Result<kube::Object>> take_certificate(kube::Api& runtime, Target& target,
                                                        std::shared_ptr<const Observation> seen,
                                                        credentials::SigningRequest request) {
  const auto& snapshot = seen->snapshot;
  kube::ObjectRef ref{kube::kinds::kSecret, snapshot.resource.namespace_name(),
                      desired::names(snapshot.inputs()).pending_key};
  auto key_answer = co_await kube::get(runtime, std::move(ref));
  CO_TRY(const auto key_secret, std::move(key_answer));
  auto answer = co_await kube::get(target.view->api(), request_ref(request.name));
  CO_TRY(const auto object, std::move(answer));
  if (!read_request(object, key_secret).has_certificate)
    co_return base::fail(base::transient("the certificate or its key has gone meanwhile"));
  const auto& wanted = snapshot.resource.spec.credentials.client_certificate;
  const auto pem = *base::base64_decode(object.at("status").at("certificate").string_or(""));
  auto text = data_of(key_secret, "tls.key").value_or("");
  const auto key = base::Secret::consume(text);
  kube::ClientConfig credential{.certificate_pem = pem, .key_pem = key.copy()};
  Identity expected{.user = wanted.user_name, .groups = wanted.groups};
  auto verified = co_await verify(*target.connection, seen, std::move(credential), expected);
  CO_TRY_VOID(std::move(verified));
  co_return credential_secret(
      snapshot, {.generation = request.generation,
                 .inputs = key_secret.annotation(desired::kInputsAnnotation).value_or(""),
                 .rotation = key_secret.annotation(desired::kRotationAnnotation).value_or(""),
                 .user = wanted.user_name,
                 .granted_at = object.created(),
                 .certificate_pem = pem,
                 .key_pem = key.reveal()});
}

}  // namespace reconcile
