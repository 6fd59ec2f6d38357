#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "net/deadline.hpp"
#include "net/http.hpp"
#include "net/task.hpp"
#include "net/tls.hpp"

namespace net_io {

/// https://host[:port][/prefix]; `invalid` otherwise.
base::Result<Endpoint> parse_endpoint(std::string_view url);

struct HttpClientOptions {
  std::size_t idle_connections = 8;
  std::chrono::milliseconds idle_time{
      60'000};  ///< ours closes first: API servers keep idle ones longer
  std::chrono::milliseconds connect_timeout{10'000};  ///< DNS, TCP and TLS together
  std::size_t response_limit = 64u << 20;             ///< larger answers are an error, not memory
  bool plain_http = false;                            ///< tests, and metrics of Pods
};

/// Asked when a connection is there, right before the first byte of a request goes out: false ends
/// the exchange as `cancelled`, and nothing was sent. Empty: always true.
using MaySend = std::function<bool()>;

/// A response whose body arrives piece by piece. Destroying it closes its connection.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  /// The next bytes; empty at the proper end. `transient` on timeout (no byte by `deadline`),
  /// reset, or a body that ends early; the stream is of no use afterwards.
  virtual Task<base::Result<std::string>> read_some(Deadline deadline) = 0;
};

/// HTTP/1.1 client for one server with a pool of kept connections. One loop, one thread. Never
/// follows a redirect, reads no proxy environment. A request is sent at most once, except that a
/// GET whose reused connection turns out to be closed before any byte of an answer is sent again on
/// a new one. Errors: `transient` for DNS, dial, TLS verification ("certificate verify failed: ..."
/// in the text), timeouts, resets, and answers that are no HTTP; `cancelled` when the task was
/// cancelled. Any status is a Response.
class HttpClient {
 public:
  HttpClient(Executor executor, Endpoint server, ClientTls tls, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) = delete;

  Task<base::Result<HttpResponse>> send(HttpRequest request, Deadline deadline,
                                        MaySend may_send = {});
  /// Gives the stream when the header has arrived.
  Task<base::Result<std::unique_ptr<HttpStream>>> open(HttpRequest request,
                                                       Deadline header_deadline);

  /// New connections use `tls`; kept idle ones are closed, those in use end with their exchange.
  void replace_tls(ClientTls tls);
  /// The Date header of the last answer against the local wall clock then: positive when the server
  /// is ahead.
  std::optional<std::chrono::milliseconds> server_clock_skew() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace net_io
