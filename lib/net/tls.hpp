#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace net_io {

/// What a client trusts and who it is. PEM throughout. Values; turned into a TLS context by
/// HttpClient.
struct ClientTls {
  std::string ca_pem;           ///< empty: nothing is trusted (never the system's roots)
  std::string certificate_pem;  ///< chain; empty: no client certificate
  std::shared_ptr<const base::Secret> key_pem;
  std::string server_name;  ///< name to verify and to send as SNI; empty: the host of the URL
};

/// What a server presents. `certificate_pem` is the whole chain, leaf first.
struct ServerTls {
  std::string certificate_pem;
  std::shared_ptr<const base::Secret> key_pem;
  std::string client_ca_pem;  ///< not empty: callers must present a certificate signed by it
  std::vector<std::string> allowed_subjects;  ///< common names allowed; empty: any that verifies
};

/// Checks without serving: key fits certificate, chain parses. Errors are `invalid` and hold no key
/// material.
base::Result<> check(const ServerTls& tls);

}  // namespace net_io
