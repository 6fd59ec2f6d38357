#pragma once

// Private to lib/net.

#include <openssl/bio.h>

#include <string>

namespace net_io {

/// Where TLS reads and writes. While it gathers, records wait here and are sent together.
struct Wire {
  int descriptor = -1;
  bool gathers = false;
  std::string waiting;
};

/// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that is gone would end the process.
/// Does not own the descriptor; `wire` outlives it. nullptr when out of memory.
BIO* make_socket_bio(Wire& wire);

}  // namespace net_io
