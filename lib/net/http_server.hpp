#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/http.hpp"
#include "net/task.hpp"
#include "net/tls.hpp"

namespace net_io {

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  std::uint16_t port = 0;             ///< 0: the kernel chooses (tests)
  std::size_t body_limit = 7u << 20;  ///< exactly this many bytes are accepted; more: 413 and close
  std::size_t header_limit = 64u << 10;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds request_timeout{
      20'000};  ///< first byte of the header to last byte of the body
  std::chrono::milliseconds idle_timeout{
      125'000};  ///< longer than the API server's 90 s: it must close first
  std::chrono::milliseconds connection_age{
      0};                           ///< then `Connection: close` with the next answer; 0: no limit
  std::size_t connections = 1'024;  ///< accepting pauses at this many
  bool share_port = false;  ///< several servers, one per loop, listen on one port (SO_REUSEPORT)
};

struct ServerRequest {
  HttpRequest http;
  std::string peer;          ///< address:port
  std::string peer_subject;  ///< common name of the verified client certificate, or ""
  std::chrono::steady_clock::time_point received;
};

using Handler = std::function<Task<HttpResponse>(ServerRequest)>;

/// `overloaded`: how often accepting paused.
struct HttpServerStats {
  std::uint64_t accepted = 0, requests = 0, tls_failures = 0, bad_requests = 0, overloaded = 0;
  std::size_t open = 0;
};

/// HTTP/1.1 server, plain or TLS (>= 1.2, AEAD only, no h2 in ALPN), for one loop. Refuses
/// Transfer-Encoding together with Content-Length, Transfer-Encoding on HTTP/1.0, and several
/// Content-Length (RFC 9112 6.1). A handler that throws is a bug: 503 with Retry-After: 1, counted,
/// logged by `on_bug`.
class HttpServer {
 public:
  HttpServer(Executor executor, HttpServerOptions options, Handler handler,
             std::function<void(const char*)> on_bug);
  ~HttpServer();
  HttpServer(HttpServer&&) = delete;

  /// Before listen(): plain without, TLS with. Afterwards: new handshakes use the new certificate,
  /// open connections stay. Errors as check().
  base::Result<> set_tls(ServerTls tls);
  /// Binds and starts accepting. `invalid` where the address cannot be bound.
  base::Result<> listen();
  std::uint16_t port() const;

  /// From now on every answer carries `Connection: close`; the listener stays open, idle
  /// connections are not closed.
  void drain();
  /// drain(), then waits until no connection is open, at most `most`; then closes the listener and
  /// what is left. Cancelled: at once.
  Task<> stop(std::chrono::milliseconds most);
  HttpServerStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace net_io
