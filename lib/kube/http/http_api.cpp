#include "kube/http/http_api.hpp"

#include <optional>
#include <utility>

#include "base/random.hpp"
#include "kube/http/answer.hpp"
#include "kube/http/credentials.hpp"
#include "kube/http/line_watch_stream.hpp"
#include "kube/http/retry.hpp"
#include "kube/request/wire.hpp"
#include "net/http_client.hpp"

namespace kube {
namespace {

using Steady = Deadline::Clock;
/// Of the answer to a watch that is refused: enough for any Status.
constexpr std::size_t kRefusalLimit = 1u << 20;

struct Call {
  WireRequest wire;
  std::string verb, resource;  ///< for the observer
  bool is_read = false, is_mutating = false;
};

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

Task<base::Result<net_io::HttpResponse>> whole(std::unique_ptr<net_io::HttpStream> stream,
                                               Deadline deadline) {
  net_io::HttpResponse answer{stream->status(), stream->headers(), {}};
  while (answer.body.size() <= kRefusalLimit) {
    auto bytes = co_await stream->read_some(deadline);
    if (!bytes) co_return base::fail(std::move(bytes).error());
    if (bytes->empty()) break;
    answer.body += *bytes;
  }
  co_return answer;
}

base::Error moved() {
  return {.kind = base::Error::Kind::gone, .what = "the server has another address"};
}

/// The events of one server, until there is another.
template <class State>
class ServerWatch final : public WatchStream {
 public:
  ServerWatch(std::shared_ptr<State> state, std::unique_ptr<WatchStream> stream)
      : state_(std::move(state)), number_(state_->server_number()), stream_(std::move(stream)) {}
  Task<base::Result<std::optional<WatchEvent>>> next(Deadline deadline) override {
    auto event = co_await stream_->next(deadline);
    if (state_->server_number() != number_) co_return base::fail(moved());
    co_return event;
  }

 private:
  std::shared_ptr<State> state_;
  std::uint64_t number_;
  std::unique_ptr<WatchStream> stream_;
};

}  // namespace

class HttpApi::State {
 public:
  State(net_io::Executor executor, net_io::Endpoint endpoint, Credentials credentials,
        const base::Clock& clock, const base::Log& log, HttpApiOptions options,
        RequestObserver observer)
      : executor_(std::move(executor)),
        clock_(clock),
        log_(log.named("api")),
        options_(std::move(options)),
        observer_(std::move(observer)),
        credentials_(std::move(credentials)),
        endpoint_(std::move(endpoint)),
        client_(make_client()),
        looked_at_(clock.since_boot()) {}

  static Task<base::Result<net_io::HttpResponse>> send(std::shared_ptr<State> self, Call call);
  static Task<base::Result<std::unique_ptr<net_io::HttpStream>>> open(std::shared_ptr<State> self,
                                                                      Call call);
  base::Result<> use(ClientConfig config);
  void fence(std::function<bool()> may_write) { may_write_ = std::move(may_write); }
  const net_io::HttpClient& client() const { return *client_; }
  std::chrono::milliseconds timeout() const { return options_.request_timeout; }
  bool reload();
  /// `error` of `doing`, with what we know of the credential where the server refused it.
  base::Error explain(std::string_view doing, base::Error error) const;
  /// Counts servers: what one said of versions means nothing to the next.
  std::uint64_t server_number() const { return server_number_; }

 private:
  net_io::MaySend gate_of(const Call& call) const {
    return call.is_mutating ? may_write_ : net_io::MaySend();
  }
  std::shared_ptr<net_io::HttpClient> make_client() const {
    return std::make_shared<net_io::HttpClient>(executor_, endpoint_, credentials_.tls());
  }
  bool can_reload() const { return options_.source || credentials_.names_files(); }
  base::Result<Credentials> read_again() const;
  base::Result<bool> take(Credentials fresh);
  net_io::HttpRequest make_request(const WireRequest& wire) const;
  void look_at_files();
  void observe(const Call& call, int code, Steady::time_point started) const {
    if (observer_) observer_(call.verb, call.resource, code, seconds_since(started));
  }

