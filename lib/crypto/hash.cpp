#include "crypto/hash.hpp"

#include <openssl/hmac.h>

#include <array>

#include "crypto/openssl.hpp"

namespace crypto {
namespace {

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  // A null key means "the key of before" to OpenSSL.
  const char* key_bytes = key.empty() ? "" : key.data();
  require(HMAC(digest, key_bytes, static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(),
               &size) != nullptr,
          "HMAC");
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hex(std::string_view bytes) {
  return to_hex(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  require(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr) == 1,
          "EVP_Digest");
  return to_hex(out.data(), size);
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  return hex(hmac(EVP_sha256(), key, bytes));
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  return hmac(EVP_sha1(), key, bytes);
}

}  // namespace crypto
