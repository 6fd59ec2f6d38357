#pragma once

// Private to lib/net.

#include <openssl/bio.h>

namespace net_io {

/// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that is gone would end the process.
/// Does not own `descriptor`. nullptr when out of memory.
BIO* make_socket_bio(int descriptor);

}  // namespace net_io
