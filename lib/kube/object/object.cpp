#include "kube/object/object.hpp"

#include <algorithm>

namespace kube {
namespace {

constexpr std::size_t kMostLabelLetters = 63;
constexpr std::size_t kMostSubdomainLetters = 253;

bool is_lower_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
}

/// What is wrong with the letters of one label, its length aside.
std::string why_not_label_letters(std::string_view label) {
  if (label.empty()) return "must not be empty";
  const auto fits = [](char letter) { return is_lower_alphanumeric(letter) || letter == '-'; };
  if (!std::ranges::all_of(label, fits)) return "may have only lower-case letters, digits and '-'";
  if (!is_lower_alphanumeric(label.front()) || !is_lower_alphanumeric(label.back()))
    return "must start and end with a lower-case letter or a digit";
  return {};
}

std::optional<std::string> text_at(const json::Value& map, std::string_view key) {
  const auto* text = map.at(key).as_string();
  return text == nullptr ? std::nullopt : std::optional(*text);
}

bool is_version(std::string_view text) {
  return !text.empty() && text.front() != '0' &&
         std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace

std::string to_string(const ObjectRef& ref) {
  if (ref.namespace_name.empty()) return ref.resource.kind + " " + ref.name;
  return ref.resource.kind + " " + ref.namespace_name + "/" + ref.name;
}

Object Object::make(const Resource& resource, std::string_view namespace_name,
                    std::string_view name) {
  auto metadata = json::Value::object({{"name", name}});
  if (resource.namespaced) metadata["namespace"] = namespace_name;
  return {resource, json::Value::object({{"apiVersion", resource.api_version()},
                                         {"kind", resource.kind},
                                         {"metadata", std::move(metadata)}})};
}

Object Object::received(const Resource& resource, json::Value document) {
  document["apiVersion"] = resource.api_version();
  document["kind"] = resource.kind;
  return {resource, std::move(document)};
}

ObjectRef Object::ref() const {
  return {resource_, resource_.namespaced ? namespace_name() : std::string(), name()};
}

std::string Object::name() const { return std::string(at("metadata").at("name").string_or("")); }

std::string Object::namespace_name() const {
  return std::string(at("metadata").at("namespace").string_or(""));
}

Uid Object::uid() const { return {std::string(at("metadata").at("uid").string_or(""))}; }

ResourceVersion Object::resource_version() const {
  return {std::string(at("metadata").at("resourceVersion").string_or(""))};
}

std::int64_t Object::generation() const { return at("metadata").at("generation").int_or(0); }

bool Object::is_being_deleted() const {
  return !at("metadata").at("deletionTimestamp").string_or("").empty();
}

std::optional<base::TimePoint> Object::created() const {
  return base::parse_rfc3339(at("metadata").at("creationTimestamp").string_or(""));
}

std::optional<std::string> Object::label(std::string_view key) const {
  return text_at(at("metadata").at("labels"), key);
}

std::optional<std::string> Object::annotation(std::string_view key) const {
  return text_at(at("metadata").at("annotations"), key);
}

std::vector<std::string> Object::finalizers() const {
  std::vector<std::string> names;
  for (const auto& item : at("metadata").at("finalizers").items())
    if (const auto* text = item.as_string()) names.push_back(*text);
  return names;
}

void Object::set_label(std::string_view key, std::string_view value) {
  document_["metadata"]["labels"][key] = value;
}

void Object::set_annotation(std::string_view key, std::string_view value) {
  document_["metadata"]["annotations"][key] = value;
}

std::optional<std::strong_ordering> compare_versions(std::string_view a, std::string_view b) {
  if (!is_version(a) || !is_version(b)) return std::nullopt;
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

std::string why_not_dns_label(std::string_view text) {
  if (text.size() > kMostLabelLetters) return "must be no more than 63 characters";
  return why_not_label_letters(text);
}

std::string why_not_dns_subdomain(std::string_view text) {
  if (text.size() > kMostSubdomainLetters) return "must be no more than 253 characters";
  if (text.empty()) return "must not be empty";
  for (std::size_t from = 0; from <= text.size();) {
    const auto dot = std::min(text.find('.', from), text.size());
    if (auto wrong = why_not_label_letters(text.substr(from, dot - from)); !wrong.empty())
      return "each part between dots " + wrong;
    from = dot + 1;
  }
  return {};
}

}  // namespace kube
