#pragma once

// For tests: RapidJSON as another opinion on what is JSON.

#include <rapidjson/reader.h>

#include <string>
#include <string_view>

namespace json {

/// Whether RapidJSON is of the same opinion, where there can be but one: it knows no limits, and
/// refuses halves of surrogate pairs.
inline bool agrees_with_rapidjson(std::string_view text, bool is_accepted) {
  const bool has_surrogates = text.find("\\ud") != text.npos || text.find("\\uD") != text.npos;
  const bool may_be_limited = text.size() > 512 || text.find('\0') != text.npos;
  if (has_surrogates || (may_be_limited && !is_accepted)) return true;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  // Of a character that is cut off it reads all the bytes, past the NUL that ends the text.
  const auto terminated = std::string(text) + std::string(4, '\0');
  rapidjson::StringStream stream(terminated.c_str());
  rapidjson::BaseReaderHandler<> ignores_events;
  const auto read = rapidjson::Reader().Parse<kFlags>(stream, ignores_events);
  // An exponent above 308 is too much for it even of nought.
  if (read.Code() == rapidjson::kParseErrorNumberTooBig) return true;
  return !read.IsError() == is_accepted;
}

}  // namespace json
