#include <algorithm>

#include "json/dom.hpp"
#include "webhook/alicloud/admission.hpp"
#include "webhook/replay/differences_text.hpp"

namespace replay {

namespace {

constexpr std::string_view kJson = "application/json";

/// An admission review, at last, on a path where they are judged.
bool is_review(const Case& one) {
  const auto& served = alicloud::served_paths();
  return one.method() == "POST" && std::ranges::find(served, one.path()) != served.end();
}

json::Value response(json::Object response) {
  return json::Value::object({{"response", std::move(response)}});
}

json::Value refusal(int code, std::string message) {
  json::Object status{
      {"code", code}, {"message", std::move(message)}, {"metadata", json::Object{}}};
  return response({{"allowed", false}, {"status", std::move(status)}, {"uid", ""}});
}

/// What the same body gets that is no longer than it has to be.
void expect_plain_answer(const Case& one, Expectation& expected, std::string_view content_type) {
  auto plain = one;
  if (auto* http = plain.document["http"].as_object()) http->erase("padToBytes");
  auto outcome = run(plain, std::string(content_type));
  if (!outcome) return;
  expected.review = std::move(outcome->review);
  expected.patched = std::move(outcome->patched);
}

// Only POST is an admission review.
void only_post(const Case& one, Expectation& expected) {
  const auto& served = alicloud::served_paths();
  if (one.method() == "POST" || std::ranges::find(served, one.path()) == served.end()) return;
  expected = {};
  expected.http_status = 405;
  expected.body = "405 method not allowed\n";
  expected.headers = {{"Allow", "POST"}};
}

// application/json with parameters is application/json.
void content_type_parameters(const Case& one, Expectation& expected) {
  const auto type = one.content_type();
  const bool is_refused = message_of(expected).starts_with("contentType=");
  if (!is_review(one) || !is_refused || !type.starts_with(kJson)) return;
  const auto next = type.find_first_not_of(" \t", kJson.size());
  if (next != std::string::npos && type[next] == ';') expect_plain_answer(one, expected, kJson);
}

// The limit is the largest body, not the smallest one that is refused.
void exactly_the_limit(const Case& one, Expectation& expected) {
  if (is_review(one) && code_of(expected) == 413 && one.body().size() == protocol::kBodyLimit)
    expect_plain_answer(one, expected, one.content_type());
}

// Whoever sends too much is sent away.
void close_behind_too_much(const Case& one, Expectation& expected) {
  if (is_review(one) && code_of(expected) == 413)
    expected.headers.emplace_back("Connection", "close");
}

// What is no JSON, or beyond the limits of json/limits.hpp, is refused before anything of it is
// read, in the words of our parser.
void only_json_within_limits(const Case& one, Expectation& expected) {
  if (!is_review(one) || expected.http_status != 200) return;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  auto body = one.body();
  const bool is_read = !body.empty() && body.size() <= protocol::kBodyLimit &&
                       !message_of(expected).starts_with("contentType=");
  if (!is_read) return;
  if (body.starts_with(kByteOrderMark)) body.erase(0, kByteOrderMark.size());
  const auto dom = json::Dom::parse(std::move(body));
  if (dom) return;
  expected.review = refusal(400, dom.error().what);
  expected.patched.reset();
}

// Every answer with a body says what it is.
void json_content_type(const Case& one, Expectation& expected) {
  if (!expected.review.is_null()) expected.headers.emplace_back("Content-Type", kJson);
  for (auto& alternative : expected.alternatives) json_content_type(one, alternative);
}

}  // namespace

void protocol_differences(const Case& one, Expectation& expected) {
  only_post(one, expected);
  content_type_parameters(one, expected);
  exactly_the_limit(one, expected);
  close_behind_too_much(one, expected);
  only_json_within_limits(one, expected);
  json_content_type(one, expected);
}

}  // namespace replay
