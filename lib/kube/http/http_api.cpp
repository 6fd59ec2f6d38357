#include "kube/http/http_api.hpp"

#include <optional>
#include <utility>

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

}  // namespace

class HttpApi::State {
 public:
  State(const net_io::Executor& executor, net_io::Endpoint endpoint, Credentials credentials,
        const base::Clock& clock, const base::Log& log, HttpApiOptions options,
        RequestObserver observer)
      : clock_(clock),
        log_(log.named("api")),
        options_(std::move(options)),
        observer_(std::move(observer)),
        credentials_(std::move(credentials)),
        endpoint_(endpoint),
        client_(executor, std::move(endpoint), credentials_.tls()),
        looked_at_(clock.since_boot()) {}

  static Task<base::Result<net_io::HttpResponse>> send(std::shared_ptr<State> self, Call call);
  static Task<base::Result<std::unique_ptr<net_io::HttpStream>>> open(std::shared_ptr<State> self,
                                                                      Call call);
  base::Result<> use(ClientConfig config);
  void fence(std::function<bool()> may_write) { may_write_ = std::move(may_write); }
  const net_io::HttpClient& client() const { return client_; }
  std::chrono::milliseconds timeout() const { return options_.request_timeout; }

 private:
  net_io::MaySend gate_of(const Call& call) const {
    return call.is_mutating ? may_write_ : net_io::MaySend();
  }
  net_io::HttpRequest make_request(const WireRequest& wire) const;
  void look_at_files();
  bool reload();
  void observe(const Call& call, int code, Steady::time_point started) const {
    if (observer_) observer_(call.verb, call.resource, code, seconds_since(started));
  }

  const base::Clock& clock_;
  base::Log log_;
  HttpApiOptions options_;
  RequestObserver observer_;
  Credentials credentials_;
  net_io::Endpoint endpoint_;
  net_io::HttpClient client_;
  base::BootTime looked_at_;
  std::function<bool()> may_write_;
  std::string complaint_;  ///< about the files, as last logged
};

Task<base::Result<net_io::HttpResponse>> HttpApi::State::send(std::shared_ptr<State> self,
                                                              Call call) {
  const auto deadline = Deadline::in(self->options_.request_timeout);
  bool may_reload = self->credentials_.names_files();
  for (Attempt attempt{call.is_read, 1, self->options_.attempts};; ++attempt.number) {
    self->look_at_files();
    auto request = self->make_request(call.wire);
    auto gate = self->gate_of(call);
    const auto started = Steady::now();
    auto answer = co_await self->client_.send(std::move(request), deadline, std::move(gate));
    self->observe(call, answer ? answer->status : 0, started);
    if (answer && answer->status == 401 && std::exchange(may_reload, false)) {
      self->reload();
      --attempt.number;
      continue;
    }
    const auto wait = wait_before_retry(attempt, answer);
    if (!wait || *wait >= deadline.left()) co_return answer;
    if (!co_await net_io::sleep_for(*wait)) co_return base::fail(base::cancelled("cancelled"));
  }
}

Task<base::Result<std::unique_ptr<net_io::HttpStream>>> HttpApi::State::open(
    std::shared_ptr<State> self, Call call) {
  const auto deadline = Deadline::in(self->options_.request_timeout);
  bool may_reload = self->credentials_.names_files();
  while (true) {
    self->look_at_files();
    auto request = self->make_request(call.wire);
    const auto started = Steady::now();
    auto stream = co_await self->client_.open(std::move(request), deadline);
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
  if (!credentials_.names_files() || now - looked_at_ < options_.file_poll) return;
  reload();
}

bool HttpApi::State::reload() {
  looked_at_ = clock_.since_boot();
  const auto changes = credentials_.reload();
  if (!changes) {
    if (std::exchange(complaint_, changes.error().what) != complaint_) {
      log_.warn("keeping the credential: its files cannot be used",
                {{"server", endpoint_.host}, {"error", complaint_}});
    }
    return false;
  }
  complaint_.clear();
  if (changes->tls) client_.replace_tls(credentials_.tls());
  return changes->tls || changes->token;
}

base::Result<> HttpApi::State::use(ClientConfig config) {
  TRY(auto endpoint, net_io::parse_endpoint(config.server));
  if (endpoint != endpoint_) {
    return base::fail(base::invalid("a credential for another server: " + config.server));
  }
  TRY(auto fresh, Credentials::load(std::move(config)));
  const auto changes = credentials_.differences(fresh);
  credentials_ = std::move(fresh);
  if (changes.tls) client_.replace_tls(credentials_.tls());
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
  co_return base::fail(base::explain(describe(request), std::move(document).error()));
}

Task<base::Result<std::unique_ptr<WatchStream>>> HttpApi::watch(Watch watch) {
  const auto state = state_;
  const std::string doing = "watch " + watch.resource.name();
  Call call{to_wire(watch), "watch", watch.resource.name(), true};
  auto stream = co_await State::open(state, std::move(call));
  if (!stream) co_return base::fail(base::explain(doing, std::move(stream).error()));
  if ((*stream)->status() == 200) {
    co_return std::make_unique<LineWatchStream>(watch.resource, std::move(*stream));
  }
  auto answer = co_await whole(std::move(*stream), Deadline::in(state->timeout()));
  if (!answer) co_return base::fail(base::explain(doing, std::move(answer).error()));
  auto refusal = read_answer(*answer);
  if (refusal) refusal = base::fail(base::transient("a watch was answered with something else"));
  co_return base::fail(base::explain(doing, std::move(refusal).error()));
}

void HttpApi::fence(std::function<bool()> may_write) { state_->fence(std::move(may_write)); }

base::Result<> HttpApi::use(ClientConfig config) { return state_->use(std::move(config)); }

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
  co_return base::fail(base::explain(doing, std::move(refusal).error()));
}

std::optional<std::chrono::milliseconds> HttpApi::server_clock_skew() const {
  return state_->client().server_clock_skew();
}

}  // namespace kube
