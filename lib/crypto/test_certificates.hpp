#pragma once

// For tests: throw-away certificates and folders.

#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/clock.hpp"
#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"

namespace crypto {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(TemporaryFolder&&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct CertificatePair {
  std::string certificate;  ///< leaf first, then its CA
  std::string key;
};

inline CertificatePair make_pair(const std::string& name) {
  SystemKeySource source;
  const auto key = source.make_key_pem();
  const auto ca_key = source.make_key_pem();
  const auto now = base::SystemClock().now();
  const Validity validity{.not_before = now - std::chrono::hours(1),
                          .not_after = now + std::chrono::hours(1)};
  const auto ca = make_ca("ca of " + name, ca_key.reveal(), validity, source.make_serial_hex());
  const LeafRequest request{.common_name = name,
                            .dns_names = {"localhost", name},
                            .ip_addresses = {"127.0.0.1"},
                            .validity = validity};
  const auto leaf =
      issue_leaf(request, key.reveal(), ca.value(), ca_key.reveal(), source.make_serial_hex());
  return {.certificate = leaf.value() + ca.value(), .key = std::string(key.reveal())};
}

/// What a signer of a cluster makes of a request: a client certificate for its subject and key. ""
/// where it is none.
inline std::string sign_request(const std::string& request_pem, const std::string& ca_pem,
                                std::string_view ca_key_pem, Validity validity) {
  const auto text = [](std::string_view pem) {
    return BioHandle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const RequestHandle request(
      PEM_read_bio_X509_REQ(text(request_pem).get(), nullptr, nullptr, nullptr));
  const auto ca = parse_certificate(ca_pem);
  const auto key = parse_key(ca_key_pem);
  if (!request || !ca || !key) return {};
  const auto seconds = [](base::TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  };
  const CertificateHandle made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 7);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), seconds(validity.not_before));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), seconds(validity.not_after));
  X509_set_subject_name(made.get(), X509_REQ_get_subject_name(request.get()));
  X509_set_issuer_name(made.get(), X509_get_subject_name(ca->get()));
  X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(request.get()));
  return X509_sign(made.get(), key->get(), EVP_sha256()) > 0 ? to_pem(*made) : std::string();
}

inline void write_pair(const std::string& folder, const CertificatePair& pair) {
  std::ofstream(folder + "/tls.crt", std::ios::trunc) << pair.certificate;
  std::ofstream(folder + "/tls.key", std::ios::trunc) << pair.key;
}

}  // namespace crypto
