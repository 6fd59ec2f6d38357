#include "net/http_client.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "net/connection.hpp"
#include "net/http_reply.hpp"
#include "net/resolve.hpp"

namespace net_io {
namespace {

constexpr std::size_t kNoLimit = static_cast<std::size_t>(-1);
/// The least time one of several addresses gets before the next is tried.
constexpr std::chrono::milliseconds kLeastDialTime(1000);

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool is_repeatable(std::string_view method) { return method == "GET" || method == "HEAD"; }

/// Request headers carry tokens.
void wipe_headers(HttpRequest& request) {
  for (auto& [name, value] : request.headers) base::wipe(value);
}

}  // namespace

struct HttpClient::State : std::enable_shared_from_this<State> {
  using Clock = std::chrono::steady_clock;
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Idle {
    ConnectionPtr connection;
    Clock::time_point since;
  };
  /// A connection, and under which TLS values it was made.
  struct Lent {
    ConnectionPtr connection;
    std::uint64_t generation = 0;
    bool reused = false;
  };
  struct Asked {
    std::unique_ptr<HttpReply> reply;
    std::uint64_t generation = 0;
  };
  enum class Purpose { exchange, stream };

  State(Executor on, Endpoint to, HttpClientOptions with)
      : executor(std::move(on)), server(std::move(to)), options(with), sweeper(executor) {}

  void use(const ClientTls& tls);
  ConnectionPtr track(ConnectionPtr connection);
  ConnectionPtr take_idle();
  void give_back(ConnectionPtr connection, std::uint64_t made_in);
  void sweep();
  void sweep_later();
  void note_date(const MessageHead& head);
  std::string authority(std::string_view default_port) const;

  Task<base::Result<ConnectionPtr>> dial(Deadline deadline);
  Task<base::Result<Lent>> connect(Deadline deadline);
  Task<base::Result<Lent>> borrow(bool fresh, Deadline deadline);
  Task<base::Result<Asked>> ask(HttpRequest request, Purpose purpose, Deadline deadline,
                                MaySend may_send);

  Executor executor;
  Endpoint server;
  HttpClientOptions options;
  std::string peer_name;
  base::Result<SslContext> context;
  std::uint64_t generation = 0;
  std::vector<Idle> idle;
  std::vector<std::weak_ptr<Connection>> made;
  boost::asio::steady_timer sweeper;
  std::optional<std::chrono::milliseconds> skew;
  bool closed = false;
};

void HttpClient::State::use(const ClientTls& tls) {
  peer_name = tls.server_name.empty() ? server.host : tls.server_name;
  context = options.plain_http ? base::Result<SslContext>() : make_client_context(tls);
  ++generation;
  idle.clear();
}

HttpClient::State::ConnectionPtr HttpClient::State::track(ConnectionPtr connection) {
  std::erase_if(made, [](const auto& weak) { return weak.expired(); });
  made.push_back(connection);
  return connection;
}

HttpClient::State::ConnectionPtr HttpClient::State::take_idle() {
  sweep();
  while (!idle.empty()) {
    auto connection = std::move(idle.back().connection);
    idle.pop_back();
    if (connection->is_idle_and_open()) return connection;
  }
  return nullptr;
}

void HttpClient::State::give_back(ConnectionPtr connection, std::uint64_t made_in) {
  if (closed || made_in != generation || options.idle_connections == 0) return;
  connection->finish_exchanges(false);
  if (idle.size() >= options.idle_connections) idle.erase(idle.begin());
  idle.push_back({.connection = std::move(connection), .since = Clock::now()});
  if (idle.size() == 1) sweep_later();
}

void HttpClient::State::sweep() {
  auto oldest = Clock::now() - options.idle_time;
  std::erase_if(idle, [oldest](const Idle& kept) { return kept.since <= oldest; });
}

void HttpClient::State::sweep_later() {
  sweeper.expires_after(options.idle_time);
  sweeper.async_wait([weak = weak_from_this()](boost::system::error_code stopped) {
    auto self = weak.lock();
    if (stopped || !self) return;
    self->sweep();
    if (!self->idle.empty()) self->sweep_later();
  });
}

void HttpClient::State::note_date(const MessageHead& head) {
  auto date = base::parse_http_date(header(head.headers, "Date"));
  if (!date) return;
  auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  // The header has whole seconds, cut: half a second is the expected rest.
  skew = *date + std::chrono::milliseconds(500) - now;
}

std::string HttpClient::State::authority(std::string_view default_port) const {
  auto host = in_brackets(server.host);
  return server.port == default_port ? host : host + ":" + server.port;
}

Task<base::Result<HttpClient::State::ConnectionPtr>> HttpClient::State::dial(Deadline deadline) {
  auto self = shared_from_this();
  auto addresses = co_await resolve(server.host, server.port, deadline);
  if (!addresses) co_return base::fail(std::move(addresses).error());
  auto last = base::transient("no address");
  for (std::size_t i = 0; i < addresses->size() && !closed && !deadline.is_over(); ++i) {
    auto share = deadline.left() / static_cast<int>(addresses->size() - i);
    auto until = Deadline::in(std::max(share, kLeastDialTime)).or_earlier(deadline);
    auto connection = track(std::make_shared<Connection>(Connection::Socket(executor)));
    auto connected = co_await connection->connect((*addresses)[i], until);
    if (connected) co_return connection;
    last = std::move(connected).error();
    if (last.is(base::Error::Kind::cancelled)) break;
  }
  if (closed) co_return base::fail(base::cancelled("the client is closed"));
  co_return base::fail(std::move(last));
}

Task<base::Result<HttpClient::State::Lent>> HttpClient::State::connect(Deadline deadline) {
  auto self = shared_from_this();
  auto until = Deadline::in(options.connect_timeout).or_earlier(deadline);
  if (!context) co_return base::fail(context.error());
  auto tls = *context;
  Lent lent{.connection = nullptr, .generation = generation, .reused = false};
  auto name = peer_name;
  CO_TRY(lent.connection, co_await dial(until));
  if (tls)
    CO_TRY_VOID(
        co_await lent.connection->start_tls_as_client(std::move(tls), std::move(name), until));
  if (closed) co_return base::fail(base::cancelled("the client is closed"));
  co_return lent;
}

Task<base::Result<HttpClient::State::Lent>> HttpClient::State::borrow(bool fresh,
                                                                      Deadline deadline) {
  auto self = shared_from_this();
  if (co_await cancelled()) co_return base::fail(base::cancelled("cancelled"));
  if (auto kept = fresh ? nullptr : take_idle()) {
    Lent lent{.connection = std::move(kept), .generation = generation, .reused = true};
    co_return lent;
  }
  auto lent = co_await connect(deadline);
  if (!lent) {
    auto doing = "connecting to " + in_brackets(server.host) + ":" + server.port;
    co_return base::fail(base::explain(doing, std::move(lent).error()));
  }
  co_return lent;
}

Task<base::Result<HttpClient::State::Asked>> HttpClient::State::ask(HttpRequest request,
                                                                    Purpose purpose,
                                                                    Deadline deadline,
                                                                    MaySend may_send) {
  auto self = shared_from_this();
  bool is_exchange = purpose == Purpose::exchange;
  auto limit = is_exchange ? options.response_limit : kNoLimit;
  auto host = authority(options.plain_http ? "80" : "443");
  CO_TRY(auto wire, to_wire(request, server.path_prefix, host));
  wipe_headers(request);
  for (bool fresh = false;; fresh = true) {
    auto lent = co_await borrow(fresh, deadline);
    if (!lent) {
      base::wipe(wire);
      co_return base::fail(std::move(lent).error());
    }
    if (may_send && !may_send()) {
      base::wipe(wire);
      co_return base::fail(base::cancelled("not to be sent any more"));
    }
    lent->connection->finish_exchanges(is_exchange);
    auto reply = std::make_unique<HttpReply>(lent->connection, limit, request.method == "HEAD");
    auto asked = co_await reply->ask(wire, deadline);
    bool again = !asked && lent->reused && reply->is_untouched() && !deadline.is_over() &&
                 asked.error().is(base::Error::Kind::transient) && is_repeatable(request.method);
    if (again) continue;
    base::wipe(wire);
    if (!asked) co_return base::fail(std::move(asked).error());
    note_date(reply->head());
    co_return Asked{.reply = std::move(reply), .generation = lent->generation};
  }
}

namespace {

class Stream final : public HttpStream {
 public:
  explicit Stream(std::unique_ptr<HttpReply> reply) : reply_(std::move(reply)) {}
  int status() const override { return reply_->head().status; }
  const Headers& headers() const override { return reply_->head().headers; }

