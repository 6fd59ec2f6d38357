#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/limits.hpp"
#include "json/value.hpp"

namespace json {

/// Duplicate keys: `last_wins` is Go's lenient reading (maps are merged, the last scalar or list
/// wins; never the first), `reject` its strict one.
enum class Duplicates { last_wins, reject };

/// One pass without recursion. Errors are `invalid`, with the offset (of a duplicate:
/// with its path), and quote nothing else of the text. Differs from Go on purpose: bytes that are
/// not UTF-8, numbers of more than 1024 letters, and numbers beyond a double are refused; the
/// limits are ours.
base::Result<Value> parse(std::string_view text, Duplicates duplicates = Duplicates::last_wins,
                          const Limits& limits = {});

/// Compact, members in their order, numbers with their own text. Strings that are not UTF-8 do not
/// come out of parse(); made by hand, their bad bytes are written as U+FFFD.
std::string to_string(const Value& value);
/// Two blanks, for people and golden files.
std::string to_pretty_string(const Value& value);
/// Compact with the members of every object sorted: equal values give equal bytes. For hashes.
std::string to_canonical_string(const Value& value);

}  // namespace json
