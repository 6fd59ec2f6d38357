#include <sys/prctl.h>
#include <sys/resource.h>

#include "operator/app/operator.hpp"

namespace {

net_io::Task<int> operate(net_io::Loop& loop, app::Flags flags, base::Log log) {
  auto config = kube::own_config(flags.kubeconfig);
  if (!config) {
    log.error("no way into the runtime cluster", {{"error", config.error().what}});
    co_return 1;
  }
  plan::TargetFacts local{config->server, config->ca_pem, config->tls_server_name};
  const auto registry = std::make_shared<prometheus::Registry>();
  kube::RuntimeMetrics metrics(registry);
  const kube::RequestObserver observer = [&metrics](auto verb, auto resource, int code,
                                                    double seconds) {
    metrics.request("runtime", verb, resource, code, seconds);
  };
  const base::SystemClock clock;
  auto made =
      kube::HttpApi::make(loop.get_executor(), std::move(*config), clock, log.named("runtime"),
                          {.user_agent = "portcullis-operator"}, observer);
  if (!made) {
    log.error("no way into the runtime cluster", {{"error", made.error().what}});
    co_return 1;
  }
  app::Operator program(loop, std::move(flags), std::move(*made), std::move(local), registry,
                        metrics, log);
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
