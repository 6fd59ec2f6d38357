#include "webhook/server/webhook_server.hpp"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

#include "webhook/server/log_level.hpp"

namespace webhook {

namespace {

using net_io::HttpResponse;
using net_io::HttpServer;
using net_io::HttpServerOptions;
using net_io::ServerRequest;
using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kDrainPoll(50);
/// Bodies a little above the limit are read, so that their sender gets an answer it understands.
constexpr std::size_t kReadLimit = protocol::kBodyLimit + (1u << 20);

HttpServerOptions options_of(const BindAddress& at) {
  HttpServerOptions options;
  options.address = at.host.empty() ? "::" : at.host;
  options.port = at.port;
  return options;
}

}  // namespace

WebhookServer::WebhookServer(net_io::Loop& loop, ServerSettings settings, const base::Log& log,
                             std::shared_ptr<prometheus::Registry> registry, std::string version,
                             MakeFactSource make_source, std::vector<ReadyCheck> checks)
    : loop_(loop),
      settings_(std::move(settings)),
      log_(log),
      registry_(std::move(registry)),
      metrics_(registry_, settings_.paths, version),
      make_source_(std::move(make_source)),
      checks_(std::move(checks)),
      certificate_(settings_.certificate_folder, settings_.clients),
      context_{.log = log_,
               .metrics = metrics_,
               .draining = draining_,
               .paths = settings_.paths,
               .limits = settings_.limits,
               .reporting = settings_.reporting} {
  checks_.push_back({.name = "webhook-server", .holds = [this] { return serving_; }});
  checks_.push_back({.name = "not-draining", .holds = [this] { return !draining_; }});
}

WebhookServer::~WebhookServer() = default;

std::uint16_t WebhookServer::webhook_port() const {
  return shards_.empty() ? std::uint16_t{0} : shards_.front()->port();
}

base::Result<> WebhookServer::serve_plain(std::unique_ptr<HttpServer>& server,
                                          const BindAddress& at, net_io::Handler handler) {
  const auto on_bug = [this](const char* what) {
    log_.error("a request met a bug", {{"error", what}});
  };
  auto options = options_of(at);
  options.body_limit = 1u << 10;
  options.connections = 64;
  server = std::make_unique<HttpServer>(loop_.get_executor(), options, handler, on_bug);
  auto done = server->listen();
  if (done || !at.host.empty()) return done;
  options.address = "0.0.0.0";  // a machine without IPv6
  server = std::make_unique<HttpServer>(loop_.get_executor(), std::move(options),
                                        std::move(handler), on_bug);
  return server->listen();
}

Task<HttpResponse> WebhookServer::probe(ServerRequest request) {
  if (request.http.target == "/loglevel") co_return answer_log_level(request, log_);
  co_return answer_probe(request.http, checks_);
}

Task<HttpResponse> WebhookServer::metrics_text(ServerRequest request) {
  HttpResponse response;
  response.status = request.http.target == "/metrics" ? 200 : 404;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
  response.body = response.status == 200
                      ? prometheus::TextSerializer().Serialize(registry_->Collect())
                      : std::string("404 page not found\n");
  co_return response;
}

std::optional<LoadedCertificate> WebhookServer::look_at_certificate() {
  auto loaded = certificate_.load_if_changed();
  if (!loaded) {
    metrics_.certificate_failed();
    log_.warn("the serving certificate cannot be used (yet)", {{"error", loaded.error().what}});
    return std::nullopt;
  }
  if (!*loaded) return std::nullopt;
  const auto& leaf = (*loaded)->leaf;
  metrics_.certificate_loaded(leaf.validity.not_after);
  log_.info("serving certificate loaded",
            {{"subject", leaf.subject},
             {"fingerprint", leaf.fingerprint},
             {"notAfter", base::to_rfc3339(leaf.validity.not_after)}});
  return *std::move(loaded);
}

base::Result<> WebhookServer::serve_admission(const net_io::ServerTls& tls) {
  auto options = options_of(settings_.webhook);
  options.body_limit = kReadLimit;
  options.connection_age = settings_.connection_age;
  options.share_port = settings_.threads > 1;
  for (std::size_t number = 0; number < settings_.threads; ++number) {
    auto* loop = number == 0 ? &loop_ : nullptr;
    const auto add = [&] {
      shards_.push_back(std::make_unique<Shard>(number, loop, context_, make_source_, options));
      return shards_.back()->listen(tls);
    };
    auto done = add();
    if (!done && number == 0 && settings_.webhook.host.empty()) {
      shards_.pop_back();
      options.address = "0.0.0.0";  // a machine without IPv6
      done = add();
    }
    TRY_VOID(std::move(done));
    options.port = webhook_port();  // the kernel may have chosen it
  }
  for (const auto& shard : shards_) shard->start();
  serving_ = true;
  return {};
}

Task<base::Result<>> WebhookServer::start() {
  if (settings_.health) {
    CO_TRY_VOID(serve_plain(health_, *settings_.health,
                            [this](ServerRequest request) { return probe(std::move(request)); }));
  }
  if (settings_.metrics) {
    CO_TRY_VOID(serve_plain(metrics_server_, *settings_.metrics, [this](ServerRequest request) {
      return metrics_text(std::move(request));
    }));
  }
  for (;;) {
    const auto loaded = look_at_certificate();
    if (loaded) co_return serve_admission(loaded->tls);
    const bool goes_on = co_await net_io::sleep_for(settings_.certificate_poll);
    if (!goes_on || draining_)
      co_return base::fail(base::cancelled("asked to end before there was a certificate"));
  }
}

Task<> WebhookServer::watch_certificate() {
  while (!draining_) {
    const bool goes_on = co_await net_io::sleep_for(settings_.certificate_poll);
    if (!goes_on) co_return;
    const auto loaded = look_at_certificate();
    if (!loaded) continue;
    for (const auto& shard : shards_) shard->set_tls(loaded->tls);
  }
}

std::size_t WebhookServer::open_connections() const {
  std::size_t open = 0;
  for (const auto& shard : shards_) open += shard->open_connections();
  return open;
}

// No shard closes its listener before all connections of all shards are gone: a new one may come to
// any of them.
Task<> WebhookServer::drain() {
  draining_ = true;
  log_.info("draining", {{"connections", std::to_string(open_connections())}});
  for (const auto& shard : shards_) shard->drain();
  const auto bound = net_io::Deadline::in(settings_.drain_timeout);
  co_await net_io::sleep_for(std::min(settings_.drain_delay, settings_.drain_timeout));
  while (open_connections() > 0 && !bound.is_over()) co_await net_io::sleep_for(kDrainPoll);
  log_.info("drained", {{"connections", std::to_string(open_connections())}});
  for (const auto& shard : shards_) shard->stop();
  const auto all_stopped = [this] {
    return std::ranges::all_of(shards_, [](const auto& shard) { return shard->is_stopped(); });
  };
  while (!all_stopped()) co_await net_io::sleep_for(kDrainPoll);
}

}  // namespace webhook
