#pragma once

// Private to the intended differences.

#include "webhook/replay/compare.hpp"

namespace replay {

/// The object, the old object or the kind of a case's request.
const json::Value& object_of(const Case& one);
const json::Value& old_object_of(const Case& one);
bool is_about(const Case& one, std::string_view path, std::string_view kind);

std::string message_of(const Expectation& expected);
std::int64_t code_of(const Expectation& expected);

void replace_all(std::string& text, std::string_view from, std::string_view to);

template <class F>
void edit_message(Expectation& expected, F&& edit) {
  if (expected.review.is_null()) return;
  auto* status = expected.review["response"]["status"].as_object();
  auto* message = status != nullptr ? status->find("message") : nullptr;
  if (message != nullptr && message->as_string() != nullptr) *message = edit(*message->as_string());
  for (auto& alternative : expected.alternatives) edit_message(alternative, edit);
}

/// The same review, allowed without a patch, or denied, instead.
void expect_allowed(Expectation& expected);
void expect_denied(Expectation& expected, std::string message);

// The differences, by where they stand in DIFFERENCES.md.
void protocol_differences(const Case& one, Expectation& expected);
void validator_differences(const Case& one, Expectation& expected);
void mutator_differences(const Case& one, Expectation& expected);

}  // namespace replay
