#include "webhook/protocol/verdict.hpp"

#include "base/base64.hpp"
#include "json/parse.hpp"

namespace protocol {

Verdict allow() { return {.allowed = true, .code = 200, .reason = {}, .message = {}, .patch = {}}; }

Verdict allow_with(json::Array patch) {
  auto verdict = allow();
  verdict.patch = std::move(patch);
  return verdict;
}

Verdict deny(std::string message) {
  return {.allowed = false,
          .code = 403,
          .reason = "Forbidden",
          .message = std::move(message),
          .patch = {}};
}

Verdict refuse(std::string message, int code) {
  return {.allowed = false, .code = code, .reason = {}, .message = std::move(message), .patch = {}};
}

std::string_view name_of(const Verdict& verdict) {
  if (verdict.allowed) return "allowed";
  return verdict.code == 403 ? "denied" : "error";
}

std::string encode(const Addressee& to, const Verdict& verdict, std::string_view revision) {
  json::Object status{{"metadata", json::Object{}}};
  if (!verdict.message.empty()) status.set("message", verdict.message);
  if (!verdict.reason.empty()) status.set("reason", verdict.reason);
  status.set("code", verdict.code);
  json::Object response{
      {"uid", to.uid}, {"allowed", verdict.allowed}, {"status", std::move(status)}};
  if (!verdict.patch.empty()) {
    response.set("patch", base::base64_encode(json::to_string(verdict.patch)));
    response.set("patchType", "JSONPatch");
  }
  if (!revision.empty())
    response.set("auditAnnotations", json::Object{{"revision", std::string(revision)}});
  json::Object review;
  if (!to.kind.empty()) review.set("kind", to.kind);
  if (!to.api_version.empty()) review.set("apiVersion", to.api_version);
  review.set("response", std::move(response));
  return json::to_string(std::move(review)) + "\n";
}

}  // namespace protocol
