#include "webhook/app/serve.hpp"

#include <prometheus/registry.h>

#include <csignal>
#include <cstdlib>

namespace webhook {

namespace {

using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kLast(5'000);

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

}  // namespace

Task<int> serve(net_io::Loop& loop, ServeFlags flags, base::Log log) {
  const auto registry = std::make_shared<prometheus::Registry>();
  const MakeFactSource make_source = [](const net_io::Executor&) {
    return std::make_unique<NoFacts>();
  };
  WebhookServer server(loop, std::move(flags.settings), log, registry, std::string(version()),
                       make_source);
  End end{.event = net_io::Event(loop.get_executor())};
  net_io::TaskGroup tasks(loop.get_executor(),
                          [](const char* what) { throw std::runtime_error(what); });
  tasks.spawn(run_server(&server, &end, log));
  tasks.spawn(await_signals(&end));
  co_await end.event.wait(milliseconds::max());
  if (end.exit_code == 0) co_await server.drain();
  tasks.stop();
  co_await tasks.finished(kLast);
  co_return end.exit_code;
}

}  // namespace webhook
