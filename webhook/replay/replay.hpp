#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "webhook/replay/case.hpp"

namespace replay {

struct Options {
  std::vector<std::string> files;  ///< cases, or folders of them (all *.json below)
  std::string answers_file;        ///< where our answers go as JSON lines; empty: nowhere
};

struct Tally {
  int passed = 0;
  int failed = 0;
};

/// Runs every case and writes a readable difference for each mismatch. A file that cannot be read,
/// or is no case, is a failure. `answers` may be null.
Tally replay_all(const std::vector<std::string>& files, std::ostream& report,
                 std::ostream* answers);

/// The subcommand: ends its report with `N passed, N failed`. 0: all passed, 1: not all, or there
/// was nothing to run.
int replay_command(const Options& options, std::ostream& report);

}  // namespace replay
