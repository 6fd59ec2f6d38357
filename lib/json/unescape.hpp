#pragma once

namespace json {

/// Reads the escape at `from` (a backslash, with some NULs behind the end of the text) and writes
/// what it stands for to `to`, which may be the same place and moves on. The place behind it;
/// nullptr: there is no such escape. Half of a surrogate pair becomes U+FFFD.
char* unescape(char* from, char*& to);

}  // namespace json
