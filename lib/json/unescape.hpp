#pragma once

namespace json {

/// Reads a run of escapes at `from` (a backslash, with some NULs behind the end of the text) and
/// writes what they stand for to `to`, which may be the same place; both move on. False: there is
/// no such escape as that at `from`. Half of a surrogate pair becomes U+FFFD.
bool unescape(char*& from, char*& to);

}  // namespace json
