#pragma once

// Private to lib/net.

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/deadline.hpp"
#include "net/task.hpp"

namespace net_io {

/// The addresses of `host`, a name or a literal. The system's resolver cannot be stopped: at the
/// deadline, or when cancelled, its answer is no longer waited for.
Task<base::Result<std::vector<boost::asio::ip::tcp::endpoint>>> resolve(std::string host,
                                                                        std::string port,
                                                                        Deadline deadline);

}  // namespace net_io
