#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "json/value.hpp"

namespace json {

/// RFC 6901. "" is the whole document. nullptr: no such place (also for a pointer that is not well
/// formed).
const Value* resolve(const Value& document, std::string_view pointer);
/// One token, escaped: a/b~c -> a~1b~0c.
std::string escape_pointer(std::string_view token);

/// RFC 6902 in the order given; all or nothing. Errors are `invalid`, name the operation's index
/// and its path.
base::Result<Value> apply_patch(Value document, const Value& operations);
/// The operations (add, remove, replace) that make `to` from `from`: apply_patch(from, diff(from,
/// to)) == to.
/// {} on both sides gives an empty array.
Value diff(const Value& from, const Value& to);

/// RFC 7386: null deletes.
Value merge_patch(Value document, const Value& patch);

}  // namespace json
