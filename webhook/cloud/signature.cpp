#include "webhook/cloud/signature.hpp"

#include "base/base64.hpp"
#include "crypto/hash.hpp"

namespace cloud {

namespace {

bool is_unreserved(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit || c == '-' || c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4];
    encoded += kHex[byte & 15];
  }
  return encoded;
}

std::string canonical_query(const Parameters& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (!query.empty()) query += '&';
    query.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return query;
}

std::string signature(const Parameters& parameters, const base::Secret& key_secret) {
  const std::string text = "GET&%2F&" + percent_encode(canonical_query(parameters));
  std::string key(key_secret.reveal());
  key += '&';
  auto signed_text = base::base64_encode(crypto::hmac_sha1(key, text));
  base::wipe(key);
  return signed_text;
}

}  // namespace cloud
