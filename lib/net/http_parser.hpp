#pragma once

// Private to lib/net: HTTP/1.1 messages from bytes, without Beast's headers.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/http.hpp"

namespace net_io {

/// What a header says.
struct MessageHead {
  std::string method, target;  ///< requests
  int status = 0;              ///< responses
  int version = 11;            ///< 10 or 11
  Headers headers;
  bool keep_alive = false;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

/// One message. Errors are `invalid`; `code` is the status a server answers them with (400, 413,
/// 431, 501, 505).
class HttpParser {
 public:
  virtual ~HttpParser() = default;

  /// Uses up what it can of `bytes`, which must begin with what the last call left. Stops behind
  /// the header until read_body(), and at the end of the message.
  virtual base::Result<std::size_t> put(std::string_view bytes) = 0;
  /// The connection has ended: an error unless that is the end of the message.
  virtual base::Result<> put_end() = 0;
  /// From now on put() goes on to the body.
  virtual void read_body() = 0;
  virtual bool is_header_done() const = 0;
  virtual bool is_done() const = 0;

  MessageHead& head() { return head_; }
  /// The body so far, without its framing; the reader may take bytes out.
  std::string& body() { return body_; }

 protected:
  MessageHead head_;
  std::string body_;
};

/// Refuses what makes two readers see two requests: Transfer-Encoding together with Content-Length
/// or on HTTP/1.0 or other than `chunked`, a Content-Length that is repeated or no number, and a
/// missing or repeated Host.
std::unique_ptr<HttpParser> make_request_parser(std::size_t header_limit, std::size_t body_limit);
/// `without_body`: the answer to HEAD.
std::unique_ptr<HttpParser> make_response_parser(std::size_t header_limit, std::size_t body_limit,
                                                 bool without_body);

/// "Not Found" for 404.
std::string_view reason_phrase(int status);

}  // namespace net_io
