#include "net/connection.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/cancellation_signal.hpp>
#include <cerrno>
#include <system_error>

#include "net/as_tuple.hpp"
#include "net/socket_bio.hpp"

namespace net_io {
namespace {

namespace asio = boost::asio;

/// What TLS puts into one record.
constexpr std::size_t kRecord = 16u << 10;
/// Records that go to the kernel in one call, and what they have beside their contents.
constexpr std::size_t kTogether = 8 * kRecord;
constexpr std::size_t kOfRecords = 1u << 10;

std::string errno_text(int number) {
  return number == 0 ? "connection closed" : std::generic_category().message(number);
}

bool is_only_a_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

void set(int descriptor, int level, int name, int value) {
  // Best effort: no option here is needed for correctness.
  (void)::setsockopt(descriptor, level, name, &value, sizeof value);
}

/// A peer that vanished is noticed after about a minute, also by those who only read.
void keep_alive(int descriptor) {
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/// Errors of earlier operations would be taken for this one's; nearly always there are none.
void forget_tls_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

std::string handshake_error(const SSL* ssl, std::string text) {
  auto verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return "TLS handshake: " + std::move(text);
  return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verdict);
}

}  // namespace

Connection::Connection(Socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  boost::system::error_code ignored;
  if (!socket_.is_open()) return;
  socket_.non_blocking(true, ignored);
  keep_alive(socket_.native_handle());
}

std::string Connection::peer_address() const {
  boost::system::error_code failed;
  auto peer = socket_.remote_endpoint(failed);
  if (failed) return {};
  auto host = peer.address().to_string();
  if (peer.address().is_v6()) host = "[" + host + "]";
  return host + ":" + std::to_string(peer.port());
}

void Connection::abort() {
  aborted_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::watch(Deadline deadline) {
  // The timer is moved only forwards in time, and when it fires looks at what the deadline has
  // become: almost no wait costs a timer operation.
  deadline_ = deadline.at();
  if (deadline_ >= timer_at_) return;
  timer_at_ = deadline_;
  timer_.expires_at(timer_at_);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    auto self = weak.lock();
    if (cancelled || !self) return;
    self->timer_at_ = Deadline::Clock::time_point::max();
    if (Deadline::Clock::now() < self->deadline_) return self->watch(Deadline::at(self->deadline_));
    boost::system::error_code ignored;
    self->socket_.cancel(ignored);
  });
}

Task<base::Result<>> Connection::wait(Want wanted, Deadline deadline) {
  auto self = shared_from_this();
  auto type = wanted == Want::write ? Socket::wait_write : Socket::wait_read;
  auto cancellation = co_await asio::this_coro::cancellation_state;
  for (;;) {
    // One test for each way a wait can be cut short, so that no flag has to say which it was.
    auto asked = cancellation.cancelled();
    bool terminal = (asked & asio::cancellation_type::terminal) != asio::cancellation_type::none;
    if (aborted_ || terminal || (asked != asio::cancellation_type::none && !finishes_exchanges_))
      co_return base::fail(base::cancelled("cancelled"));
    if (deadline.is_over()) co_return base::fail(base::transient("timed out"));
    watch(deadline);
    auto [failed] = co_await socket_.async_wait(type, kTuple);
    if (!failed) co_return base::Result<>();
    if (failed != asio::error::operation_aborted)
      co_return base::fail(base::transient(failed.message()));
  }
}

