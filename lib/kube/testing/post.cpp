#include <chrono>
#include <utility>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"

namespace kube::testing {
namespace {

using json::Value;

constexpr const char* kIssuer = "https://in-memory";
constexpr std::int64_t kDefaultSeconds = 3600;
constexpr std::int64_t kLeastSeconds = 600;
constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;

std::string base64url(std::string_view bytes) {
  auto text = base::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& letter : text) {
    if (letter == '+') letter = '-';
    if (letter == '/') letter = '_';
  }
  return text;
}

struct Lifetime {
  std::int64_t from, until;
};

/// Looks like a JWT to whoever reads its claims; signed by nobody.
std::string unsigned_token(const Object& account, const Object* secret, const Value& audiences,
                           Lifetime life) {
  const auto named = [](const Object& object) {
    return Value::object({{"name", object.name()}, {"uid", object.uid().value}});
  };
  Value bound =
      Value::object({{"namespace", account.namespace_name()}, {"serviceaccount", named(account)}});
  if (secret) bound["secret"] = named(*secret);
  const auto claims = Value::object(
      {{"iss", kIssuer},
       {"sub", "system:serviceaccount:" + account.namespace_name() + ":" + account.name()},
       {"aud", audiences},
       {"iat", life.from},
       {"nbf", life.from},
       {"exp", life.until},
       {"kubernetes.io", bound}});
  return base64url(R"({"alg":"none","kid":"in-memory"})") + "." +
         base64url(json::to_string(claims)) + "." + base64url("not-a-signature");
}

}  // namespace

Answer Cluster::on(const Post& request) {
  if (request.subresource == "token") return token(request);
  auto answer = request.body;
  const auto& kind = request.ref.resource.kind;
  if (kind == "SelfSubjectReview") {
    answer["status"]["userInfo"] = user_info();
    return answer;
  }
  if (kind == "SelfSubjectAccessReview") {
    answer["status"]["allowed"] = true;
    return answer;
  }
  return base::fail(not_found(request.ref));
}

Answer Cluster::token(const Post& request) {
  TRY_VOID(check_namespace(request.ref));
  const auto account = store_.find(request.ref);
  if (!account) return base::fail(not_found(request.ref));
  const auto& asked = request.body.at("spec");
  const auto seconds = asked.at("expirationSeconds").int_or(kDefaultSeconds);
  if (seconds < kLeastSeconds || seconds > kMostSeconds) {
    return base::fail(refusal(422, "Invalid", "TokenRequest is invalid: spec.expirationSeconds"));
  }
  TRY(const auto bound, bound_object(asked.at("boundObjectRef"), request.ref.namespace_name));
  auto answer = request.body;
  auto& spec = answer["spec"];
  spec["expirationSeconds"] = seconds;
  if (spec.at("audiences").items().empty()) spec["audiences"] = Value::array({kIssuer});
  answer["metadata"] = Value::object({{"name", account->name()},
                                      {"namespace", account->namespace_name()},
                                      {"uid", account->uid().value},
                                      {"creationTimestamp", now()}});
  const auto from = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const auto start = from.time_since_epoch().count();
  answer["status"]["token"] =
      unsigned_token(*account, bound.get(), answer.at("spec").at("audiences"),
                     {start, start + seconds});  // `spec` has moved
  answer["status"]["expirationTimestamp"] = base::to_rfc3339(from + std::chrono::seconds(seconds));
  return answer;
}

/// Null: bound to nothing.
base::Result<Stored> Cluster::bound_object(const Value& bound, const std::string& space) const {
  if (bound.is_null()) return nullptr;
  const auto kind = bound.at("kind").string_or("");
  if (kind != "Secret") {
    return base::fail(bad_request("cannot bind token to object of type " + std::string(kind)));
  }
  const ObjectRef ref{kinds::kSecret, space, std::string(bound.at("name").string_or(""))};
  auto secret = store_.find(ref);
  if (!secret) return base::fail(not_found(ref));
  const auto wanted = bound.at("uid").string_or("");
  if (!wanted.empty() && wanted != secret->uid().value) {
    return base::fail(
        conflict(ref, "the UID in the bound object reference does not match the UID in record"));
  }
  return secret;
}

}  // namespace kube::testing
