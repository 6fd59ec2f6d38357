#include "webhook/protocol/verdict.hpp"

#include "base/base64.hpp"
#include "base/utf8.hpp"

namespace protocol {

namespace {

std::string& add(std::string& out, std::string_view before, std::string_view text) {
  out += before;
  base::append_json_string(out, text);
  return out;
}

}  // namespace

Verdict allow() { return {.allowed = true, .code = 200, .reason = {}, .message = {}, .patch = {}}; }

Verdict allow_with(std::string patch) {
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
  constexpr std::size_t kAllElse = 512;
  std::string out;
  out.reserve(kAllElse + verdict.message.size() + verdict.patch.size() / 3 * 4);
  out += '{';
  if (!to.kind.empty()) add(out, R"("kind":)", to.kind) += ',';
  if (!to.api_version.empty()) add(out, R"("apiVersion":)", to.api_version) += ',';
  add(out, R"("response":{"uid":)", to.uid);
  out += verdict.allowed ? R"(,"allowed":true)" : R"(,"allowed":false)";
  out += R"(,"status":{"metadata":{})";
  if (!verdict.message.empty()) add(out, R"(,"message":)", verdict.message);
  if (!verdict.reason.empty()) add(out, R"(,"reason":)", verdict.reason);
  out.append(R"(,"code":)").append(std::to_string(verdict.code)).append("}");
  if (!verdict.patch.empty()) {
    out += R"(,"patch":")";
    base::append_base64(out, verdict.patch);
    out += R"(","patchType":"JSONPatch")";
  }
  if (!revision.empty()) add(out, R"(,"auditAnnotations":{"revision":)", revision) += '}';
  return out += "}}\n";
}

}  // namespace protocol
