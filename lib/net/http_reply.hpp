#pragma once

// Private to lib/net: one exchange of a client on one connection.

#include <memory>
#include <string>

#include "net/connection.hpp"
#include "net/http_parser.hpp"
#include "net/input_buffer.hpp"

namespace net_io {

/// Request line, header and body. `invalid` where a part would break out of its line.
base::Result<std::string> to_wire(const HttpRequest& request, std::string_view path_prefix,
                                  std::string_view host);

class HttpReply {
 public:
  HttpReply(std::shared_ptr<Connection> connection, std::size_t body_limit, bool without_body)
      : connection_(std::move(connection)), body_limit_(body_limit), without_body_(without_body) {}

  /// Sends `wire`, which must live until the answer, and reads the header of the answer; skips 1xx.
  Task<base::Result<>> ask(std::string_view wire, Deadline deadline);
  /// Reads on: at least one step ahead, until is_done().
  Task<base::Result<>> read_more(Deadline deadline);

  bool is_done() const { return parser_->is_done(); }
  bool is_untouched() const { return !touched_; }  ///< no byte of an answer has come
  bool can_keep_connection() const;
  MessageHead& head() { return parser_->head(); }
  std::string& body() { return parser_->body(); }
  const std::shared_ptr<Connection>& connection() const { return connection_; }

 private:
  base::Result<std::size_t> feed();
  Task<base::Result<>> receive(Deadline deadline);
  void expect_message();

  std::shared_ptr<Connection> connection_;
  std::size_t body_limit_;
  bool without_body_;
  bool touched_ = false;
  InputBuffer input_;
  std::unique_ptr<HttpParser> parser_;
};

}  // namespace net_io
