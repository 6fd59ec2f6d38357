#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace json {

/// The tokens of an RFC 6901 pointer, unescaped; nullopt where it is not well formed.
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);

/// An array index as RFC 6901 writes it: no sign, no leading zero.
std::optional<std::size_t> array_index(std::string_view token);

/// nullptr: no such place.
const Value* walk(const Value& document, std::span<const std::string> tokens);
Value* walk(Value& document, std::span<const std::string> tokens);

}  // namespace json
