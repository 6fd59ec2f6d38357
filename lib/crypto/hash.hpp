#pragma once

#include <string>
#include <string_view>

namespace crypto {

std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
/// HMAC-SHA1, raw bytes: AliCloud's RPC signature version 1.0 demands it.
std::string hmac_sha1(std::string_view key, std::string_view bytes);

}  // namespace crypto
