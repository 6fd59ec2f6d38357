#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <set>
#include <stdexcept>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"

namespace crypto {
namespace {

constexpr std::size_t kMostBundleBytes = 4U << 20;

BioHandle reader(std::string_view text) {
  BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr, "BIO_new_mem_buf");
  return bio;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

struct Block {
  std::string name;
  std::string bytes;
};

/// The next block; nullopt at the end of the text.
base::Result<std::optional<Block>> next_block(BIO& in) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  if (PEM_read_bio(&in, &name, &header, &bytes, &size) != 1) {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end) return base::fail(openssl_error("reading PEM"));
    ERR_clear_error();
    return std::nullopt;
  }
  Block block{name, {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}};
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  return block;
}

base::Result<CertificateHandle> decode(const std::string& der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const auto* at = begin;
  CertificateHandle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate == nullptr) return base::fail(openssl_error("reading a certificate"));
  if (at != begin + der.size())
    return base::fail(base::invalid("reading a certificate: bytes after its end"));
  return certificate;
}

int no_pass_phrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

}  // namespace

base::Error openssl_error(std::string_view doing) {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return base::invalid(std::string(doing) + ": not possible");
  ERR_error_string_n(code, text.data(), text.size());
  const auto* reason = ERR_reason_error_string(code);
  return base::invalid(std::string(doing) + ": " + (reason != nullptr ? reason : text.data()));
}

void require(bool held, const char* what) {
  if (!held) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

base::Result<std::vector<CertificateHandle>> parse_certificates(std::string_view pem) {
  if (pem.size() > kMostBundleBytes) return base::fail(base::invalid("more than 4 MiB of PEM"));
  std::vector<CertificateHandle> all;
  if (is_blank(pem)) return all;
  const auto in = reader(pem);
  while (true) {
    TRY(const auto block, next_block(*in));
    if (!block) break;
    if (block->name != PEM_STRING_X509) continue;
    TRY(auto certificate, decode(block->bytes));
    all.push_back(std::move(certificate));
  }
  if (all.empty()) return base::fail(base::invalid("no certificate in this PEM"));
  return all;
}

base::Result<CertificateHandle> parse_certificate(std::string_view pem) {
  TRY(auto all, parse_certificates(pem));
  if (all.empty()) return base::fail(base::invalid("no certificate in this PEM"));
  return std::move(all.front());
}

base::Result<KeyHandle> parse_key(std::string_view pem) {
  if (pem.size() > kMostBundleBytes) return base::fail(base::invalid("more than 4 MiB of PEM"));
  const auto in = reader(pem);
  KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_pass_phrase, nullptr));
  if (key == nullptr) return base::fail(openssl_error("reading a private key"));
  ERR_clear_error();
  return key;
}

std::string to_pem(const X509& certificate) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  require(out != nullptr && PEM_write_bio_X509(out.get(), &certificate) == 1, "PEM_write_bio_X509");
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

std::string fingerprint(const X509& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(X509_digest(&certificate, EVP_sha256(), digest.data(), &size) == 1, "X509_digest");
  return to_hex(digest.data(), size);
}

std::string to_text(const X509_NAME* name) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  const auto flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  require(out != nullptr && X509_NAME_print_ex(out.get(), name, 0, flags) >= 0,
          "X509_NAME_print_ex");
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::string address_bytes(std::string_view text) {
  const std::string terminated(text);
  std::string bytes(16, '\0');
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return bytes.substr(0, 4);
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

base::Result<std::vector<std::string>> split_pem(std::string_view bundle) {
  TRY(const auto all, parse_certificates(bundle));
  std::vector<std::string> each;
  each.reserve(all.size());
  for (const auto& certificate : all) each.push_back(to_pem(*certificate));
  return each;
}

base::Result<std::string> merge_bundles(std::string_view first, std::string_view second) {
  std::string merged;
  std::set<std::string> seen;
  for (const auto bundle : {first, second}) {
    TRY(const auto all, parse_certificates(bundle));
    for (const auto& certificate : all)
      if (seen.insert(fingerprint(*certificate)).second) merged += to_pem(*certificate);
  }
  return merged;
}

bool key_fits(std::string_view certificate_pem, std::string_view key_pem) {
  const auto certificate = parse_certificate(certificate_pem);
  const auto key = parse_key(key_pem);
  if (!certificate || !key) return false;
  const bool fits = X509_check_private_key(certificate->get(), key->get()) == 1;
  ERR_clear_error();
  return fits;
}

}  // namespace crypto
