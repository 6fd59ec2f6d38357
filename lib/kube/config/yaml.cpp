#include "kube/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "json/parse.hpp"

namespace kube {
namespace {

/// Leaves the parser from inside its callbacks, which have no other way out; caught in
/// parse_with().
struct Refusal {
  std::string why;
  YAML::Mark mark;
};

enum class Scalars { as_text, by_form };

constexpr std::array<std::string_view, 11> kTrue{"true", "True", "TRUE", "yes", "Yes", "YES",
                                                 "on",   "On",   "ON",   "y",   "Y"};
constexpr std::array<std::string_view, 11> kFalse{"false", "False", "FALSE", "no", "No", "NO",
                                                  "off",   "Off",   "OFF",   "n",  "N"};
constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};

/// The type of a scalar that is not quoted.
json::Value by_form(const std::string& text) {
  const auto is_among = [&](const auto& words) {
    return std::ranges::find(words, text) != words.end();
  };
  if (is_among(kNull)) return {};
  if (is_among(kTrue)) return true;
  if (is_among(kFalse)) return false;
  const bool may_be_number = text.front() == '-' || (text.front() >= '0' && text.front() <= '9');
  auto number = may_be_number ? json::parse(text) : base::Result<json::Value>(json::Value());
  return number && number->as_number() != nullptr ? *std::move(number) : json::Value(text);
}

/// Builds the tree from the parser's events instead of its own node graph: limits hold while
/// reading, and an alias is seen before it is followed.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const YamlLimits& limits, Scalars scalars = Scalars::as_text)
      : limits_(limits), scalars_(scalars) {}

  json::Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { place(mark, {}); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refusal{"aliases are not allowed: write the value out", mark};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                const std::string& value) override {
    constexpr std::string_view kPlain = "?";
    if (wants_key())
      set_key(mark, value);
    else
      place(mark,
            scalars_ == Scalars::by_form && tag == kPlain ? by_form(value) : json::Value(value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    open(mark, json::Array{});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, json::Object{});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YAML::Mark mark;
    json::Value value;
    std::optional<std::string> key;
  };

  bool wants_key() const {
    return !open_.empty() && open_.back().value.as_object() != nullptr && !open_.back().key;
  }

  void set_key(const YAML::Mark& mark, const std::string& key) {
    const auto& members = *open_.back().value.as_object();
    if (members.contains(key)) throw Refusal{"the same key twice in one mapping", mark};
    if (members.size() >= limits_.members) throw Refusal{"too many members in one mapping", mark};
    open_.back().key = key;
  }

  void count(const YAML::Mark& mark) {
    if (++values_ > limits_.values) throw Refusal{"too many values", mark};
    if (wants_key()) throw Refusal{"a key that is not plain text", mark};
  }

  void open(const YAML::Mark& mark, json::Value empty) {
    count(mark);
    if (open_.size() >= limits_.depth)
      throw Refusal{"nested deeper than " + std::to_string(limits_.depth) + " levels", mark};
    open_.push_back({mark, std::move(empty), std::nullopt});
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    attach(std::move(done.value));
  }

  void place(const YAML::Mark& mark, json::Value value) {
    count(mark);
    attach(std::move(value));
  }

  void attach(json::Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& into = open_.back();
    if (auto* items = into.value.as_array()) {
      items->push_back(std::move(value));
      return;
    }
    into.value[*into.key] = std::move(value);
    into.key.reset();
  }

  YamlLimits limits_;
  Scalars scalars_;
  std::size_t values_ = 0;
  std::vector<Frame> open_;
  json::Value root_;
};

std::string at_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return " (line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) +
         ")";
}

/// The parser's own texts may hold pieces of the document, so only its marks are passed on.
template <class Read>
auto with_errors(Read&& read) -> decltype(read()) {
  try {
    return read();
  } catch (const Refusal& refusal) {
    return base::fail(base::invalid(refusal.why + at_mark(refusal.mark)));
  } catch (const YAML::Exception& error) {
    return base::fail(base::invalid("neither YAML nor JSON" + at_mark(error.mark)));
  }
}

base::Result<json::Value> parse_one(const YamlLimits& limits, std::string_view text) {
  return with_errors([&]() -> base::Result<json::Value> {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(limits);
    parser.HandleNextDocument(builder);
    TreeBuilder second(limits);
    if (parser.HandleNextDocument(second))
      return base::fail(base::invalid("more than one YAML document: give one"));
    return builder.take();
  });
}

base::Result<std::vector<json::Value>> parse_all(const YamlLimits& limits, std::string_view text) {
  return with_errors([&]() -> base::Result<std::vector<json::Value>> {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    std::vector<json::Value> documents;
    for (;;) {
      TreeBuilder builder(limits, Scalars::by_form);
      if (!parser.HandleNextDocument(builder)) return documents;
      if (auto document = builder.take(); !document.is_null())
        documents.push_back(std::move(document));
    }
  });
}

bool is_control(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return (byte < 0x20 && letter != '\n' && letter != '\r' && letter != '\t') || byte == 0x7f;
}

/// The parser's scanner reads far ahead of its events: these letters, which no credential is
/// written with, bound what it can be made to hold before a limit is seen.
bool is_structure(char letter) { return std::string_view("[{,&*!?").contains(letter); }

bool starts_as_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

base::Result<> check(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes)
    return base::fail(base::invalid("longer than " + std::to_string(limits.bytes) + " bytes"));
  if (std::ranges::any_of(text, is_control))
    return base::fail(base::invalid("holds control characters: it is no text"));
  return {};
}

/// JSON is YAML, but for surrogate pairs and tabs: those need a parser of its own.
std::optional<json::Value> read_json(std::string_view text, const YamlLimits& limits) {
  if (!starts_as_json(text)) return std::nullopt;
  auto parsed =
      json::parse(text, json::Duplicates::reject,
                  {.bytes = limits.bytes, .depth = limits.depth, .values = limits.values});
  return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

base::Result<> check_structure(std::string_view text, const YamlLimits& limits) {
  if (std::cmp_greater(std::ranges::count_if(text, is_structure), limits.values))
    return base::fail(base::invalid("too many values"));
  return {};
}

}  // namespace

base::Result<json::Value> read_yaml(std::string_view text, const YamlLimits& limits) {
  TRY_VOID(check(text, limits));
  if (auto parsed = read_json(text, limits)) return *std::move(parsed);
  TRY_VOID(check_structure(text, limits));
  return parse_one(limits, text);
}

base::Result<std::vector<json::Value>> read_manifests(std::string_view text,
                                                      const YamlLimits& limits) {
  TRY_VOID(check(text, limits));
  if (auto parsed = read_json(text, limits)) return std::vector{*std::move(parsed)};
  TRY_VOID(check_structure(text, limits));
  return parse_all(limits, text);
}

}  // namespace kube
