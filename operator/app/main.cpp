#include <sys/prctl.h>
#include <sys/resource.h>

#include <random>

#include "operator/app/operator.hpp"

namespace {

base::Result<std::unique_ptr<kube::HttpApi>> make_api(net_io::Loop& loop, const app::Flags& flags,
                                                      const base::Clock& clock,
                                                      const base::Log& log,
                                                      kube::RuntimeMetrics& metrics) {
  TRY(auto config, kube::own_config(flags.kubeconfig));
  return kube::HttpApi::make(
      loop.get_executor(), std::move(config), clock, log,
      {.user_agent = app::user_agent(flags),
       .source = [file = flags.kubeconfig] { return kube::own_config(file); },
       .seed = std::random_device{}()},
      [&metrics](auto verb, auto resource, int code, double seconds) {
        metrics.request({"runtime"}, verb, resource, code, seconds);
      });
}

net_io::Task<int> operate(net_io::Loop& loop, app::Flags flags, base::Log log) {
  auto config = kube::own_config(flags.kubeconfig);
  if (!config) {
    log.error("no way into the runtime cluster", {{"error", config.error().what}});
    co_return 1;
  }
  plan::TargetFacts local{config->server, config->ca_pem, config->tls_server_name};
  const auto registry = std::make_shared<prometheus::Registry>();
  kube::RuntimeMetrics metrics(registry);
  const base::SystemClock clock;
  const auto make = [&] { return make_api(loop, flags, clock, log.named("runtime"), metrics); };
  auto work = make();
  auto lease = make();
  if (!work || !lease) {
    log.error("no way into the runtime cluster", {{"error", (work ? lease : work).error().what}});
    co_return 1;
  }
  app::Operator program(loop, std::move(flags), {std::move(*work), std::move(*lease)},
                        std::move(local), registry, metrics, log);
  co_return co_await program.run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = app::parse_flags(argc, argv);
  if (!parsed.flags) return parsed.exit_code;
  prctl(PR_SET_DUMPABLE, 0);  // credentials of two clusters are in this memory
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const auto log = base::Log::to_stderr("operator", parsed.flags->log_level);
  net_io::Loop loop(1);
  return net_io::run(loop, operate(loop, *parsed.flags, log));
}
