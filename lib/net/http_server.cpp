#include "net/http_server.hpp"

#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <list>
#include <random>

#include "net/as_tuple.hpp"
#include "net/server_core.hpp"

namespace net_io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

/// After a failed accept (out of descriptors): not at once, or the loop would only spin.
constexpr milliseconds kAcceptPause(50);
constexpr milliseconds kUnwinding(1'000);
constexpr int kBacklog = 4096;
/// Connections beyond these give their buffers back while they are idle: API servers keep 25 each,
/// and 1,024 of them would hold 34 KiB each.
constexpr std::size_t kQuick = 64;

struct Guest {
  std::shared_ptr<Connection> connection;
  asio::cancellation_signal signal;
};

boost::system::error_code share_port(int descriptor) {
  int on = 1;
  int failed = ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  return failed == 0 ? boost::system::error_code()
                     : boost::system::error_code(errno, boost::system::system_category());
}

}  // namespace

struct HttpServer::State : ServerCore, std::enable_shared_from_this<State> {
  explicit State(Executor on)
      : executor(std::move(on)), acceptor(executor), room(executor), gone(executor) {}

  void admit(tcp::socket socket);
  void close();
  std::chrono::steady_clock::time_point old_at();
  boost::system::error_code open_acceptor(const tcp::endpoint& at);

  Executor executor;
  tcp::acceptor acceptor;
  std::list<Guest> guests;
  Event room;  ///< a connection has ended
  Event gone;  ///< no connection is open
  std::minstd_rand random{std::random_device()()};
  bool closed = false;
};

namespace {

/// Leaves the guests' list when the connection's coroutine is gone, however it went.
template <class State>
class Seat {
 public:
  Seat(std::shared_ptr<State> state, std::list<Guest>::iterator guest)
      : state_(std::move(state)), guest_(guest) {}
  ~Seat() {
    state_->guests.erase(guest_);
    state_->room.set();
    if (state_->guests.empty()) state_->gone.set();
  }
  Seat(Seat&&) = delete;
  State& state() const { return *state_; }

 private:
  std::shared_ptr<State> state_;
  std::list<Guest>::iterator guest_;
};

void report(const ServerCore& core, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& bug) {
    core.on_bug(bug.what());
  } catch (...) {
    core.on_bug("an exception of unknown type");
  }
}

template <class State>
Task<> accept_all(std::shared_ptr<State> state) {
  while (!state->closed) {
    if (state->guests.size() >= state->options.connections) {
      ++state->stats.overloaded;
      state->room.reset();
      co_await state->room.wait(milliseconds::max());
      continue;
    }
    auto [failed, socket] = co_await state->acceptor.async_accept(kTuple);
    if (state->closed) co_return;
    if (failed) {
      co_await sleep_for(kAcceptPause);
    } else {
      state->admit(std::move(socket));
    }
  }
}

}  // namespace

std::chrono::steady_clock::time_point HttpServer::State::old_at() {
  using Clock = std::chrono::steady_clock;
  if (options.connection_age <= milliseconds::zero()) return Clock::time_point::max();
  // Spread, or all connections that were made together would be made again together.
  std::uniform_real_distribution<double> spread(0.8, 1.2);
  std::chrono::duration<double, std::milli> age = options.connection_age * spread(random);
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(age);
}

void HttpServer::State::admit(tcp::socket socket) {
  ++stats.accepted;
  gone.reset();
  auto connection = std::make_shared<Connection>(std::move(socket));
  auto guest = guests.emplace(guests.end());
  guest->connection = connection;
  auto seat = std::make_shared<Seat<State>>(shared_from_this(), guest);
  auto done = [seat](const std::exception_ptr& thrown) { report(seat->state(), thrown); };
  const Stay stay{.old_at = old_at(), .keeps_buffers = guests.size() <= kQuick};
  asio::co_spawn(executor, serve(shared_from_this(), std::move(connection), stay),
                 asio::bind_cancellation_slot(guest->signal.slot(), std::move(done)));
}

void HttpServer::State::close() {
  closed = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  room.set();
  for (auto guest = guests.begin(); guest != guests.end();) {
    auto& next = *guest++;
    next.connection->abort();
    next.signal.emit(asio::cancellation_type::terminal);
  }
}

boost::system::error_code HttpServer::State::open_acceptor(const tcp::endpoint& at) {
  boost::system::error_code failed;
  acceptor.open(at.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && options.share_port) failed = share_port(acceptor.native_handle());
  if (!failed) acceptor.bind(at, failed);
  if (!failed) acceptor.listen(kBacklog, failed);
  return failed;
}

HttpServer::HttpServer(Executor executor, HttpServerOptions options, Handler handler,
                       std::function<void(const char*)> on_bug)
    : state_(std::make_shared<State>(std::move(executor))) {
  state_->options = std::move(options);
  state_->handler = std::move(handler);
  state_->on_bug = std::move(on_bug);
  state_->gone.set();
}

HttpServer::~HttpServer() { state_->close(); }

base::Result<> HttpServer::set_tls(ServerTls tls) {
  auto identity = std::make_shared<ServerIdentity>();
  TRY(identity->context, make_server_context(tls));
  identity->allowed_subjects = std::move(tls.allowed_subjects);
  state_->identity = std::move(identity);
  return {};
}

base::Result<> HttpServer::listen() {
  boost::system::error_code failed;
  auto address = asio::ip::make_address(state_->options.address, failed);
  if (!failed) failed = state_->open_acceptor({address, state_->options.port});
  if (failed) {
    auto at = state_->options.address + " port " + std::to_string(state_->options.port);
    return base::fail(base::invalid("listening on " + at + ": " + failed.message()));
  }
  auto done = [state = state_](const std::exception_ptr& thrown) { report(*state, thrown); };
  asio::co_spawn(state_->executor, accept_all(state_), std::move(done));
  return {};
}

std::uint16_t HttpServer::port() const {
  boost::system::error_code failed;
  auto at = state_->acceptor.local_endpoint(failed);
  return failed ? std::uint16_t{0} : at.port();
}

void HttpServer::drain() { state_->draining = true; }

Task<> HttpServer::stop(milliseconds most) {
  auto state = state_;
  state->draining = true;
  co_await state->gone.wait(most);
  state->close();
  co_await state->gone.wait(kUnwinding);
}

HttpServerStats HttpServer::stats() const {
  auto stats = state_->stats;
  stats.open = state_->guests.size();
  return stats;
}

}  // namespace net_io
