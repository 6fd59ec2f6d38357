#pragma once

// Private to lib/net: TLS values turned into OpenSSL contexts.

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "net/tls.hpp"

namespace net_io {

using SslContext = std::shared_ptr<SSL_CTX>;

/// TLS 1.2 and 1.3 with AEAD ciphers. `invalid` where the PEM does not parse or the key does not
/// fit.
base::Result<SslContext> make_client_context(const ClientTls& tls);
base::Result<SslContext> make_server_context(const ServerTls& tls);

/// Makes `ssl` verify that the peer is `name` (DNS name or IP address), and send it as SNI where it
/// is a DNS name.
base::Result<> expect_peer(SSL* ssl, const std::string& name);
/// Common name of the verified peer, or "".
std::string peer_common_name(const SSL* ssl);

/// Text of the newest OpenSSL error of this thread, without file names; clears the queue.
std::string take_tls_error();

}  // namespace net_io
