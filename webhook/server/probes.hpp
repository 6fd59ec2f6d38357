#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/http_server.hpp"

namespace webhook {

/// One thing that must hold before requests may come. Called on the main loop.
struct ReadyCheck {
  std::string name;
  std::function<bool()> holds;
};

/// `/healthz` (the process turns its loop), `/readyz` (every check holds), each with `?verbose` and
/// `/<check>`. 200 `ok`, or 503 with the checks that fail.
net_io::HttpResponse answer_probe(const net_io::HttpRequest& request,
                                  const std::vector<ReadyCheck>& checks);

}  // namespace webhook