Task<base::Result<>> Connection::connect(Address address, Deadline deadline) {
  boost::system::error_code failed;
  socket_.open(address.protocol(), failed);
  if (!failed) socket_.non_blocking(true, failed);
  if (failed) co_return base::fail(base::transient(failed.message()));
  int descriptor = socket_.native_handle();
  keep_alive(descriptor);
  if (::connect(descriptor, address.data(), static_cast<socklen_t>(address.size())) == 0)
    co_return base::Result<>();
  if (errno != EINPROGRESS) co_return base::fail(base::transient(errno_text(errno)));
  CO_TRY_VOID(co_await wait(Want::write, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) co_return base::fail(base::transient(errno_text(error)));
  co_return base::Result<>();
}

base::Result<> Connection::prepare_tls(const SslContext& context) {
  ERR_clear_error();
  ssl_.reset(SSL_new(context.get()));
  wire_.descriptor = socket_.native_handle();
  auto* bio = ssl_ ? make_socket_bio(wire_) : nullptr;
  if (!bio) return base::fail(base::transient("TLS: " + take_tls_error()));
  SSL_set_bio(ssl_.get(), bio, bio);
  return {};
}

Task<base::Result<>> Connection::start_tls_as_client(SslContext context, std::string peer_name,
                                                     Deadline deadline) {
  CO_TRY_VOID(prepare_tls(context));
  SSL_set_connect_state(ssl_.get());
  CO_TRY_VOID(expect_peer(ssl_.get(), peer_name));
  co_return co_await handshake(deadline);
}

Task<base::Result<>> Connection::start_tls_as_server(SslContext context, Deadline deadline) {
  CO_TRY_VOID(prepare_tls(context));
  SSL_set_accept_state(ssl_.get());
  co_return co_await handshake(deadline);
}

Task<base::Result<>> Connection::handshake(Deadline deadline) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int returned = SSL_do_handshake(ssl_.get());
    if (returned == 1) co_return base::Result<>();
    auto tried = judge(returned, 0);
    if (tried.wants == Want::nothing) {
      auto text = tried.failed.empty() ? "connection closed" : std::move(tried.failed);
      co_return base::fail(base::transient(handshake_error(ssl_.get(), std::move(text))));
    }
    CO_TRY_VOID(co_await wait(tried.wants, deadline));
  }
}

Connection::Tried Connection::judge(int returned, std::size_t bytes) {
  if (returned == 1) return {.bytes = bytes, .wants = Want::nothing, .failed = {}};
  int saved = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {.bytes = 0, .wants = Want::read, .failed = {}};
    case SSL_ERROR_WANT_WRITE:
      return {.bytes = 0, .wants = Want::write, .failed = {}};
    case SSL_ERROR_ZERO_RETURN:
      return {};
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return {.bytes = 0, .wants = Want::nothing, .failed = errno_text(saved)};
    default:
      return {.bytes = 0, .wants = Want::nothing, .failed = take_tls_error()};
  }
}

Connection::Tried Connection::try_read(char* to, std::size_t room) {
  if (ssl_) {
    forget_tls_errors();
    errno = 0;
    std::size_t bytes = 0;
    int returned = SSL_read_ex(ssl_.get(), to, room, &bytes);
    return judge(returned, bytes);
  }
  auto got = ::recv(socket_.native_handle(), to, room, 0);
  if (got >= 0)
    return {.bytes = static_cast<std::size_t>(got), .wants = Want::nothing, .failed = {}};
  if (is_only_a_wait()) return {.bytes = 0, .wants = Want::read, .failed = {}};
  return {.bytes = 0, .wants = Want::nothing, .failed = errno_text(errno)};
}

Connection::Tried Connection::try_write(std::string_view bytes) {
  if (ssl_) {
    forget_tls_errors();
    errno = 0;
    std::size_t written = 0;
    int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    auto tried = judge(returned, written);
    if (tried.wants == Want::nothing && tried.bytes == 0 && tried.failed.empty())
      tried.failed = "connection closed";
    return tried;
  }
  return try_send(bytes);
}

Connection::Tried Connection::try_send(std::string_view bytes) {
  auto sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0)
    return {.bytes = static_cast<std::size_t>(sent), .wants = Want::nothing, .failed = {}};
  if (is_only_a_wait()) return {.bytes = 0, .wants = Want::write, .failed = {}};
  return {.bytes = 0, .wants = Want::nothing, .failed = errno_text(errno)};
}

