#pragma once

#include "base/log.hpp"
#include "net/http_server.hpp"

namespace webhook {

/// `GET /loglevel` says it, `PUT /loglevel` with debug, info, warn or error as its body changes it
/// until the process ends. Only for callers on the same machine, as a port-forward into the Pod is:
/// the port is open to the whole cluster, and nobody may silence the log from there.
net_io::HttpResponse answer_log_level(const net_io::ServerRequest& request, const base::Log& log);

}  // namespace webhook
