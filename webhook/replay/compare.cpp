#include "webhook/replay/compare.hpp"

#include <algorithm>
#include <array>

#include "json/parse.hpp"
#include "webhook/replay/decoder_texts.hpp"

namespace replay {

namespace {

constexpr std::array<std::string_view, 2> kDumps{"could not decode request ",
                                                 "could not decode old object "};
/// Long messages are recorded without their middle.
constexpr std::string_view kGap =
    "\xE2\x80\xA6"
    "ELIDED"
    "\xE2\x80\xA6";

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

bool is_list(std::string_view message) {
  return message.starts_with('[') && message.ends_with(']');
}

/// Whether a piece of a list begins an error, which its path does: `spec.a[0].b: ...`. Other pieces
/// go on with what the error before them lists.
bool begins_with_path(std::string_view piece) {
  const auto colon = piece.find(": ");
  if (colon == std::string_view::npos || colon == 0 || piece.front() == '"') return false;
  return piece.substr(0, colon).find(' ') == std::string_view::npos;
}

/// The errors of a list in any order, and in each what it lists in any order.
std::vector<std::vector<std::string>> as_multiset(std::string_view message) {
  if (is_list(message)) message = message.substr(1, message.size() - 2);
  std::vector<std::vector<std::string>> errors;
  for (std::size_t at = 0; at <= message.size();) {
    const auto end = std::min(message.find(", ", at), message.size());
    const auto piece = message.substr(at, end - at);
    if (errors.empty() || begins_with_path(piece)) errors.emplace_back();
    errors.back().push_back(with_sorted_sets(std::string(piece)));
    at = end + 2;
  }
  for (auto& error : errors) {
    // `x: supported values: "b"` and what follows it: the first value stands behind the others.
    constexpr std::string_view kValues = "supported values: ";
    if (const auto values = error.front().find(kValues); values != std::string::npos) {
      error.push_back(error.front().substr(values + kValues.size()));
      error.front().resize(values);
    }
    std::ranges::sort(error);
  }
  std::ranges::sort(errors);
  return errors;
}

bool same_around(std::string_view expected, std::string_view got) {
  const auto at = expected.find(kGap);
  const auto end = expected.substr(at + kGap.size());
  return got.size() >= at + end.size() && got.starts_with(expected.substr(0, at)) &&
         got.ends_with(end);
}

/// Of a dump of the request, and the decoder's text behind it, only the latter is said.
bool same_dump(std::string_view expected, std::string_view got, std::string_view dump) {
  const auto doing = std::string(dump.substr(0, dump.size() - 1)) + ": ";
  if (!got.starts_with(doing)) return false;
  const auto theirs = expected.substr(start_of_last_decoder_text(expected));
  return says_the_same(theirs, got.substr(doing.size()));
}

bool same_decoder_text(std::string_view expected, std::string_view got, std::size_t start) {
  if (!got.starts_with(expected.substr(0, start))) return false;
  if (is_list(expected)) {
    if (!is_list(got)) return false;
    expected.remove_suffix(1);
    got.remove_suffix(1);
  }
  return says_the_same(expected.substr(start), got.substr(std::min(start, got.size())));
}

bool same_message(std::string_view expected, std::string_view got, bool any_order) {
  if (expected == got) return true;
  for (const auto dump : kDumps) {
    if (expected.starts_with(dump)) return same_dump(expected, got, dump);
  }
  const auto start = start_of_decoder_text(expected);
  if (start != std::string_view::npos) return same_decoder_text(expected, got, start);
  if (expected.find(kGap) != std::string_view::npos) return same_around(expected, got);
  if (any_order && as_multiset(expected) == as_multiset(got)) return true;
  return with_sorted_sets(std::string(expected)) == with_sorted_sets(std::string(got));
}

std::string_view message_of(const json::Value& review) {
  return review.at("response").at("status").at("message").string_or("");
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

void sort_items(json::Value& list) {
  if (auto* items = list.as_array())
    std::ranges::sort(*items, {}, [](const auto& item) { return json::to_canonical_string(item); });
}

/// The images and versions that the Go program merges into a profile's status, in one order: there
/// it is random.
json::Value with_sorted_status(json::Value object) {
  constexpr std::array<std::string_view, 4> kPath{"status", "cloudProfileSpec", "providerConfig",
                                                  "machineImages"};
  auto* at = &object;
  for (const auto member : kPath) {
    auto* parent = at->as_object();
    at = parent != nullptr ? parent->find(member) : nullptr;
    if (at == nullptr) return object;
  }
  if (auto* images = at->as_array()) {
    for (auto& image : *images) {
      if (auto* versions = image.as_object() ? image.as_object()->find("versions") : nullptr)
        sort_items(*versions);
    }
  }
  sort_items(*at);
  return object;
}

bool same_patched(const Expectation& expected, const Outcome& outcome, bool any_order) {
  if (expected.patched == outcome.patched) return true;
  if (!any_order || !expected.patched || !outcome.patched) return false;
  return with_sorted_status(*expected.patched) == with_sorted_status(*outcome.patched);
}

std::string differences_from(const Expectation& expected, const Outcome& outcome, bool any_order) {
  std::string differences;
  compare_http(expected, outcome, differences);
  if (expected.review.is_null()) return differences;
  const auto want = without_message(expected.review);
  const auto got = without_message(outcome.review);
  if (want != got) note(differences, "review", json::to_string(want), json::to_string(got));
  if (!same_message(message_of(expected.review), message_of(outcome.review), any_order)) {
    note(differences, "message", message_of(expected.review), message_of(outcome.review));
  }
  if (!same_patched(expected, outcome, any_order)) {
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
