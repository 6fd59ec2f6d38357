#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "crypto/certificate.hpp"
#include "net/tls.hpp"

namespace webhook {

/// A certificate that can be served, and until when.
struct LoadedCertificate {
  net_io::ServerTls tls;
  crypto::CertificateInfo leaf;
};

/// tls.crt and tls.key of a folder, as kubelets and cert-manager keep them: a symbolic link to a
/// folder is swapped, or the files are written in place.
class CertificateFiles {
 public:
  explicit CertificateFiles(std::string folder) : folder_(std::move(folder)) {}

  /// nullopt: as last time, be that good or bad. An error: there is something new and it cannot be
  /// served (half written, a key that does not fit); what was loaded before stays good.
  base::Result<std::optional<LoadedCertificate>> load_if_changed();

 private:
  std::string folder_;
  std::string seen_;  // hash of what was looked at last
};

}  // namespace webhook