  Task<base::Result<std::string>> read_some(Deadline deadline) override {
    for (;;) {
      if (!reply_->body().empty()) co_return std::exchange(reply_->body(), {});
      if (reply_->is_done()) co_return std::string();
      CO_TRY_VOID(co_await reply_->read_more(deadline));
    }
  }

 private:
  std::unique_ptr<HttpReply> reply_;
};

}  // namespace

HttpClient::HttpClient(Executor executor, Endpoint server, ClientTls tls, HttpClientOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(server), options)) {
  state_->use(tls);
}

HttpClient::~HttpClient() {
  state_->closed = true;
  state_->idle.clear();
  state_->sweeper.cancel();
  for (const auto& weak : state_->made)
    if (auto connection = weak.lock()) connection->abort();
}

Task<base::Result<HttpResponse>> HttpClient::send(HttpRequest request, Deadline deadline,
                                                  MaySend may_send) {
  auto state = state_;
  CO_TRY(auto asked, co_await state->ask(std::move(request), State::Purpose::exchange, deadline,
                                         std::move(may_send)));
  auto& reply = *asked.reply;
  while (!reply.is_done()) CO_TRY_VOID(co_await reply.read_more(deadline));
  if (reply.can_keep_connection()) state->give_back(reply.connection(), asked.generation);
  HttpResponse response;
  response.status = reply.head().status;
  response.headers = std::move(reply.head().headers);
  response.body = std::move(reply.body());
  co_return response;
}

Task<base::Result<std::unique_ptr<HttpStream>>> HttpClient::open(HttpRequest request,
                                                                 Deadline header_deadline) {
  auto state = state_;
  CO_TRY(auto asked,
         co_await state->ask(std::move(request), State::Purpose::stream, header_deadline, {}));
  co_return std::make_unique<Stream>(std::move(asked.reply));
}

void HttpClient::replace_tls(ClientTls tls) { state_->use(tls); }

std::optional<std::chrono::milliseconds> HttpClient::server_clock_skew() const {
  return state_->skew;
}

}  // namespace net_io
