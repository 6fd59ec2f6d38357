#pragma once

// Private to lib/net: one TCP connection, with TLS over it or without.

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/deadline.hpp"
#include "net/socket_bio.hpp"
#include "net/task.hpp"
#include "net/tls_context.hpp"

namespace net_io {

/// Non-blocking socket whose coroutines wait for readiness only: a wait that is cancelled or too
/// late loses no byte, and TLS is never left in the middle of an operation. One loop; at most one
/// reader or writer at a time. Errors: `transient` (timeout, reset, TLS), `cancelled` (task or
/// abort()).
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Address = boost::asio::ip::tcp::endpoint;

  explicit Connection(Socket socket);
  Connection(Connection&&) = delete;

  Task<base::Result<>> connect(Address address, Deadline deadline);
  /// `peer_name`: what the certificate must say.
  Task<base::Result<>> start_tls_as_client(SslContext context, std::string peer_name,
                                           Deadline deadline);
  Task<base::Result<>> start_tls_as_server(SslContext context, Deadline deadline);

  /// OpenSSL's buffers stay while nothing is under way: 34 KiB for the time that it takes to get
  /// them again for each request.
  void keep_tls_buffers();

  /// Until there is something to read, or the end.
  Task<base::Result<>> await_input(Deadline deadline);
  /// What is there already, at most `room` bytes; 0 at the proper end. `to` must live until the
  /// answer.
  Task<base::Result<std::size_t>> read_some(char* to, std::size_t room, Deadline deadline);
  /// Until `room` bytes are there, or the proper end; how many came.
  Task<base::Result<std::size_t>> fill(char* to, std::size_t room, Deadline deadline);
  /// All of `bytes`, which must live until the answer.
  Task<base::Result<>> write(std::string_view bytes, Deadline deadline);
  /// Says goodbye, then throws away what the peer still sends until it closes too: closing a socket
  /// with unread bytes would reset the connection and could take the last answer with it.
  Task<> close_gently(Deadline deadline, std::size_t most_bytes);
  /// Every wait, also a later one, is over at once with `cancelled`.
  void abort();

  /// A kept connection that has neither ended nor said anything.
  bool is_idle_and_open();
  /// Whether `total` cancellation (finish what is under way) ends waits, or only `terminal`.
  void finish_exchanges(bool finish) { finishes_exchanges_ = finish; }
  std::string peer_address() const;
  std::string peer_subject() const { return ssl_ ? peer_common_name(ssl_.get()) : std::string(); }

 private:
  enum class Want { nothing, read, write };
  /// What one try gave: bytes, or what to wait for, or why it failed.
  struct Tried {
    std::size_t bytes = 0;
    Want wants = Want::nothing;
    std::string failed;
  };
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Tried try_read(char* to, std::size_t room);
  Tried try_write(std::string_view bytes);
  Tried try_send(std::string_view bytes);
  Tried try_write_together(std::string_view bytes);
  Task<base::Result<>> flush(Deadline deadline);
  Tried judge(int returned, std::size_t bytes);
  Task<base::Result<>> handshake(Deadline deadline);
  Task<base::Result<>> wait(Want wanted, Deadline deadline);
  base::Result<> prepare_tls(const SslContext& context);
  void watch(Deadline deadline);

  Socket socket_;
  boost::asio::steady_timer timer_;
  Wire wire_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  Deadline::Clock::time_point deadline_ = Deadline::Clock::time_point::max();
  Deadline::Clock::time_point timer_at_ = Deadline::Clock::time_point::max();
  bool aborted_ = false;
  bool finishes_exchanges_ = false;
};

}  // namespace net_io
