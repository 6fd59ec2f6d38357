#pragma once

#include "net/task.hpp"
#include "webhook/app/flags.hpp"

namespace webhook {

/// Serves until SIGTERM or SIGINT, then drains; a second one ends the process at once with 1. The
/// exit code.
net_io::Task<int> serve(net_io::Loop& loop, ServeFlags flags, base::Log log);

}  // namespace webhook