  net_io::Executor executor_;
  const base::Clock& clock_;
  base::Log log_;
  HttpApiOptions options_;
  base::Random random_{options_.seed};
  RequestObserver observer_;
  Credentials credentials_;
  net_io::Endpoint endpoint_;
  std::shared_ptr<net_io::HttpClient> client_;  ///< shared with the calls under way
  std::uint64_t server_number_ = 0;
  base::BootTime looked_at_;
  std::function<bool()> may_write_;
  std::string complaint_;  ///< about the files, as last logged
};

Task<base::Result<net_io::HttpResponse>> HttpApi::State::send(std::shared_ptr<State> self,
                                                              Call call) {
  const auto deadline = Deadline::in(self->options_.request_timeout);
  bool may_reload = self->can_reload();
  for (Attempt attempt{call.is_read, 1, self->options_.attempts};; ++attempt.number) {
    self->look_at_files();
    auto request = self->make_request(call.wire);
    auto gate = self->gate_of(call);
    const auto started = Steady::now();
    const auto client = self->client_;
    auto answer = co_await client->send(std::move(request), deadline, std::move(gate));
    self->observe(call, answer ? answer->status : 0, started);
    if (answer && answer->status == 401 && std::exchange(may_reload, false)) {
      self->reload();
      --attempt.number;
      continue;
    }
    attempt.unit_random = self->random_.unit();
    const auto wait = wait_before_retry(attempt, answer);
    if (!wait || *wait >= deadline.left()) co_return answer;
    if (!co_await net_io::sleep_for(*wait)) co_return base::fail(base::cancelled("cancelled"));
  }
}

Task<base::Result<std::unique_ptr<net_io::HttpStream>>> HttpApi::State::open(
    std::shared_ptr<State> self, Call call) {
  const auto deadline = Deadline::in(self->options_.request_timeout);
  bool may_reload = self->can_reload();
  while (true) {
    self->look_at_files();
    auto request = self->make_request(call.wire);
    const auto started = Steady::now();
    const auto client = self->client_;
    auto stream = co_await client->open(std::move(request), deadline);
    self->observe(call, stream ? (*stream)->status() : 0, started);
    const bool is_refused = stream && (*stream)->status() == 401;
    if (!is_refused || !std::exchange(may_reload, false)) co_return stream;
    self->reload();
  }
}

net_io::HttpRequest HttpApi::State::make_request(const WireRequest& wire) const {
  net_io::HttpRequest request{wire.method, wire.target, {}, wire.body};
  request.headers.emplace_back("Accept", wire.accept);
  request.headers.emplace_back("User-Agent", options_.user_agent);
  if (!wire.content_type.empty()) request.headers.emplace_back("Content-Type", wire.content_type);
  if (auto authorization = credentials_.authorization(); !authorization.empty()) {
    request.headers.emplace_back("Authorization", std::move(authorization));
  }
  return request;
}

void HttpApi::State::look_at_files() {
  const auto now = clock_.since_boot();
  if (can_reload() && now - looked_at_ >= options_.file_poll) reload();
}

base::Result<Credentials> HttpApi::State::read_again() const {
  if (!options_.source) return credentials_.reloaded();
  TRY(auto config, options_.source());
  return Credentials::load(std::move(config));
}

/// Whether anything is new.
base::Result<bool> HttpApi::State::take(Credentials fresh) {
  TRY(auto endpoint, net_io::parse_endpoint(fresh.server()));
  const auto changes = credentials_.differences(fresh);
  credentials_ = std::move(fresh);
  if (endpoint != endpoint_) {
    log_.info("the server has another address",
              {{"before", endpoint_.host}, {"now", endpoint.host}});
    endpoint_ = std::move(endpoint);
    client_ = make_client();
    ++server_number_;
    return true;
  }
  if (changes.tls) client_->replace_tls(credentials_.tls());
  return changes.tls || changes.token;
}

base::Error HttpApi::State::explain(std::string_view doing, base::Error error) const {
  const auto end = credentials_.token_ends_at();
  if (error.is(base::Error::Kind::unauthenticated) && end && *end <= clock_.now())
    error.what += ": the token expired at " + base::to_rfc3339(*end);
  return base::explain(doing, std::move(error));
}

bool HttpApi::State::reload() {
  looked_at_ = clock_.since_boot();
  auto fresh = read_again();
  const auto is_new = fresh ? take(*std::move(fresh)) : base::fail(std::move(fresh).error());
  if (!is_new) {
    if (std::exchange(complaint_, is_new.error().what) != complaint_) {
      log_.warn("keeping the credential: its files cannot be used",
                {{"server", endpoint_.host}, {"error", complaint_}});
    }
    return false;
  }
  complaint_.clear();
  return *is_new;
}

base::Result<> HttpApi::State::use(ClientConfig config) {
  TRY(auto endpoint, net_io::parse_endpoint(config.server));
  if (endpoint != endpoint_) {
    return base::fail(base::invalid("a credential for another server: " + config.server));
  }
  TRY(auto fresh, Credentials::load(std::move(config)));
  const auto changes = credentials_.differences(fresh);
  credentials_ = std::move(fresh);
  if (changes.tls) client_->replace_tls(credentials_.tls());
  return {};
}

base::Result<std::unique_ptr<HttpApi>> HttpApi::make(net_io::Executor executor, ClientConfig config,
                                                     const base::Clock& clock, const base::Log& log,
                                                     HttpApiOptions options,
                                                     RequestObserver observer) {
  TRY(auto endpoint, net_io::parse_endpoint(config.server));
  TRY(auto credentials, Credentials::load(std::move(config)));
  auto state = std::make_shared<State>(executor, std::move(endpoint), std::move(credentials), clock,
                                       log, std::move(options), std::move(observer));
  return std::unique_ptr<HttpApi>(new HttpApi(std::move(state)));
}

HttpApi::HttpApi(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpApi::~HttpApi() = default;

Task<base::Result<json::Value>> HttpApi::call(Request request) {
  const auto state = state_;
  Call call{to_wire(request), std::string(rbac_verb(request)), subject(request).resource.name(),
            std::holds_alternative<Get>(request) || std::holds_alternative<List>(request),
            is_mutating(request)};
  auto answer = co_await State::send(state, std::move(call));
  if (!answer) co_return base::fail(base::explain(describe(request), std::move(answer).error()));
  auto document = read_answer_to(request, *answer);
  if (document) co_return document;
  co_return base::fail(state->explain(describe(request), std::move(document).error()));
}

Task<base::Result<std::unique_ptr<WatchStream>>> HttpApi::watch(Watch watch) {
  const auto state = state_;
  const std::string doing = "watch " + watch.resource.name();
  Call call{to_wire(watch), "watch", watch.resource.name(), true};
  const auto server = state->server_number();
  auto stream = co_await State::open(state, std::move(call));
  if (!stream) co_return base::fail(base::explain(doing, std::move(stream).error()));
  if (server != state->server_number()) co_return base::fail(moved());
  if ((*stream)->status() == 200) {
    auto lines = std::make_unique<LineWatchStream>(watch.resource, std::move(*stream));
    co_return std::make_unique<ServerWatch<State>>(state, std::move(lines));
  }
  auto answer = co_await whole(std::move(*stream), Deadline::in(state->timeout()));
  if (!answer) co_return base::fail(base::explain(doing, std::move(answer).error()));
  auto refusal = read_answer(*answer);
  if (refusal) refusal = base::fail(base::transient("a watch was answered with something else"));
  co_return base::fail(state->explain(doing, std::move(refusal).error()));
}

void HttpApi::fence(std::function<bool()> may_write) { state_->fence(std::move(may_write)); }

base::Result<> HttpApi::use(ClientConfig config) { return state_->use(std::move(config)); }
void HttpApi::refresh() { state_->reload(); }

Task<base::Result<std::string>> HttpApi::get_raw(std::string path) {
  const auto state = state_;
  const std::string doing = "get " + path;
  WireRequest wire{"GET", std::move(path), {}, "*/*", {}};
  Call call{std::move(wire), "get", "raw", true};
  auto answer = co_await State::send(state, std::move(call));
  if (!answer) co_return base::fail(base::explain(doing, std::move(answer).error()));
  if (answer->status >= 200 && answer->status < 300) co_return std::move(answer->body);
  auto refusal = read_answer(*answer);
  if (refusal) refusal = base::fail(base::transient("an odd answer"));
  co_return base::fail(state->explain(doing, std::move(refusal).error()));
}

std::optional<std::chrono::milliseconds> HttpApi::server_clock_skew() const {
  return state_->client().server_clock_skew();
}

}  // namespace kube
