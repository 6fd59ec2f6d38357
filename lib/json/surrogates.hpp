#pragma once

#include <string>

namespace json {

/// Rewrites every \uD800..\uDFFF that is not half of a pair as \ufffd, in place, as Go reads it.
/// RapidJSON refuses one half of them and passes the other half on as bytes that are not UTF-8.
void replace_lone_surrogates(std::string& text);

}  // namespace json
