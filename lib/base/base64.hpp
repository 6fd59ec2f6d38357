#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

/// Standard alphabet with padding (RFC 4648 section 4), as Secret.data carries it. Own code: pure
/// rooms may not link OpenSSL, and the decoder has to agree with Go's StdEncoding: \r and \n are
/// skipped, all else outside the alphabet, wrong padding, and trailing data are refused.
std::string base64_encode(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);
/// The URL alphabet without padding, as in JWTs. Standard padding is accepted when decoding.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace base
