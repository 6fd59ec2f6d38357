#include <algorithm>

#include "json/dom.hpp"
#include "webhook/alicloud/admission.hpp"
#include "webhook/replay/differences_text.hpp"

namespace replay {

namespace {

bool is_served(const Case& one) {
  return std::ranges::find(alicloud::served_paths(), one.path()) != alicloud::served_paths().end();
}

json::Value response(json::Object response) {
  return json::Value::object({{"response", std::move(response)}});
}

json::Value refusal(int code) {
  json::Object status{{"code", code}, {"metadata", json::Object{}}};
  return response({{"allowed", false}, {"status", std::move(status)}, {"uid", ""}});
}

// Only POST is an admission review.
void only_post(const Case& one, Expectation& expected) {
  if (one.method() == "POST" || !is_served(one)) return;
  expected = {};
  expected.http_status = 405;
  expected.headers = {{"Allow", "POST"}};
}

// application/json with parameters is application/json.
void content_type_parameters(const Case& one, Expectation& expected) {
  if (!is_served(one) || !one.content_type().starts_with("application/json;")) return;
  const auto plain = run(one, "application/json");
  if (plain) expected.review = plain->review;
}

// What is no JSON, or beyond the limits of json/limits.hpp, is refused before anything of it is
// read.
void only_json_within_limits(const Case& one, Expectation& expected) {
  if (!is_served(one) || expected.http_status != 200 || one.method() != "POST") return;
  const auto body = one.body();
  if (body.empty() || body.size() > protocol::kBodyLimit || json::Dom::parse(body)) return;
  expected.review = refusal(400);
  expected.patched.reset();
  expected.any_message = true;
}

// Every answer with a body says what it is.
void json_content_type(const Case&, Expectation& expected) {
  if (!expected.review.is_null()) expected.headers.emplace_back("Content-Type", "application/json");
}

}  // namespace

void protocol_differences(const Case& one, Expectation& expected) {
  only_post(one, expected);
  content_type_parameters(one, expected);
  only_json_within_limits(one, expected);
  json_content_type(one, expected);
}

}  // namespace replay
