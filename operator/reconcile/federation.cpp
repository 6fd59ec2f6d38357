#include "operator/reconcile/federation.hpp"

#include "json/parse.hpp"
#include "operator/plan/report.hpp"
#include "operator/reconcile/verify.hpp"

namespace reconcile {
namespace {

using json::Value;
/// The least that an API server grants.
constexpr std::chrono::seconds kTrialLifetime{600};

/// "" where the user's name is no prefix before the token's subject.
std::string prefix_of(const std::string& user, const std::string& subject) {
  return user.size() > subject.size() && user.ends_with(subject)
             ? user.substr(0, user.size() - subject.size())
             : std::string();
}

Value mapping_of(const api::FederatedToken& wanted, const std::string& subject) {
  const auto prefix = prefix_of(wanted.user_name, subject);
  const auto quoted = [](const std::string& text) { return json::to_string(Value(text)); };
  auto mapping = Value::object(
      {{"username", prefix.empty() ? Value::object({{"expression", quoted(wanted.user_name)}})
                                   : Value::object({{"claim", "sub"}, {"prefix", prefix}})}});
  if (wanted.groups.empty()) return mapping;
  json::Array groups(wanted.groups.begin(), wanted.groups.end());
  mapping["groups"] = Value::object({{"expression", json::to_string(Value(std::move(groups)))}});
  return mapping;
}

Value authentication_configuration(const api::FederatedToken& wanted, const std::string& issuer,
                                   const std::string& subject) {
  auto entry = Value::object(
      {{"issuer", Value::object({{"url", issuer},
                                 {"audiences", Value::array({wanted.audience})},
                                 {"certificateAuthority", "<CA of this cluster's API server>"}})},
       {"claimMappings", mapping_of(wanted, subject)}});
  if (prefix_of(wanted.user_name, subject).empty())
    entry["claimValidationRules"] = Value::array(
        {Value::object({{"expression", "claims.sub == " + json::to_string(Value(subject))}})});
  return Value::object({{"apiVersion", "apiserver.config.k8s.io/v1"},
                        {"kind", "AuthenticationConfiguration"},
                        {"jwt", Value::array({std::move(entry)})}});
}

Value open_id_connect(const api::FederatedToken& wanted, const std::string& issuer,
                      const std::string& prefix) {
  return Value::object({{"apiVersion", "authentication.gardener.cloud/v1alpha1"},
                        {"kind", "OpenIDConnect"},
                        {"metadata", Value::object({{"name", "portcullis"}})},
                        {"spec", Value::object({{"issuerURL", issuer},
                                                {"clientID", wanted.audience},
                                                {"usernameClaim", "sub"},
                                                {"usernamePrefix", prefix}})}});
}

struct Trial {
  base::Secret token;
  std::string issuer, subject;
};

kube::Task<base::Result<Trial>> ask_token(kube::Api& runtime,
                                          std::shared_ptr<const Observation> seen) {
  const auto& resource = seen->snapshot.resource;
  kube::Post post{
      .ref = {kube::kinds::kServiceAccount, resource.namespace_name(),
              desired::names(seen->snapshot.inputs()).base},
      .subresource = "token",
      .body = kube::token_request_body(
          kTrialLifetime, {resource.spec.credentials.federated_token.audience}, std::nullopt, {})};
  auto answer = co_await runtime.call(kube::Request(std::move(post)));
  CO_TRY(auto review, std::move(answer));
  auto text = std::string(review.at("status").at("token").string_or(""));
  review["status"]["token"] = nullptr;
  const auto facts = kube::read_token_facts(text);
  Trial trial{.token = base::Secret::consume(text), .issuer = {}, .subject = {}};
  if (!facts)
    co_return base::fail(base::transient("the answer to the TokenRequest holds no token"));
  trial.issuer = facts->issuer;
  trial.subject = facts->subject;
  co_return trial;
}

/// What the target did with the token, as one who could change it needs to know.
base::Error not_trusted(const base::Error& error, const api::FederatedToken& wanted,
                        const std::string& issuer, const std::string& subject) {
  return {.kind = base::Error::Kind::unauthenticated,
          .what = "the target does not take tokens of this cluster for " + wanted.user_name + " (" +
                  error.what + "); its administrator has to set up: " +
                  trust_instructions(wanted, issuer, subject),
          .reason = std::string(plan::kNotTrusted)};
}

}  // namespace

std::string trust_instructions(const api::FederatedToken& wanted, const std::string& issuer,
                               const std::string& subject) {
  auto text = json::to_string(authentication_configuration(wanted, issuer, subject));
  const auto prefix = prefix_of(wanted.user_name, subject);
  if (!prefix.empty() && wanted.groups.empty())
    text += " or, with oidc-webhook-authenticator: " +
            json::to_string(open_id_connect(wanted, issuer, prefix));
  return text;
}

kube::Task<base::Result<>> verify_trust(kube::Api& runtime, Connection& target,
                                        std::shared_ptr<const Observation> seen) {
  const auto wanted = seen->snapshot.resource.spec.credentials.federated_token;
  auto asked = co_await ask_token(runtime, seen);
  CO_TRY(auto trial, std::move(asked));
  kube::ClientConfig credential{.token = std::move(trial.token)};
  Identity expected{.user = wanted.user_name, .groups = wanted.groups};
  auto verified =
      co_await verify(target, std::move(seen), std::move(credential), std::move(expected));
  if (verified) co_return base::Result<>{};
  const auto& error = verified.error();
  const bool is_answer =
      error.is(base::Error::Kind::unauthenticated) || error.reason == kOtherIdentity;
  if (!is_answer) co_return base::fail(error);
  co_return base::fail(not_trusted(error, wanted, trial.issuer, trial.subject));
}

}  // namespace reconcile
