#pragma once

// For tests: coroutines as test bodies, and peers that say exactly what the test tells them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/connection.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/test_authority.hpp"

namespace net_io {

inline Task<int> as_test(Task<> body) {
  co_await std::move(body);
  co_return 0;
}

/// The body is a coroutine and has `executor`.
#define NET_TEST(suite, name)                                \
  static Task<> suite##_##name(Executor executor);           \
  TEST(suite, name) {                                        \
    Loop loop;                                               \
    run(loop, as_test(suite##_##name(loop.get_executor()))); \
  }                                                          \
  static Task<> suite##_##name([[maybe_unused]] Executor executor)

#define CO_ASSERT(condition, ...)                           \
  if (!(condition)) {                                       \
    ADD_FAILURE() << #condition __VA_OPT__(<<) __VA_ARGS__; \
    co_return;                                              \
  }

constexpr std::chrono::milliseconds kTestTime(5'000);
inline Deadline soon() { return Deadline::in(kTestTime); }

/// A peer played by a function, one call per connection.
class RawServer {
 public:
  using Play = Task<> (*)(std::shared_ptr<Connection>, int number);
  RawServer(Executor executor, Play play);
  ~RawServer();
  RawServer(RawServer&&) = delete;
  std::uint16_t port() const;
  int accepted() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Reads until `end` has come; what came, or what there is when the peer closes.
Task<std::string> read_until(std::shared_ptr<Connection> connection, std::string end);
Task<std::string> read_all(std::shared_ptr<Connection> connection);

/// A connection to the loopback, with TLS where `tls` is given. nullptr where that fails.
Task<std::shared_ptr<Connection>> raw_connect(std::uint16_t port, const ClientTls* tls = nullptr);
/// Sends bytes on a new plain connection and gives all that comes back.
Task<std::string> say(std::uint16_t port, std::string bytes);

Endpoint loopback(std::uint16_t port, std::string host = "127.0.0.1");
HttpClientOptions plain();

}  // namespace net_io
