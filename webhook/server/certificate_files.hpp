#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "crypto/certificate.hpp"
#include "net/tls.hpp"

namespace webhook {

/// A certificate that can be served, and until when.
struct LoadedCertificate {
  net_io::ServerTls tls;
  crypto::CertificateInfo leaf;
};

/// Who may call. Without a CA file: anybody.
struct ClientCheck {
  std::string ca_file;                ///< PEM; callers must show a certificate signed by it
  std::vector<std::string> subjects;  ///< ... with one of these common names; empty: any
};

/// tls.crt and tls.key of a folder, as kubelets and cert-manager keep them: a symbolic link to a
/// folder is swapped, or the files are written in place.
class CertificateFiles {
 public:
  explicit CertificateFiles(std::string folder, ClientCheck clients = {})
      : folder_(std::move(folder)), clients_(std::move(clients)) {}

  /// nullopt: as last time, be that good or bad. An error: there is something new and it cannot be
  /// served (half written, a key that does not fit); what was loaded before stays good.
  base::Result<std::optional<LoadedCertificate>> load_if_changed();

 private:
  std::string folder_;
  ClientCheck clients_;
  std::string seen_;  // hash of what was looked at last
};

}  // namespace webhook
