#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>

#include "base/clock.hpp"
#include "cli/flags.hpp"
#include "kube/api.hpp"

namespace cli {

/// Where a command works and speaks; all of it outlives the command.
struct Surroundings {
  kube::Api& api;  ///< of the runtime cluster
  const base::Clock& clock;
  std::function<std::optional<std::chrono::milliseconds>()> skew;  ///< of the API server's clock
  std::ostream& out;                                               ///< what was asked for
  std::ostream& progress;                                          ///< what is being waited for
};

/// Does what the flags say; the exit code.
kube::Task<base::Result<int>> perform(Surroundings with, Flags flags);

}  // namespace cli
