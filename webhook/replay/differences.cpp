#include "webhook/replay/differences.hpp"

#include "webhook/replay/differences_text.hpp"

namespace replay {

namespace {

void set_status(Expectation& expected, bool allowed, json::Object status) {
  auto& response = expected.review["response"];
  response["allowed"] = allowed;
  status.set("metadata", json::Object{});
  response["status"] = std::move(status);
  expected.patched.reset();
  expected.alternatives.clear();
}

}  // namespace

const json::Value& object_of(const Case& one) { return one.review.at("request").at("object"); }

const json::Value& old_object_of(const Case& one) {
  return one.review.at("request").at("oldObject");
}

bool is_about(const Case& one, std::string_view path, std::string_view kind) {
  const auto& requested = one.review.at("request").at("kind").at("kind");
  return one.path() == path && requested.string_or("") == kind;
}

std::string message_of(const Expectation& expected) {
  return std::string(expected.review.at("response").at("status").at("message").string_or(""));
}

std::int64_t code_of(const Expectation& expected) {
  return expected.review.at("response").at("status").at("code").int_or(0);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void expect_allowed(Expectation& expected) { set_status(expected, true, {{"code", 200}}); }

void expect_denied(Expectation& expected, std::string message) {
  set_status(expected, false,
             {{"code", 403}, {"reason", "Forbidden"}, {"message", std::move(message)}});
}

Expectation with_intended_differences(const Case& one, Expectation expected) {
  protocol_differences(one, expected);
  validator_differences(one, expected);
  mutator_differences(one, expected);
  return expected;
}

}  // namespace replay