/// So many records as one call of the kernel should take; without waiting for anything.
Connection::Tried Connection::try_write_together(std::string_view bytes) {
  Tried all;
  wire_.waiting.reserve(std::min(bytes.size() + kOfRecords, kTogether + kRecord + kOfRecords));
  wire_.gathers = true;
  do {
    auto one = try_write(bytes.substr(all.bytes));
    one.bytes += all.bytes;
    all = std::move(one);
  } while (all.bytes < bytes.size() && wire_.waiting.size() < kTogether && all.failed.empty() &&
           all.wants == Want::nothing);
  wire_.gathers = false;
  return all;
}

Task<base::Result<>> Connection::flush(Deadline deadline) {
  std::string_view left = wire_.waiting;
  while (!left.empty()) {
    if (aborted_) co_return base::fail(base::cancelled("cancelled"));
    auto tried = try_send(left);
    if (!tried.failed.empty()) co_return base::fail(base::transient(std::move(tried.failed)));
    left.remove_prefix(tried.bytes);
    if (tried.wants != Want::nothing) CO_TRY_VOID(co_await wait(tried.wants, deadline));
  }
  std::string().swap(wire_.waiting);
  co_return base::Result<>();
}

void Connection::keep_tls_buffers() {
  if (ssl_) SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

Task<base::Result<>> Connection::await_input(Deadline deadline) {
  if (ssl_ && SSL_has_pending(ssl_.get()) == 1) co_return base::Result<>();
  co_return co_await wait(Want::read, deadline);
}

Task<base::Result<std::size_t>> Connection::read_some(char* to, std::size_t room,
                                                      Deadline deadline) {
  for (;;) {
    if (aborted_) co_return base::fail(base::cancelled("cancelled"));
    auto tried = try_read(to, room);
    if (!tried.failed.empty()) co_return base::fail(base::transient(std::move(tried.failed)));
    if (tried.wants == Want::nothing) co_return tried.bytes;
    CO_TRY_VOID(co_await wait(tried.wants, deadline));
  }
}

Task<base::Result<std::size_t>> Connection::fill(char* to, std::size_t room, Deadline deadline) {
  std::size_t filled = 0;
  while (filled < room) {
    if (aborted_) co_return base::fail(base::cancelled("cancelled"));
    auto tried = try_read(to + filled, room - filled);
    if (!tried.failed.empty()) co_return base::fail(base::transient(std::move(tried.failed)));
    if (tried.wants == Want::nothing && tried.bytes == 0) break;
    filled += tried.bytes;
    if (tried.wants != Want::nothing) CO_TRY_VOID(co_await wait(tried.wants, deadline));
  }
  co_return filled;
}

Task<base::Result<>> Connection::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    if (aborted_) co_return base::fail(base::cancelled("cancelled"));
    bool in_records = ssl_ && bytes.size() > kRecord;
    auto tried = in_records ? try_write_together(bytes) : try_write(bytes);
    if (!tried.failed.empty()) co_return base::fail(base::transient(std::move(tried.failed)));
    bytes.remove_prefix(tried.bytes);
    if (!wire_.waiting.empty()) CO_TRY_VOID(co_await flush(deadline));
    if (tried.wants != Want::nothing) CO_TRY_VOID(co_await wait(tried.wants, deadline));
  }
  co_return base::Result<>();
}

Task<> Connection::close_gently(Deadline deadline, std::size_t most_bytes) {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) (void)SSL_shutdown(ssl_.get());
  ERR_clear_error();
  int descriptor = socket_.native_handle();
  (void)::shutdown(descriptor, SHUT_WR);
  std::array<char, 16'384> scrap;
  for (std::size_t seen = 0; seen < most_bytes;) {
    auto got = ::recv(descriptor, scrap.data(), scrap.size(), 0);
    if (got == 0 || (got < 0 && !is_only_a_wait())) co_return;
    if (got > 0) {
      seen += static_cast<std::size_t>(got);
      continue;
    }
    auto waited = co_await wait(Want::read, deadline);
    if (!waited) co_return;
  }
}

bool Connection::is_idle_and_open() {
  if (aborted_) return false;
  char scrap = 0;
  auto tried = try_read(&scrap, 1);
  return tried.failed.empty() && tried.wants == Want::read;
}

}  // namespace net_io
