#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls_context.hpp"

namespace net_io {
namespace {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* it) const {
    free_it(it);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

base::Error tls_error(std::string doing) {
  doing += ": ";
  doing += take_tls_error();
  return base::invalid(std::move(doing));
}

Bio memory(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// An encrypted key must fail, not ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

base::Result<std::vector<Certificate>> read_certificates(std::string_view pem,
                                                         std::string_view what) {
  auto bio = memory(pem);
  std::vector<Certificate> found;
  while (auto* x509 = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr))
    found.emplace_back(x509);
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (found.empty() || !at_end) return base::fail(tls_error(std::string(what)));
  ERR_clear_error();
  return found;
}

base::Result<> use_chain(SSL_CTX* context, std::string_view pem) {
  TRY(auto chain, read_certificates(pem, "reading the certificate chain"));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return base::fail(tls_error("using the certificate"));
  for (auto link = chain.begin() + 1; link != chain.end(); ++link)
    if (SSL_CTX_add1_chain_cert(context, link->get()) != 1)
      return base::fail(tls_error("using the certificate chain"));
  return {};
}

base::Result<> use_key(SSL_CTX* context, const base::Secret* pem) {
  if (!pem) return base::fail(base::invalid("the private key is missing"));
  auto bio = memory(pem->reveal());
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return base::fail(tls_error("reading the private key"));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return base::fail(tls_error("using the private key"));
  return {};
}

base::Result<> trust(SSL_CTX* context, std::string_view ca_pem, bool announce) {
  TRY(auto roots, read_certificates(ca_pem, "reading the CA certificates"));
  auto* store = SSL_CTX_get_cert_store(context);
  // As Go does: every certificate of the bundle is an anchor, self-signed or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& root : roots) {
    if (X509_STORE_add_cert(store, root.get()) != 1)
      return base::fail(tls_error("using the CA certificates"));
    if (announce) SSL_CTX_add_client_CA(context, root.get());
  }
  return {};
}

base::Result<SslContext> make_context(const SSL_METHOD* method) {
  SslContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) return base::fail(tls_error("making a TLS context"));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Buffers are given back while a connection is idle, unless Connection::keep_tls_buffers().
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  if (SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") != 1)
    return base::fail(tls_error("choosing ciphers"));
  return context;
}

/// http/1.1 where the client offers it; no answer (never h2) otherwise.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  constexpr std::string_view kOurs = "http/1.1";
  std::string_view offered(reinterpret_cast<const char*>(in), in_size);
  while (!offered.empty()) {
    auto size = static_cast<unsigned char>(offered.front());
    auto name = offered.substr(1, size);
    if (name == kOurs) {
      *out = reinterpret_cast<const unsigned char*>(name.data());
      *out_size = size;
      return SSL_TLSEXT_ERR_OK;
    }
    offered.remove_prefix(std::min<std::size_t>(offered.size(), size + 1u));
  }
  return SSL_TLSEXT_ERR_NOACK;
}

base::Result<> ask_for_client_certificate(SSL_CTX* context, std::string_view ca_pem) {
  TRY_VOID(trust(context, ca_pem, true));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A resumed session would carry an old verdict on the caller.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return {};
}

}  // namespace

std::string take_tls_error() {
  auto code = ERR_peek_last_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return text ? text : "unknown TLS error";
}

base::Result<SslContext> make_client_context(const ClientTls& tls) {
  TRY(auto context, make_context(TLS_client_method()));
  if (!tls.ca_pem.empty()) TRY_VOID(trust(context.get(), tls.ca_pem, false));
  if (!tls.certificate_pem.empty()) {
    TRY_VOID(use_chain(context.get(), tls.certificate_pem));
    TRY_VOID(use_key(context.get(), tls.key_pem.get()));
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

base::Result<SslContext> make_server_context(const ServerTls& tls) {
  TRY(auto context, make_context(TLS_server_method()));
  TRY_VOID(use_chain(context.get(), tls.certificate_pem));
  TRY_VOID(use_key(context.get(), tls.key_pem.get()));
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  constexpr unsigned char kSessionContext[] = "portcullis";
  SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext);
  SSL_CTX_set_num_tickets(context.get(), 1);
  if (!tls.client_ca_pem.empty())
    TRY_VOID(ask_for_client_certificate(context.get(), tls.client_ca_pem));
  return context;
}

base::Result<> check(const ServerTls& tls) {
  TRY_VOID(make_server_context(tls));
  return {};
}

base::Result<> expect_peer(SSL* ssl, const std::string& name) {
  auto* expected = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1) return {};
  ERR_clear_error();
  SSL_set_hostflags(ssl,
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (SSL_set1_host(ssl, name.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, name.c_str()) != 1)
    return base::fail(tls_error("expecting a server name"));
  return {};
}

std::string peer_common_name(const SSL* ssl) {
  const X509* peer = SSL_get0_peer_certificate(ssl);
  if (!peer || SSL_get_verify_result(ssl) != X509_V_OK) return {};
  const auto* subject = X509_get_subject_name(peer);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

}  // namespace net_io
