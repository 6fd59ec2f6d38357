#pragma once

// For tests: a certificate authority that lives as long as the test.

#include <memory>
#include <string>
#include <vector>

#include "net/tls.hpp"

namespace net_io {

struct TestLeaf {
  std::string certificate_pem;
  std::string key_pem;
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name = "test CA");
  const std::string& ca_pem() const { return ca_.certificate_pem; }

  /// `names`: OpenSSL's notation, e.g. "DNS:localhost,IP:127.0.0.1".
  TestLeaf issue(const std::string& common_name, const std::string& names) const;
  /// For localhost, 127.0.0.1 and ::1.
  ServerTls server(const std::string& common_name = "localhost") const;
  ClientTls client() const;                                   ///< trusts this authority
  ClientTls client_as(const std::string& common_name) const;  ///< and shows a certificate

 private:
  TestLeaf ca_;
};

std::shared_ptr<const base::Secret> as_secret(const std::string& text);

}  // namespace net_io
