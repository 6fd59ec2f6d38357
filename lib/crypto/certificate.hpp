#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace crypto {

/// Where key material comes from. The one for production draws from OpenSSL's generator.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual base::Secret make_key_pem() = 0;    ///< ECDSA P-256, PKCS#8 PEM
  virtual std::string make_serial_hex() = 0;  ///< 16 random bytes, first bit clear
};
class SystemKeySource final : public KeySource {
 public:
  base::Secret make_key_pem() override;
  std::string make_serial_hex() override;
};

struct Validity {
  base::TimePoint not_before;
  base::TimePoint not_after;
};

/// What a certificate says, read from PEM.
struct CertificateInfo {
  std::string subject;  ///< RFC 4514, e.g. CN=x,O=y
  std::string issuer;
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  Validity validity;
  bool is_ca = false;
  std::string serial_hex;
  std::string fingerprint;  ///< SHA-256 of the DER, lower-case hex
  std::string subject_key_id, authority_key_id;
};

struct LeafRequest {
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  Validity validity;
};

/// First certificate of the PEM. `invalid` where there is none or it does not parse.
base::Result<CertificateInfo> read_certificate(std::string_view pem);
/// All certificates of a bundle or chain, in order, each as its own PEM.
base::Result<std::vector<std::string>> split_pem(std::string_view bundle);
/// Concatenation without repetition (by fingerprint), order kept, bytes stable.
base::Result<std::string> merge_bundles(std::string_view first, std::string_view second);

/// A self-signed CA: keyCertSign and cRLSign, no path length limit (pathlen 0 breaks the
/// cross-signed chain).
base::Result<std::string> make_ca(std::string_view common_name, std::string_view key_pem,
                                  Validity validity, std::string_view serial_hex);
/// The CA `ca_pem` (its key, subject and key id), signed by another CA: verifies the former's
/// leaves under the latter.
base::Result<std::string> cross_sign(std::string_view ca_pem, std::string_view by_ca_pem,
                                     std::string_view by_key_pem, Validity validity,
                                     std::string_view serial_hex);
/// A serving leaf: digitalSignature, serverAuth.
base::Result<std::string> issue_leaf(const LeafRequest& request, std::string_view leaf_key_pem,
                                     std::string_view ca_pem, std::string_view ca_key_pem,
                                     std::string_view serial_hex);
/// PKCS#10 for a client certificate; PEM.
base::Result<std::string> make_csr(std::string_view common_name,
                                   const std::vector<std::string>& organizations,
                                   std::string_view key_pem);

/// Whether `chain_pem` (leaf first) verifies as a server for `host` under `bundle_pem` at `when`;
/// the error says why not.
base::Result<> verify_chain(std::string_view chain_pem, std::string_view bundle_pem,
                            std::string_view host, base::TimePoint when);
/// Whether the private key belongs to the certificate.
bool key_fits(std::string_view certificate_pem, std::string_view key_pem);

}  // namespace crypto
