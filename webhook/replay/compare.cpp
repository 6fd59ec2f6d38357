#include "webhook/replay/compare.hpp"

#include <algorithm>
#include <array>

#include "json/parse.hpp"

namespace replay {

namespace {

/// Where one of these begins in a message of the Go program, its decoder speaks.
constexpr std::array<std::string_view, 12> kDecoderTexts{
    "json: cannot unmarshal",
    "couldn't get version/kind",
    "strict decoding error",
    "no kind \"",
    "Object 'Kind' is",
    "Object 'apiVersion' is",
    "is not of type",
    "converting (",
    "unexpected GroupVersion",
    "illegal base64",
    "parsing time",
    "yaml: ",
};
constexpr std::array<std::string_view, 2> kDumps{"could not decode request",
                                                 "could not decode old object"};

std::size_t start_of_decoder_text(std::string_view message) {
  auto start = std::string_view::npos;
  for (const auto dump : kDumps) {
    if (message.starts_with(dump)) return dump.size();
  }
  for (const auto text : kDecoderTexts) start = std::min(start, message.find(text));
  return start;
}

/// `supported values [b a]` says the same as `supported values [a b]`.
std::string with_sorted_sets(std::string message) {
  constexpr std::string_view kSet = "supported values [";
  for (auto at = message.find(kSet); at != std::string::npos; at = message.find(kSet, at + 1)) {
    const auto begin = at + kSet.size();
    const auto end = std::min(message.find(']', begin), message.size());
    std::vector<std::string> words;
    for (auto from = begin; from < end;) {
      const auto to = std::min(message.find(' ', from), end);
      words.push_back(message.substr(from, to - from));
      from = to + 1;
    }
    std::ranges::sort(words);
    std::string sorted;
    for (const auto& word : words) sorted.append(sorted.empty() ? "" : " ").append(word);
    message.replace(begin, end - begin, sorted);
  }
  return message;
}

std::vector<std::string> as_multiset(std::string_view message) {
  if (message.starts_with('[') && message.ends_with(']'))
    message = message.substr(1, message.size() - 2);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= message.size();) {
    const auto end = std::min(message.find(", ", at), message.size());
    parts.push_back(with_sorted_sets(std::string(message.substr(at, end - at))));
    at = end + 2;
  }
  std::ranges::sort(parts);
  return parts;
}

/// Long messages are recorded without their middle.
bool same_around(std::string_view expected, std::string_view got, std::string_view gap) {
  const auto at = expected.find(gap);
  return got.starts_with(expected.substr(0, at)) && got.ends_with(expected.substr(at + gap.size()));
}

bool same_message(std::string_view expected, std::string_view got, bool any_order) {
  constexpr std::string_view kGap =
      "\xE2\x80\xA6"
      "ELIDED"
      "\xE2\x80\xA6";
  const auto start = start_of_decoder_text(expected);
  if (start != std::string_view::npos) return got.starts_with(expected.substr(0, start));
  if (expected.find(kGap) != std::string_view::npos) return same_around(expected, got, kGap);
  if (any_order && as_multiset(expected) == as_multiset(got)) return true;
  return with_sorted_sets(std::string(expected)) == with_sorted_sets(std::string(got));
}

std::string_view message_of(const json::Value& review) {
  return review.at("response").at("status").at("message").string_or("");
}

std::int64_t code_of(const json::Value& review) {
  return review.at("response").at("status").at("code").int_or(0);
}

/// Whether there is a patch is looked at together with what it makes.
json::Value without_message(json::Value review) {
  if (auto* response = review["response"].as_object()) response->erase("patchType");
  if (auto* status = review["response"]["status"].as_object()) status->erase("message");
  return review;
}

void note(std::string& differences, std::string_view what, std::string_view expected,
          std::string_view got) {
  differences.append("  ").append(what).append("\n    expected ").append(expected);
  differences.append("\n    got      ").append(got).append("\n");
}

std::string text_of(const std::optional<json::Value>& value) {
  return value ? json::to_string(*value) : "nothing";
}

void compare_http(const Expectation& expected, const Outcome& outcome, std::string& differences) {
  if (expected.http_status != outcome.http.status) {
    note(differences, "status", std::to_string(expected.http_status),
         std::to_string(outcome.http.status));
  }
  if (expected.body && *expected.body != outcome.http.body) {
    note(differences, "body", *expected.body, outcome.http.body);
  }
  for (const auto& header : expected.headers) {
    if (std::ranges::find(outcome.http.headers, header) != outcome.http.headers.end()) continue;
    note(differences, "header", header.first + ": " + header.second, "none such");
  }
}

/// Images and versions by name: their order is random in the Go program.
void sort_named(json::Value& value) {
  if (auto* array = value.as_array()) {
    for (auto& item : *array) sort_named(item);
    const bool named = std::ranges::all_of(*array, [](const auto& item) {
      return !item.at("name").is_null() || !item.at("version").is_null();
    });
    if (named)
      std::ranges::sort(*array, {},
                        [](const auto& item) { return json::to_canonical_string(item); });
  }
  if (auto* object = value.as_object()) {
    for (auto& [key, member] : *object) sort_named(member);
  }
}

bool same_patched(const Expectation& expected, const Outcome& outcome) {
  if (expected.patched == outcome.patched) return true;
  if (expected.alternatives.empty() || !expected.patched || !outcome.patched) return false;
  auto want = *expected.patched;
  auto got = *outcome.patched;
  sort_named(want);
  sort_named(got);
  return want == got;
}

std::string differences_from(const Expectation& expected, const Outcome& outcome, bool any_order) {
  std::string differences;
  compare_http(expected, outcome, differences);
  if (expected.review.is_null()) return differences;
  if (expected.any_verdict)
    return differences + (code_of(outcome.review) == 500 ? "  a panic\n" : "");
  const auto want = without_message(expected.review);
  const auto got = without_message(outcome.review);
  if (want != got) note(differences, "review", json::to_string(want), json::to_string(got));
  if (!expected.any_message &&
      !same_message(message_of(expected.review), message_of(outcome.review), any_order)) {
    note(differences, "message", message_of(expected.review), message_of(outcome.review));
  }
  if (!expected.any_patch && !same_patched(expected, outcome)) {
    note(differences, "patched object", text_of(expected.patched), text_of(outcome.patched));
  }
  return differences;
}

Expectation read_expectation(const json::Value& from) {
  Expectation expected;
  expected.http_status = static_cast<int>(from.at("httpStatus").int_or(200));
  expected.review = from.at("review");
  if (const auto* body = from.at("body").as_string()) expected.body = *body;
  if (const auto& patched = from.at("patchedObject"); !patched.is_null())
    expected.patched = patched;
  return expected;
}

}  // namespace

Expectation expectation(const Case& one) {
  auto expected = read_expectation(one.expected());
  for (const auto& alternative : one.expected().at("alternatives").items()) {
    expected.alternatives.push_back(read_expectation(alternative));
  }
  return expected;
}

std::optional<std::string> difference(const Expectation& expected, const Outcome& outcome) {
  const bool any_order = !expected.alternatives.empty();
  auto differences = differences_from(expected, outcome, any_order);
  if (differences.empty()) return std::nullopt;
  const bool as_good = std::ranges::any_of(expected.alternatives, [&](const auto& alternative) {
    return differences_from(alternative, outcome, true).empty();
  });
  if (as_good) return std::nullopt;
  return differences;
}

}  // namespace replay
