#include <iostream>

#include "cli/commands.hpp"
#include "kube/http/http_api.hpp"

namespace {

int failed(const base::Error& error) {
  std::cerr << "error: " << error.what << "\n";
  return 2;
}

net_io::Task<int> work(net_io::Loop& loop, cli::Flags flags) {
  auto config = kube::own_config(flags.kubeconfig);
  if (!config) co_return failed(config.error());
  if (flags.namespace_name.empty()) flags.namespace_name = config->default_namespace;
  if (flags.namespace_name.empty()) flags.namespace_name = "default";
  const base::SystemClock clock;
  const auto log = base::Log::to_stderr("kubectl-portcullis", base::Log::Level::error);
  auto made = kube::HttpApi::make(loop.get_executor(), *std::move(config), clock, log,
                                  {.user_agent = "kubectl-portcullis"});
  if (!made) co_return failed(made.error());
  auto& api = **made;
  cli::Surroundings with{.api = api,
                         .clock = clock,
                         .skew = [&api] { return api.server_clock_skew(); },
                         .out = std::cout,
                         .progress = std::cerr};
  auto done = co_await cli::perform(std::move(with), std::move(flags));
  co_return done ? *done : failed(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = cli::parse_flags(argc, argv);
  if (!parsed.flags) return parsed.exit_code;
  net_io::Loop loop(1);
  return net_io::run(loop, work(loop, *parsed.flags));
}
