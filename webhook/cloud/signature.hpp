#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace cloud {

/// Of an RPC request, by name.
using Parameters = std::map<std::string, std::string>;

/// RFC 3986: all but letters, digits and -_.~ as %XX.
std::string percent_encode(std::string_view text);
/// name=value&name=value, sorted by name, both sides encoded.
std::string canonical_query(const Parameters& parameters);
/// What a GET of "/" with these parameters is signed with: SignatureVersion 1.0, HMAC-SHA1, base64.
std::string signature(const Parameters& parameters, const base::Secret& key_secret);

}  // namespace cloud
