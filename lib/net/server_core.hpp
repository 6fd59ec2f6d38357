#pragma once

// Private to lib/net: what all connections of a server share.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/connection.hpp"
#include "net/http_server.hpp"
#include "net/tls_context.hpp"

namespace net_io {

/// What new handshakes present and ask for; replaced as a whole.
struct ServerIdentity {
  SslContext context;
  std::vector<std::string> allowed_subjects;
};

struct ServerCore {
  HttpServerOptions options;
  Handler handler;
  std::function<void(const char*)> on_bug;
  std::shared_ptr<const ServerIdentity> identity;  ///< nullptr: plain
  HttpServerStats stats;
  bool draining = false;

  /// The Date header's value, formatted once a second.
  std::string_view date();

 private:
  std::chrono::sys_seconds date_at_{};
  std::string date_;
};

/// How an answer is put on the wire.
struct AnswerForm {
  bool closes = false;
  bool is_http_10 = false;
  bool without_body = false;  ///< HEAD
};
/// Replaces `wire`. Content-Length, Date and Connection are ours; line breaks in fields become
/// spaces.
void write_answer(std::string& wire, const HttpResponse& response, std::string_view date,
                  AnswerForm form);

/// What a connection may do.
struct Stay {
  std::chrono::steady_clock::time_point old_at;  ///< the first answer from then on closes it
  bool keeps_buffers = false;
};

/// Serves one connection until it ends.
Task<> serve(std::shared_ptr<ServerCore> core, std::shared_ptr<Connection> connection, Stay stay);

}  // namespace net_io
