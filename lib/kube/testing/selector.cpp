#include "kube/testing/selector.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "kube/testing/answers.hpp"
#include "kube/testing/is_one_of.hpp"

namespace kube::testing {
namespace {

std::string trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

/// Splits at commas outside of parentheses.
std::vector<std::string> terms_of(std::string_view text) {
  std::vector<std::string> terms;
  int depth = 0;
  std::string term;
  for (const char letter : text) {
    if (letter == '(') ++depth;
    if (letter == ')') --depth;
    if (letter == ',' && depth == 0) {
      terms.push_back(trimmed(term));
      term.clear();
    } else {
      term += letter;
    }
  }
  if (!trimmed(text).empty()) terms.push_back(trimmed(term));
  return terms;
}

bool is_word(std::string_view text) {
  const auto fits = [](char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ||
           letter == '_' || letter == '.' || letter == '/';
  };
  return std::ranges::all_of(text, fits);
}

bool is_key(std::string_view text) {
  return !text.empty() && is_word(text) && std::isalnum(static_cast<unsigned char>(text.front())) &&
         std::isalnum(static_cast<unsigned char>(text.back()));
}

struct Operator {
  std::string_view sign;
  bool negative;
};
constexpr std::array kSigns = {Operator{"!=", true}, Operator{"==", false}, Operator{"=", false}};
constexpr std::array kWords = {Operator{" notin ", true}, Operator{" in ", false}};

std::vector<std::string_view> supported_fields(const Resource& resource) {
  std::vector<std::string_view> fields = {"metadata.name"};
  if (resource.namespaced) fields.emplace_back("metadata.namespace");
  if (resource.kind == "Secret") fields.emplace_back("type");
  if (resource.kind == "Namespace") fields.emplace_back("status.phase");
  if (resource.kind == "ReplicaSet") fields.emplace_back("status.replicas");
  if (resource.kind == "CertificateSigningRequest") fields.emplace_back("spec.signerName");
  if (resource.kind == "Event") {
    for (const auto* field : {"involvedObject.kind", "involvedObject.name", "involvedObject.uid",
                              "involvedObject.namespace", "reason", "type", "source"}) {
      fields.emplace_back(field);
    }
  }
  if (resource.kind == "Service") {
    fields.emplace_back("spec.clusterIP");
    fields.emplace_back("spec.type");
  }
  return fields;
}

std::string field_of(const Object& object, std::string_view path) {
  const json::Value* value = &object.document();
  for (auto rest = path; !rest.empty();) {
    const auto dot = rest.find('.');
    value = &value->at(rest.substr(0, dot));
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  if (const auto* number = value->as_number()) return number->text;
  return std::string(value->string_or(""));
}

}  // namespace

bool Selector::Requirement::admits(const std::optional<std::string>& value) const {
  switch (test) {
    case Test::exists:
      return value.has_value();
    case Test::absent:
      return !value.has_value();
    case Test::in:
      return value && is_one_of(values, *value);
    case Test::not_in:
      return !value || !is_one_of(values, *value);
  }
  return false;
}

base::Result<std::vector<Selector::Requirement>> Selector::parse_labels(std::string_view text) {
  using Test = Requirement::Test;
  std::vector<Requirement> parsed;
  for (const auto& term : terms_of(text)) {
    Requirement requirement;
    auto key = term;
    const auto* word =
        std::ranges::find_if(kWords, [&](auto op) { return term.contains(op.sign); });
    const auto* sign =
        std::ranges::find_if(kSigns, [&](auto op) { return term.contains(op.sign); });
    if (word != kWords.end()) {
      key = trimmed(term.substr(0, term.find(word->sign)));
      const auto list = trimmed(term.substr(term.find(word->sign) + word->sign.size()));
      if (!list.starts_with('(') || !list.ends_with(')')) {
        return base::fail(bad_request("unable to parse requirement: found '" + list + "'"));
      }
      requirement.test = word->negative ? Test::not_in : Test::in;
      requirement.values = terms_of(std::string_view(list).substr(1, list.size() - 2));
    } else if (sign != kSigns.end()) {
      key = trimmed(term.substr(0, term.find(sign->sign)));
      requirement.test = sign->negative ? Test::not_in : Test::in;
      requirement.values = {trimmed(term.substr(term.find(sign->sign) + sign->sign.size()))};
    } else if (key.starts_with('!')) {
      key = trimmed(key.substr(1));
      requirement.test = Test::absent;
    }
    if (!is_key(key) || !std::ranges::all_of(requirement.values, is_word)) {
      return base::fail(bad_request("unable to parse requirement: " + term));
    }
    requirement.key = std::move(key);
    parsed.push_back(std::move(requirement));
  }
  return parsed;
}

base::Result<std::vector<Selector::Requirement>> Selector::parse_fields(const Resource& resource,
                                                                        std::string_view text) {
  using Test = Requirement::Test;
  std::vector<Requirement> parsed;
  for (const auto& term : terms_of(text)) {
    const auto* sign =
        std::ranges::find_if(kSigns, [&](auto op) { return term.contains(op.sign); });
    if (sign == kSigns.end()) {
      return base::fail(bad_request("invalid selector: '" + term + "'; can't understand it"));
    }
    const auto at = term.find(sign->sign);
    Requirement requirement{.key = term.substr(0, at),
                            .test = sign->negative ? Test::not_in : Test::in,
                            .values = {term.substr(at + sign->sign.size())}};
    if (!is_one_of(supported_fields(resource), requirement.key)) {
      return base::fail(bad_request("field label not supported: " + requirement.key));
    }
    parsed.push_back(std::move(requirement));
  }
  return parsed;
}

base::Result<Selector> Selector::parse(const Resource& resource, std::string_view labels,
                                       std::string_view fields) {
  Selector selector;
  TRY(selector.labels_, parse_labels(labels));
  TRY(selector.fields_, parse_fields(resource, fields));
  return selector;
}

bool Selector::matches(const Object& object) const {
  return std::ranges::all_of(labels_,
                             [&](const auto& r) { return r.admits(object.label(r.key)); }) &&
         std::ranges::all_of(fields_, [&](const auto& r) {
           return r.admits(std::optional(field_of(object, r.key)));
         });
}

std::string Selector::single_name() const {
  const auto named = std::ranges::find_if(fields_, [](const auto& requirement) {
    return requirement.key == "metadata.name" && requirement.test == Requirement::Test::in;
  });
  return named == fields_.end() ? std::string() : named->values.front();
}

}  // namespace kube::testing
