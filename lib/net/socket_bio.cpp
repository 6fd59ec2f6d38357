#include "net/socket_bio.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string_view>

namespace net_io {
namespace {

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

bool is_retryable() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int receive(BIO* bio, char* to, int room) {
  BIO_clear_retry_flags(bio);
  auto got = ::recv(wire_of(bio).descriptor, to, static_cast<std::size_t>(room), 0);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (got < 0 && is_retryable()) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

int send(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  auto& wire = wire_of(bio);
  const std::string_view bytes(from, static_cast<std::size_t>(size));
  if (wire.gathers) {
    wire.waiting += bytes;
    return size;
  }
  auto sent = ::send(wire.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && is_retryable()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

/// Never freed: as long as the process, like OpenSSL's own methods.
const BIO_METHOD* method() {
  static const BIO_METHOD* const made = [] {
    auto* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read(fresh, receive);
    BIO_meth_set_write(fresh, send);
    BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return made;
}

}  // namespace

BIO* make_socket_bio(Wire& wire) {
  auto* bio = BIO_new(method());
  if (!bio) return nullptr;
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace net_io
