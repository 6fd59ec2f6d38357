#include "webhook/app/serve.hpp"

#include <prometheus/registry.h>

#include <cstdlib>
#include <random>
#include <stdexcept>

#include "kube/http/http_api.hpp"
#include "kube/http/load.hpp"
#include "webhook/app/world.hpp"
#include "webhook/server/call_metrics.hpp"

namespace webhook {

namespace {

using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kLast(5'000);
constexpr milliseconds kFilePoll(10'000);
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

void tell_of_unused(const base::Log& log) {
  for (const auto& [name, reason] : unused_variables())
    log.info("has no effect here", {{"variable", name}, {"reason", reason}});
}

/// The cluster whose requests are admitted, as the files say at this moment.
base::Result<kube::ClientConfig> target_of(const ServeFlags& flags) {
  TRY(auto config, kube::own_config(flags.kubeconfig));
  if (!flags.master.empty()) config.server = flags.master;
  return config;
}

kube::HttpApiOptions api_options(const ServeFlags& flags) {
  return {.user_agent = kAgent,
          .source =
              [kubeconfig = flags.kubeconfig, master = flags.master] {
                return target_of({.kubeconfig = kubeconfig, .master = master});
              },
          .seed = std::random_device{}()};
}

kube::RequestObserver cluster_observer(CallMetrics& metrics) {
  return [&metrics](auto verb, auto resource, int code, double seconds) {
    metrics.cluster(verb, resource, code, seconds);
  };
}

/// Watches ask for nothing in between, so that somebody has to look whether the files have changed.
Task<> look_at_files(kube::HttpApi* api, milliseconds every) {
  while (co_await net_io::sleep_for(every)) api->refresh();
}

cloud::ClientOptions cloud_options(const ServeFlags& flags, CallMetrics& metrics,
                                   const base::Log& log) {
  cloud::ClientOptions options;
  options.endpoint = flags.cloud_endpoint;
  options.observer = [&metrics](auto action, auto result, double seconds) {
    metrics.cloud(action, result, seconds);
  };
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
  struct Parts {
    kube::ClientConfig config;
    kube::HttpApiOptions options;
    cloud::ClientOptions cloud;
    const cluster::Cache& cache;
    const base::Clock& clock;
    const base::Log& log;
    CallMetrics& metrics;
  };
  explicit Views(Parts parts) : parts_(std::move(parts)), memory_(parts_.clock) {}

  std::unique_ptr<FactSource> make(const net_io::Executor& executor) {
    auto api = kube::HttpApi::make(executor, kube::copy(parts_.config), parts_.clock,
                                   parts_.log.named("live"), parts_.options,
                                   cluster_observer(parts_.metrics));
    // The same config was good a moment ago; a file of it may just be changing.
    if (!api) throw std::runtime_error("no way into the cluster: " + api.error().what);
    World::Parts of_thread{.executor = executor,
                           .cache = parts_.cache,
                           .api = *std::move(api),
                           .cloud = parts_.cloud,
                           .clock = parts_.clock,
                           .seed = std::random_device{}()};
    return std::make_unique<RememberedWorld>(std::move(of_thread), memory_);
  }

 private:
  Parts parts_;
  ImageMemory memory_;
};

std::vector<ReadyCheck> checks_of(const ServeFlags& flags, const cluster::Cache& cache) {
  std::vector<ReadyCheck> checks{
      {.name = "informer-sync", .holds = [&cache] { return cache.why_not_ready().empty(); }}};
  // Nothing of it is watched, which is soon done.
  if (flags.has_source_cluster)
    checks.push_back({.name = "source-informer-sync", .holds = [] { return true; }});
  return checks;
}

int no_way_in(const base::Log& log, const base::Error& error) {
  log.error("no way into the cluster", {{"error", error.what}});
  return 1;
}

}  // namespace

Task<int> serve(net_io::Loop& loop, ServeFlags flags, base::Log log) {
  tell_of_unused(log);
  const base::SystemClock clock;
  base::Random random(std::random_device{}());
  const auto registry = std::make_shared<prometheus::Registry>();
  CallMetrics calls(*registry);
  auto config = target_of(flags);
  if (!config) co_return no_way_in(log, config.error());
  auto api = kube::HttpApi::make(loop.get_executor(), kube::copy(*config), clock, log,
                                 api_options(flags), cluster_observer(calls));
  if (!api) co_return no_way_in(log, api.error());
  cluster::Cache cache(**api, log, random);
  Views views({.config = *std::move(config),
               .options = api_options(flags),
               .cloud = cloud_options(flags, calls, log),
               .cache = cache,
               .clock = clock,
               .log = log,
               .metrics = calls});
  auto checks = checks_of(flags, cache);
  WebhookServer server(
      loop, std::move(flags.settings), log, registry, std::string(version()),
      [&](const net_io::Executor& executor) { return views.make(executor); }, std::move(checks));
  End end{.event = net_io::Event(loop.get_executor())};
  net_io::TaskGroup tasks(loop.get_executor(),
                          [](const char* what) { throw std::runtime_error(what); });
  cache.start(tasks);
  tasks.spawn(run_server(&server, &end, log));
  tasks.spawn(await_signals(&end));
  tasks.spawn(look_at_files(api->get(), kFilePoll));
  co_await end.event.wait(milliseconds::max());
  if (end.exit_code == 0) co_await server.drain();
  tasks.stop();
  if (!co_await tasks.finished(kLast)) tasks.abort();
  co_await tasks.finished(kLast);
  co_return end.exit_code;
}

}  // namespace webhook
