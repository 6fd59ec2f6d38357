#pragma once

// For the tests of this room: answers that are not quite ours.

#include <string>
#include <utility>
#include <vector>

#include "webhook/replay/run.hpp"

namespace replay {

struct Mutant {
  std::string what;
  Outcome outcome;
};

/// What no comparison may take for `outcome`: each part of it changed.
inline std::vector<Mutant> mutants_of(const Outcome& outcome) {
  std::vector<Mutant> all;
  const auto add = [&](std::string what, auto&& change) {
    all.push_back({.what = std::move(what), .outcome = outcome});
    change(all.back().outcome);
  };
  add("another HTTP status", [](auto& one) { one.http.status += 100; });
  if (outcome.review.is_null()) {
    if (!outcome.http.body.empty()) add("another body", [](auto& one) { one.http.body += "x"; });
    return all;
  }
  const auto& response = outcome.review.at("response");
  const auto message = std::string(response.at("status").at("message").string_or(""));
  const auto status = [](Outcome& one) -> json::Value& { return one.review["response"]["status"]; };
  add("the contrary", [&](auto& one) {
    one.review["response"]["allowed"] = !response.at("allowed").bool_or(false);
  });
  add("another uid", [](auto& one) { one.review["response"]["uid"] = "other"; });
  add("another version", [](auto& one) { one.review["apiVersion"] = "other"; });
  add("another code", [&](auto& one) { status(one)["code"] = 418; });
  add("another reason", [&](auto& one) { status(one)["reason"] = "Other"; });
  add("a longer message", [&](auto& one) { status(one)["message"] = message + " x"; });
  add("a shorter message", [&](auto& one) {
    status(one)["message"] = message.empty() ? "x" : message.substr(0, message.size() / 2);
  });
  add("another patch", [&](auto& one) {
    if (!one.patched) one.patched = json::Value::object({});
    (*one.patched)["metadata"]["annotations"]["mutant"] = "x";
  });
  if (outcome.patched) add("no patch", [](auto& one) { one.patched.reset(); });
  for (std::size_t i = 0; i < outcome.http.headers.size(); ++i) {
    add("without " + outcome.http.headers[i].first, [i](auto& one) {
      one.http.headers.erase(one.http.headers.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
  return all;
}

}  // namespace replay
