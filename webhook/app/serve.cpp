#include "webhook/app/serve.hpp"

#include <prometheus/registry.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "kube/http/http_api.hpp"
#include "kube/http/load.hpp"
#include "webhook/app/world.hpp"

namespace webhook {

namespace {

using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kLast(5'000);
constexpr const char* kAgent = "portcullis-webhook-alicloud";

/// What main waits for: the first signal, or that serving failed. Both live on the main loop.
struct End {
  net_io::Event event;
  int exit_code = 0;
};

Task<> run_server(WebhookServer* server, End* end, base::Log log) {
  const auto started = co_await server->start();
  if (started) {
    log.info("serving", {{"version", std::string(version())},
                         {"port", std::to_string(server->webhook_port())}});
    co_return co_await server->watch_certificate();
  }
  if (started.error().is(base::Error::Kind::cancelled)) co_return;
  log.error("cannot serve", {{"error", started.error().what}});
  end->exit_code = 1;
  end->event.set();
}

Task<> await_signals(End* end) {
  if (co_await net_io::wait_for_signal() == 0) co_return;
  end->event.set();
  if (co_await net_io::wait_for_signal() != 0) std::_Exit(1);
}

/// SIGUSR1: debug, and back again with the next one.
Task<> switch_log_level(base::Log log, base::Log::Level usual) {
  bool is_debug = false;
  while (co_await net_io::wait_for(SIGUSR1)) {
    is_debug = !is_debug;
    log.set_level(is_debug ? base::Log::Level::debug : usual);
    log.warn("log level switched", {{"level", is_debug ? "debug" : "as started"}});
  }
}

/// The Go program kept its Lease and its certificates there.
void tell_of_unused(const base::Log& log) {
  for (const char* name : {"SOURCE_CLUSTER", "SOURCE_KUBECONFIG", "WEBHOOK_CONFIG_NAMESPACE",
                           "LEADER_ELECTION_NAMESPACE"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != 0)
      log.info("not needed here: nothing is written to a cluster", {{"variable", name}});
  }
}

cloud::ClientOptions cloud_options(const ServeFlags& flags, const base::Log& log) {
  cloud::ClientOptions options;
  options.endpoint = flags.cloud_endpoint;
  auto ca = kube::read_small_file(flags.cloud_ca_file);
  if (ca) {
    options.ca_pem = *std::move(ca);
  } else {
    log.warn("AliCloud's API cannot be trusted: --cloud-ca-file", {{"error", ca.error().what}});
  }
  return options;
}

/// One view of cluster and cloud for each thread.
class Views {
 public:
  Views(kube::ClientConfig config, cloud::ClientOptions cloud, const cluster::Cache& cache,
        const base::Clock& clock, const base::Log& log)
      : config_(std::move(config)),
        cloud_(std::move(cloud)),
        cache_(cache),
        clock_(clock),
        log_(log) {}

  std::unique_ptr<FactSource> make(const net_io::Executor& executor) const {
    auto api = kube::HttpApi::make(executor, kube::copy(config_), clock_, log_.named("live"),
                                   {.user_agent = kAgent});
    // The same config was good a moment ago; a file of it may just be changing.
    if (!api) throw std::runtime_error("no way into the cluster: " + api.error().what);
    return std::make_unique<RememberedWorld>(World::Parts{.executor = executor,
                                                          .cache = cache_,
                                                          .api = *std::move(api),
                                                          .cloud = cloud_,
                                                          .clock = clock_,
                                                          .seed = std::random_device{}()});
  }

 private:
  kube::ClientConfig config_;
  cloud::ClientOptions cloud_;
  const cluster::Cache& cache_;
  const base::Clock& clock_;
  const base::Log& log_;
};

int no_way_in(const base::Log& log, const base::Error& error) {
  log.error("no way into the cluster", {{"error", error.what}});
  return 1;
}

}  // namespace

Task<int> serve(net_io::Loop& loop, ServeFlags flags, base::Log log) {
  tell_of_unused(log);
  const base::SystemClock clock;
  base::Random random(std::random_device{}());
  auto config = kube::own_config(flags.kubeconfig);
  if (!config) co_return no_way_in(log, config.error());
  auto api = kube::HttpApi::make(loop.get_executor(), kube::copy(*config), clock, log,
                                 {.user_agent = kAgent});
  if (!api) co_return no_way_in(log, api.error());
  cluster::Cache cache(**api, log, random);
  const Views views(*std::move(config), cloud_options(flags, log), cache, clock, log);
  flags.settings.reporting.revision = version();
  WebhookServer server(
      loop, std::move(flags.settings), log, std::make_shared<prometheus::Registry>(),
      std::string(version()),
      [&](const net_io::Executor& executor) { return views.make(executor); },
      {{.name = "informer-sync", .holds = [&] { return cache.why_not_ready().empty(); }}});
  End end{.event = net_io::Event(loop.get_executor())};
  net_io::TaskGroup tasks(loop.get_executor(),
                          [](const char* what) { throw std::runtime_error(what); });
  cache.start(tasks);
  tasks.spawn(run_server(&server, &end, log));
  tasks.spawn(await_signals(&end));
  tasks.spawn(switch_log_level(log, flags.log_level));
  co_await end.event.wait(milliseconds::max());
  if (end.exit_code == 0) co_await server.drain();
  tasks.stop();
  if (!co_await tasks.finished(kLast)) tasks.abort();
  co_await tasks.finished(kLast);
  co_return end.exit_code;
}

}  // namespace webhook
