#pragma once

#include <optional>
#include <string>
#include <vector>

#include "webhook/replay/run.hpp"

namespace replay {

/// What an answer must be. Made from a case's `expect` and then adjusted by the intended
/// differences.
struct Expectation {
  int http_status = 200;
  json::Value review;               ///< null: only the status is looked at
  std::optional<std::string> body;  ///< where the answer is no review
  std::optional<json::Value> patched;
  std::vector<Expectation>
      alternatives;  ///< any of these is as good; the message then compares as a multiset
  std::vector<std::pair<std::string, std::string>> headers;  ///< those that must be there
};

Expectation expectation(const Case& one);

/// nullopt: `outcome` is as expected; else what differs, for people. Texts of the Go program's
/// decoder must be said by ours in its own words (decoder_texts.hpp).
std::optional<std::string> difference(const Expectation& expected, const Outcome& outcome);

}  // namespace replay
