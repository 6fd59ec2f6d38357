#include "net/test_net.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace net_io {
namespace {

using boost::asio::ip::tcp;
constexpr auto kTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace

struct RawServer::State {
  explicit State(const Executor& executor)
      : acceptor(executor, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}
  tcp::acceptor acceptor;
  std::vector<std::weak_ptr<Connection>> connections;
  int accepted = 0;
};

namespace {

void ignore(const std::exception_ptr&) {}

template <class State>
Task<> accept_for(std::shared_ptr<State> state, RawServer::Play play) {
  auto executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    auto [failed, socket] = co_await state->acceptor.async_accept(kTuple);
    if (failed) co_return;
    auto connection = std::make_shared<Connection>(std::move(socket));
    state->connections.push_back(connection);
    auto number = state->accepted++;
    start(executor, play(std::move(connection), number), ignore);
  }
}

}  // namespace

RawServer::RawServer(Executor executor, Play play) : state_(std::make_shared<State>(executor)) {
  start(executor, accept_for(state_, play), ignore);
}

RawServer::~RawServer() {
  state_->acceptor.close();
  for (const auto& weak : state_->connections)
    if (auto connection = weak.lock()) connection->abort();
}

std::uint16_t RawServer::port() const { return state_->acceptor.local_endpoint().port(); }
int RawServer::accepted() const { return state_->accepted; }

Task<std::string> read_until(std::shared_ptr<Connection> connection, std::string end) {
  std::string seen;
  while (seen.find(end) == seen.npos) {
    char part[4096];
    auto got = co_await connection->read_some(part, sizeof part, soon());
    if (!got || *got == 0) break;
    seen.append(part, *got);
  }
  co_return seen;
}

Task<std::string> read_all(std::shared_ptr<Connection> connection) {
  co_return co_await read_until(std::move(connection), "\x01 never \x01");
}

Task<std::shared_ptr<Connection>> raw_connect(std::uint16_t port, const ClientTls* tls) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto connection = std::make_shared<Connection>(tcp::socket(executor));
  tcp::endpoint address(boost::asio::ip::address_v4::loopback(), port);
  auto connected = co_await connection->connect(address, soon());
  if (!connected) co_return nullptr;
  if (!tls) co_return connection;
  auto context = make_client_context(*tls);
  auto met = co_await connection->start_tls_as_client(*context, "localhost", soon());
  co_return met ? connection : nullptr;
}

Task<std::string> say(std::uint16_t port, std::string bytes) {
  auto connection = co_await raw_connect(port);
  if (!connection) co_return "";
  (void)co_await connection->write(bytes, soon());
  co_return co_await read_all(connection);
}

Endpoint loopback(std::uint16_t port, std::string host) {
  return {.host = std::move(host), .port = std::to_string(port), .path_prefix = {}};
}

HttpClientOptions plain() {
  HttpClientOptions options;
  options.plain_http = true;
  return options;
}

}  // namespace net_io
