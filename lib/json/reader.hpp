#pragma once

// Private to lib/json.

#include <cstddef>

#include "base/result.hpp"
#include "json/block.hpp"
#include "json/dom.hpp"
#include "json/limits.hpp"

namespace json {

/// NULs behind the text, so that whole blocks can be read wherever it ends.
constexpr std::size_t kSlack = 2 * detail::kBlock;

/// Fills the cells from the text, which is `size` bytes and kSlack NULs, and unescapes its strings
/// in place. One pass without recursion: grammar (RFC 8259), limits, NUL bytes, UTF-8 and control
/// characters are looked at as they come by. A lone surrogate becomes U+FFFD, as Go reads it.
base::Result<> read_tape(detail::Tape& tape, std::size_t size, const Limits& limits);

}  // namespace json
