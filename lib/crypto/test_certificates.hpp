#pragma once

// For tests: throw-away certificates and folders.

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/clock.hpp"
#include "crypto/certificate.hpp"

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

inline void write_pair(const std::string& folder, const CertificatePair& pair) {
  std::ofstream(folder + "/tls.crt", std::ios::trunc) << pair.certificate;
  std::ofstream(folder + "/tls.key", std::ios::trunc) << pair.key;
}

}  // namespace crypto
