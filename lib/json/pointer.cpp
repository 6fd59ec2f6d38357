#include "json/pointer.hpp"

#include <algorithm>
#include <charconv>

#include "json/patch.hpp"

namespace json {
namespace {

std::optional<std::string> unescape_token(std::string_view token) {
  std::string plain;
  plain.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      plain += token[i];
      continue;
    }
    const char code = ++i < token.size() ? token[i] : '\0';
    if (code != '0' && code != '1') return std::nullopt;
    plain += code == '0' ? '~' : '/';
  }
  return plain;
}

const Value* step(const Value& value, const std::string& token) {
  if (const auto* object = value.as_object()) return object->find(token);
  const auto* array = value.as_array();
  const auto index = array ? array_index(token) : std::nullopt;
  return index && *index < array->size() ? &(*array)[*index] : nullptr;
}

}  // namespace

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    auto token = unescape_token(pointer.substr(0, end));
    if (!token) return std::nullopt;
    tokens.push_back(*std::move(token));
    pointer.remove_prefix(end);
  }
  return tokens;
}

std::optional<std::size_t> array_index(std::string_view token) {
  if (token.size() > 1 && token.front() == '0') return std::nullopt;
  std::size_t index = 0;
  const auto* end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, index);
  return error == std::errc() && stop == end ? std::optional(index) : std::nullopt;
}

const Value* walk(const Value& document, std::span<const std::string> tokens) {
  const Value* at = &document;
  for (const auto& token : tokens)
    if (at) at = step(*at, token);
  return at;
}

Value* walk(Value& document, std::span<const std::string> tokens) {
  return const_cast<Value*>(
      walk(std::as_const(document), tokens));  // the document is ours to change
}

const Value* resolve(const Value& document, std::string_view pointer) {
  const auto tokens = split_pointer(pointer);
  return tokens ? walk(document, *tokens) : nullptr;
}

std::string escape_pointer(std::string_view token) {
  std::string escaped;
  escaped.reserve(token.size());
  for (const char letter : token) {
    if (letter == '~')
      escaped += "~0";
    else if (letter == '/')
      escaped += "~1";
    else
      escaped += letter;
  }
  return escaped;
}

}  // namespace json
