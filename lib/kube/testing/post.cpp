#include <chrono>
#include <utility>

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "kube/testing/answers.hpp"
#include "kube/testing/cluster.hpp"

namespace kube::testing {
namespace {

using json::Value;

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
std::string unsigned_token(const Object& account, const Value& spec, Lifetime life) {
  const auto audiences = spec.at("audiences").items().empty() ? json::Array{"https://in-memory"}
                                                              : spec.at("audiences").items();
  Value bound =
      Value::object({{"namespace", account.namespace_name()},
                     {"serviceaccount",
                      Value::object({{"name", account.name()}, {"uid", account.uid().value}})}});
  if (const auto& object = spec.at("boundObjectRef"); !object.is_null()) {
    std::string kind(object.at("kind").string_or(""));
    for (char& letter : kind) letter = static_cast<char>(std::tolower(letter));
    bound[kind] = Value::object({{"name", object.at("name")}, {"uid", object.at("uid")}});
  }
  const auto claims = Value::object(
      {{"iss", "https://in-memory"},
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
    answer["status"]["userInfo"] =
        Value::object({{"username", "in-memory"},
                       {"groups", Value::array({"system:masters", "system:authenticated"})}});
    return answer;
  }
  if (kind == "SelfSubjectAccessReview") {
    answer["status"]["allowed"] = true;
    return answer;
  }
  return base::fail(not_found(request.ref));
}

Answer Cluster::token(const Post& request) {
  const auto account = store_.find(request.ref);
  if (!account) return base::fail(not_found(request.ref));
  auto answer = request.body;
  auto& spec = answer["spec"];
  const auto seconds = spec.at("expirationSeconds").int_or(kDefaultSeconds);
  if (seconds < kLeastSeconds || seconds > kMostSeconds) {
    return base::fail(refusal(422, "Invalid", "TokenRequest is invalid: spec.expirationSeconds"));
  }
  if (const auto& bound = spec.at("boundObjectRef"); !bound.is_null()) {
    if (bound.at("kind").string_or("") != "Secret") {
      return base::fail(bad_request("cannot bind token to object of type " +
                                    std::string(bound.at("kind").string_or(""))));
    }
    const ObjectRef secret_ref{kinds::kSecret, request.ref.namespace_name,
                               std::string(bound.at("name").string_or(""))};
    const auto secret = store_.find(secret_ref);
    if (!secret) return base::fail(not_found(secret_ref));
    const auto wanted = bound.at("uid").string_or("");
    if (!wanted.empty() && wanted != secret->uid().value) {
      return base::fail(conflict(
          secret_ref, "the UID in the bound object reference does not match the UID in record"));
    }
    spec["boundObjectRef"]["uid"] = secret->uid().value;
  }
  spec["expirationSeconds"] = seconds;
  const auto from = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const auto start = from.time_since_epoch().count();
  answer["status"]["token"] = unsigned_token(*account, spec, {start, start + seconds});
  answer["status"]["expirationTimestamp"] = base::to_rfc3339(from + std::chrono::seconds(seconds));
  return answer;
}

}  // namespace kube::testing
