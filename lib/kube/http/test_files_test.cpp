#include "kube/http/test_files.hpp"

#include <cstdlib>
#include <fstream>

#include "crypto/certificate.hpp"

namespace kube {
namespace {

crypto::Validity around_now() {
  const auto now = base::SystemClock().now();
  return {now - std::chrono::hours(1), now + std::chrono::hours(1)};
}

}  // namespace

TestFiles::TestFiles() {
  std::string name = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
  directory_ = mkdtemp(name.data());
}

TestFiles::~TestFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string TestFiles::put(const std::string& name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

TestAuthority::TestAuthority() {
  crypto::SystemKeySource keys;
  ca_key = keys.make_key_pem();
  ca_pem = crypto::make_ca("test", ca_key.reveal(), around_now(), keys.make_serial_hex()).value();
}

TestAuthority::Pair TestAuthority::issue() const {
  crypto::SystemKeySource keys;
  auto key = keys.make_key_pem();
  auto certificate =
      crypto::issue_leaf({.common_name = "server",
                          .dns_names = {"localhost"},
                          .ip_addresses = {"127.0.0.1"},
                          .validity = around_now()},
                         key.reveal(), ca_pem, ca_key.reveal(), keys.make_serial_hex());
  return {std::move(certificate).value(), std::move(key)};
}

}  // namespace kube
