#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"

namespace crypto {

base::Secret SystemKeySource::make_key_pem() {
  const KeyHandle key(EVP_EC_gen("P-256"));
  const BioHandle out(BIO_new(BIO_s_secmem()));  // wiped when freed
  require(key != nullptr && out != nullptr &&
              PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr) == 1,
          "PEM_write_bio_PKCS8PrivateKey");
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return base::Secret({text, static_cast<std::size_t>(size)});
}

std::string SystemKeySource::make_serial_hex() {
  std::array<unsigned char, 16> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "RAND_bytes");
  // Positive, and with no leading zero byte that DER would drop.
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  return to_hex(bytes.data(), bytes.size());
}

}  // namespace crypto
