#include "webhook/server/certificate_files.hpp"

#include <fstream>
#include <iterator>

#include "crypto/hash.hpp"

namespace webhook {

namespace {

base::Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail(base::transient(path + " cannot be read"));
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

// The files are read each time, and compared by their hash: a few kilobytes, and right for every
// way of writing them.
base::Result<std::optional<LoadedCertificate>> CertificateFiles::load_if_changed() {
  auto chain = read_file(folder_ + "/tls.crt");
  auto key = read_file(folder_ + "/tls.key");
  auto client_ca =
      clients_.ca_file.empty() ? base::Result<std::string>() : read_file(clients_.ca_file);
  auto hash = chain && key && client_ca
                  ? crypto::sha256_hex(*chain + "\n" + *key + "\n" + *client_ca)
                  : std::string("unreadable");
  if (hash == seen_) {
    if (key) base::wipe(*key);
    return std::nullopt;
  }
  seen_ = std::move(hash);
  TRY(auto certificate_pem, std::move(chain));
  TRY(auto key_pem, std::move(key));
  TRY(auto client_ca_pem, std::move(client_ca));
  if (!clients_.ca_file.empty() && client_ca_pem.empty())
    return base::fail(base::invalid(clients_.ca_file + " is empty"));
  LoadedCertificate loaded;
  loaded.tls.certificate_pem = std::move(certificate_pem);
  loaded.tls.key_pem = std::make_shared<const base::Secret>(base::Secret::consume(key_pem));
  loaded.tls.client_ca_pem = std::move(client_ca_pem);
  loaded.tls.allowed_subjects = clients_.subjects;
  TRY_VOID(net_io::check(loaded.tls));
  TRY(loaded.leaf, crypto::read_certificate(loaded.tls.certificate_pem));
  return loaded;
}

}  // namespace webhook
