#include <sys/prctl.h>
#include <sys/resource.h>

#include <iostream>

#include "webhook/app/serve.hpp"

int main(int argc, char** argv) {
  auto command = webhook::parse_flags(argc, argv);
  if (const auto* done = std::get_if<webhook::Done>(&command)) return done->exit_code;
  if (const auto* options = std::get_if<replay::Options>(&command)) {
    return replay::replay_command(*options, std::cout);
  }
  if (const auto* options = std::get_if<replay::CheckOptions>(&command)) {
    return replay::check_command(*options, std::cout);
  }
  prctl(PR_SET_DUMPABLE, 0);  // Secrets pass through this memory
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  auto flags = std::get<webhook::ServeFlags>(std::move(command));
  const auto log = base::Log::to_stderr("webhook-alicloud", flags.log_level);
  net_io::Loop loop(1);
  return net_io::run(loop, webhook::serve(loop, std::move(flags), log));
}
