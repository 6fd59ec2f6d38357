#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

// OpenSSL's handles as values; for the files of this room only.
namespace crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using BioHandle = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Freed<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

/// `invalid`: `doing`, and what OpenSSL says about it. Empties its error queue.
base::Error openssl_error(std::string_view doing);
/// An allocation or a call that cannot fail did: a bug, or no memory left.
void require(bool held, const char* what);

/// Every CERTIFICATE block in order; other blocks are passed over. Text without any block is
/// `invalid`, blank text is an empty list.
base::Result<std::vector<CertificateHandle>> parse_certificates(std::string_view pem);
/// The first of them; `invalid` where there is none.
base::Result<CertificateHandle> parse_certificate(std::string_view pem);
/// Never asks for a pass phrase: an encrypted key is `invalid`.
base::Result<KeyHandle> parse_key(std::string_view pem);

std::string to_pem(const X509& certificate);
/// Lower-case hex of the SHA-256 of the DER.
std::string fingerprint(const X509& certificate);
std::string to_hex(const unsigned char* bytes, std::size_t size);
/// RFC 4514, UTF-8 kept.
std::string to_text(const X509_NAME* name);
/// 4 or 16 bytes of an address as text, and back; "" for what is none.
std::string address_text(std::string_view bytes);
std::string address_bytes(std::string_view text);

}  // namespace crypto
