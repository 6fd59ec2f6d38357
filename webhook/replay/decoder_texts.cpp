#include "webhook/replay/decoder_texts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace replay {

namespace {

constexpr std::array<std::string_view, 12> kBeginnings{
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

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// What stands before `end`, which is taken away with it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return taken;
}

/// `expected kind "A" of version "B", not kind "C" of version "D"`; of a whole object, whose kind
/// the request names already, without the second half.
struct WrongKind {
  std::string_view wanted;
  std::optional<std::string_view> given_kind;
  std::optional<std::string_view> given_version;
};

std::optional<WrongKind> read_wrong_kind(std::string_view ours) {
  WrongKind wrong;
  if (!skip(ours, "expected kind \"")) return std::nullopt;
  const auto wanted = take_until(ours, "\" of version \"");
  if (!wanted || wanted->empty() || !take_until(ours, "\"")) return std::nullopt;
  wrong.wanted = *wanted;
  if (ours.empty()) return wrong;
  if (!skip(ours, ", not kind \"")) return std::nullopt;
  wrong.given_kind = take_until(ours, "\" of version \"");
  wrong.given_version = take_until(ours, "\"");
  const bool whole = wrong.given_kind && wrong.given_version && ours.empty();
  return whole ? std::optional(wrong) : std::nullopt;
}

std::string_view group_of(std::string_view version) {
  const auto slash = version.find('/');
  return slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
}

/// `no kind "K" is registered for version "V" in ...`, or `... for the internal version of group
/// "G" in ...`.
bool names_unregistered(std::string_view theirs, const WrongKind& wrong) {
  const auto kind = take_until(theirs, "\"");
  if (!kind || wrong.given_kind.value_or(*kind) != *kind) return false;
  const auto version = wrong.given_version;
  if (skip(theirs, " is registered for version \""))
    return !version || take_until(theirs, "\"") == version;
  if (!skip(theirs, " is registered for the internal version of group \"")) return false;
  return !version || take_until(theirs, "\"") == group_of(*version);
}

/// "v1alpha1.InfrastructureConfig"
std::string_view without_package(std::string_view type) {
  return type.substr(std::min(type.find('.') + 1, type.size()));
}

/// `converting (A) to (B): unknown conversion`
bool names_conversion(std::string_view theirs, const WrongKind& wrong) {
  const auto from = take_until(theirs, ") to (");
  const auto to = take_until(theirs, ")");
  return from && to && wrong.wanted == without_package(*to) &&
         wrong.given_kind.value_or(without_package(*from)) == without_package(*from);
}

bool says_wrong_kind(std::string_view theirs, std::string_view ours) {
  const auto wrong = read_wrong_kind(ours);
  if (!wrong) return false;
  if (skip(theirs, "no kind \"")) return names_unregistered(theirs, *wrong);
  if (skip(theirs, "converting (")) return names_conversion(theirs, *wrong);
  if (skip(theirs, "is not of type *")) return wrong->wanted == without_package(theirs);
  if (skip(theirs, "unexpected GroupVersion string: "))
    return wrong->given_version.value_or(theirs) == theirs;
  // The members of another known kind are unknown to the one that is expected.
  return theirs.starts_with("strict decoding error: unknown field ") && wrong->given_kind &&
         *wrong->given_kind != wrong->wanted;
}

/// a[0].b as Go names it: a.b
std::string without_indexes(std::string_view path) {
  std::string plain;
  bool inside = false;
  for (const char c : path) {
    inside = c == '[' || (inside && c != ']');
    if (!inside && c != ']') plain += c;
  }
  return plain;
}

/// The last members of both are the same: Go leaves out what is above an embedded type, and our
/// decoder names the member of a map.
bool is_same_place(std::string_view theirs, std::string_view ours) {
  const auto plain = without_indexes(ours);
  return plain == theirs || plain.starts_with(std::string(theirs) + ".") ||
         theirs.ends_with("." + plain);
}

/// What our decoder may want, where the Go type has a name of its own.
constexpr std::array<std::string_view, 5> kWords{"a string", "a boolean", "an integer of 64 bits",
                                                 "a list", "an object"};

/// The word of our decoder for a Go type; "" where the name does not say what it is.
std::string_view word_for(std::string_view type) {
  if (type == "string") return "a string";
  if (type == "bool") return "a boolean";
  if (type.starts_with("int")) return "an integer of 64 bits";
  if (type.starts_with("[]")) return "a list";
  if (type.starts_with("map[")) return "an object";
  return "";
}

/// What was there instead, in the words of both.
bool is_what_was_given(std::string_view given, std::string_view wanted) {
  return (given == "string" && wanted == "a string") ||
         (given == "bool" && wanted == "a boolean") || (given == "array" && wanted == "a list") ||
         (given == "object" && wanted == "an object");
}

/// `[PATH: ]expected WHAT`
struct WrongType {
  std::string_view path;
  std::string_view wanted;
};

std::optional<WrongType> read_wrong_type(std::string_view ours) {
  WrongType wrong;
  const auto colon = ours.find(": expected ");
  if (colon != std::string_view::npos) {
    wrong.path = ours.substr(0, colon);
    ours.remove_prefix(colon + 2);
  }
  if (!skip(ours, "expected ")) return std::nullopt;
  wrong.wanted = ours;
  return wrong;
}

/// `json: cannot unmarshal GIVEN into Go struct field TYPE.PATH of type WANTED`, or `... into Go
/// value of type WANTED`.
bool says_wrong_type(std::string_view theirs, std::string_view ours) {
  const auto wrong = read_wrong_type(ours);
  auto given = take_until(theirs, " into Go ");
  if (!wrong || !given) return false;
  if (is_what_was_given(*given, wrong->wanted)) return false;
  if (skip(theirs, "value of type ")) {
    return wrong->wanted == "an object" || wrong->wanted == "an AdmissionReview object";
  }
  if (!skip(theirs, "struct field ") || !take_until(theirs, ".")) return false;
  const auto path = take_until(theirs, " of type ");
  if (!path || !is_same_place(*path, wrong->path)) return false;
  const auto word = word_for(theirs);
  if (word.empty()) return std::ranges::find(kWords, wrong->wanted) != kWords.end();
  return wrong->wanted == word || wrong->wanted == std::string(word) + " of strings";
}

}  // namespace

std::size_t start_of_decoder_text(std::string_view message) {
  auto start = std::string_view::npos;
  for (const auto text : kBeginnings) start = std::min(start, message.find(text));
  return start;
}

std::size_t start_of_last_decoder_text(std::string_view message) {
  std::size_t start = 0;
  for (const auto text : kBeginnings) {
    const auto at = message.rfind(text);
    if (at != std::string_view::npos) start = std::max(start, at);
  }
  return start;
}

bool says_the_same(std::string_view theirs, std::string_view ours) {
  skip(theirs, "couldn't get version/kind; json parse error: ");
  if (theirs == ours) return true;
  if (skip(theirs, "json: cannot unmarshal ")) return says_wrong_type(theirs, ours);
  const auto wrong = read_wrong_type(ours);
  if (theirs.starts_with("illegal base64")) return wrong && wrong->wanted == "base64";
  if (theirs.starts_with("parsing time")) return wrong && wrong->wanted == "a time as in RFC 3339";
  if (theirs.starts_with("unexpected GroupVersion") && ours == "apiVersion: expected group/version")
    return true;
  return says_wrong_kind(theirs, ours);
}

}  // namespace replay
