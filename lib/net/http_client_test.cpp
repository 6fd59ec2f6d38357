#include "net/http_client.hpp"

#include "net/test_net.hpp"

namespace net_io {
namespace {

using base::Error;
using std::chrono::milliseconds;
using testing::HasSubstr;

HttpRequest get(std::string target = "/") {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

HttpRequest post(std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

/// Answers each request on a connection with its number and target.
Task<> count_requests(std::shared_ptr<Connection> connection, int) {
  for (int number = 1;; ++number) {
    auto request = co_await read_until(connection, "\r\n\r\n");
    if (!request.ends_with("\r\n\r\n")) co_return;
    auto body = std::to_string(number) + " " + request.substr(0, request.find('\r'));
    auto answer = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body;
    auto sent = co_await connection->write(answer, soon());
    if (!sent) co_return;
  }
}

NET_TEST(HttpClient, KeepsItsConnection) {
  RawServer server(executor, count_requests);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto first = co_await client.send(get("/a?b=c"), soon());
  CO_ASSERT(first, first.error().what);
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(first->body, "1 GET /a?b=c HTTP/1.1");
  auto second = co_await client.send(get(), soon());
  CO_ASSERT(second, second.error().what);
  EXPECT_EQ(second->body, "2 GET / HTTP/1.1");
  EXPECT_EQ(server.accepted(), 1);
}

NET_TEST(HttpClient, ReadsTheServersClock) {
  RawServer server(executor, count_requests);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  EXPECT_EQ(client.server_clock_skew(), std::nullopt);
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(client.server_clock_skew());
  EXPECT_LT(*client.server_clock_skew(), -std::chrono::years(30));
}

NET_TEST(HttpClient, SaysWhoRefusedTheConnection) {
  std::uint16_t port = 0;
  {
    RawServer gone(executor, count_requests);
    port = gone.port();
  }
  HttpClient client(executor, loopback(port), {}, plain());
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(!answer);
  EXPECT_TRUE(answer.error().is(Error::Kind::transient));
  EXPECT_THAT(answer.error().what, HasSubstr("connecting to 127.0.0.1:"));
  EXPECT_THAT(answer.error().what, HasSubstr("Connection refused"));
}

Task<> hold_tongue(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_all(connection);
}

NET_TEST(HttpClient, GivesUpAtTheDeadline) {
  RawServer server(executor, hold_tongue);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto answer = co_await client.send(get(), Deadline::in(milliseconds(20)));
  CO_ASSERT(!answer);
  EXPECT_TRUE(answer.error().is(Error::Kind::transient));
  EXPECT_THAT(answer.error().what, HasSubstr("timed out"));
  TestAuthority authority;
  HttpClient with_tls(executor, loopback(server.port()), authority.client());
  auto no_handshake = co_await with_tls.send(get(), Deadline::in(milliseconds(20)));
  CO_ASSERT(!no_handshake);
  EXPECT_THAT(no_handshake.error().what, HasSubstr("timed out"));
}

/// Never done, and never silent for long.
Task<> answer_byte_by_byte(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  auto sent =
      co_await connection->write("HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", soon());
  while (sent) {
    co_await sleep_for(milliseconds(1));
    sent = co_await connection->write("x", soon());
  }
}

NET_TEST(HttpClient, GivesUpAtTheDeadlineThoughBytesKeepComing) {
  RawServer server(executor, answer_byte_by_byte);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto answer = co_await client.send(get(), Deadline::in(milliseconds(50)));
  CO_ASSERT(!answer);
  EXPECT_TRUE(answer.error().is(Error::Kind::transient));
  EXPECT_THAT(answer.error().what, HasSubstr("timed out"));
}

NET_TEST(HttpClient, ConnectTimeoutIsItsOwn) {
  RawServer server(executor, hold_tongue);
  TestAuthority authority;
  HttpClientOptions options;
  options.connect_timeout = milliseconds(20);
  HttpClient client(executor, loopback(server.port()), authority.client(), options);
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(!answer);
  EXPECT_THAT(answer.error().what, HasSubstr("connecting to"));
  EXPECT_THAT(answer.error().what, HasSubstr("timed out"));
}

/// The first connection serves one request and closes; later ones serve on.
Task<> close_after_first(std::shared_ptr<Connection> connection, int number) {
  if (number > 0) co_return co_await count_requests(connection, number);
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", soon());
  (void)co_await read_until(connection, "\r\n\r\n");
}

NET_TEST(HttpClient, AsksAgainWhereAKeptConnectionDiesUnderAGet) {
  RawServer server(executor, close_after_first);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  CO_ASSERT(co_await client.send(get(), soon()));
  auto second = co_await client.send(get(), soon());
  CO_ASSERT(second, second.error().what);
  EXPECT_EQ(second->body, "1 GET / HTTP/1.1");
  EXPECT_EQ(server.accepted(), 2);
}

NET_TEST(HttpClient, NeverRepeatsAPost) {
  RawServer server(executor, close_after_first);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  CO_ASSERT(co_await client.send(get(), soon()));
  auto second = co_await client.send(post("x"), soon());
  CO_ASSERT(!second);
  EXPECT_TRUE(second.error().is(Error::Kind::transient));
  EXPECT_EQ(server.accepted(), 1);
}

Task<> answer_and_close(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", soon());
}

NET_TEST(HttpClient, NoticesThatAKeptConnectionWasClosed) {
  RawServer server(executor, answer_and_close);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  CO_ASSERT(co_await client.send(post("1"), soon()));
  co_await sleep_for(milliseconds(5));
  auto second = co_await client.send(post("2"), soon());
  CO_ASSERT(second, second.error().what);
  EXPECT_EQ(server.accepted(), 2);
}

/// What the server says to any request, and what the client makes of it.
struct BadAnswer {
  const char* wire;
  const char* error;
};
constexpr BadAnswer kBadAnswers[] = {
    {"<html><body>hello</body></html>", "the answer is no HTTP"},
    {"SSH-2.0-OpenSSH\r\n", "the answer is no HTTP"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "the answer ends early"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "the answer ends early"},
    {"HTTP/1.1 200 OK\r\nX: ", "the answer ends early"},
    {"", "the server closed without an answer"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "no HTTP"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", "larger than allowed"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", "larger than allowed"},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "switched protocols"},
};

Task<> answer_badly(std::shared_ptr<Connection> connection, int number) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write(kBadAnswers[number].wire, soon());
}

NET_TEST(HttpClient, MakesTransientErrorsOfBadAnswers) {
  RawServer server(executor, answer_badly);
  auto options = plain();
  options.response_limit = 1000;
  HttpClient client(executor, loopback(server.port()), {}, options);
  for (const auto& bad : kBadAnswers) {
    auto answer = co_await client.send(get(), soon());
    CO_ASSERT(!answer, bad.wire);
    EXPECT_TRUE(answer.error().is(Error::Kind::transient));
    EXPECT_THAT(answer.error().what, HasSubstr(bad.error)) << bad.wire;
  }
}

Task<> huge_header(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
  (void)co_await connection->write("HTTP/1.1 200 OK\r\n", soon());
  for (auto sent = base::Result<>(); sent;) sent = co_await connection->write(line, soon());
}

NET_TEST(HttpClient, HasALimitForHeaders) {
  RawServer server(executor, huge_header);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(!answer);
  EXPECT_THAT(answer.error().what, HasSubstr("the answer is no HTTP: header limit exceeded"));
}

constexpr const char* kGoodAnswers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.0 200 OK\r\n\r\nhello",
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
};

Task<> answer_well(std::shared_ptr<Connection> connection, int number) {
  (void)co_await read_until(connection, "\r\n\r\n");
  // One byte at a time: framing must not depend on how bytes are grouped.
  for (std::string_view rest = kGoodAnswers[number]; !rest.empty(); rest.remove_prefix(1)) {
    (void)co_await connection->write(rest.substr(0, 1), soon());
    co_await sleep_for(milliseconds(0));
  }
}

NET_TEST(HttpClient, ReadsEveryFraming) {
  RawServer server(executor, answer_well);
  HttpClientOptions options = plain();
  options.idle_connections = 0;
  HttpClient client(executor, loopback(server.port()), {}, options);
  for (const auto* good : kGoodAnswers) {
    auto answer = co_await client.send(get(), soon());
    CO_ASSERT(answer, good << ": " << answer.error().what);
    EXPECT_EQ(answer->status, 200) << good;
    EXPECT_EQ(answer->body, "hello") << good;
  }
}

NET_TEST(HttpClient, DoesNotFollowRedirects) {
  RawServer server(executor, [](std::shared_ptr<Connection> connection, int) -> Task<> {
    (void)co_await read_until(connection, "\r\n\r\n");
    (void)co_await connection->write(
        "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", soon());
  });
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(header(answer->headers, "location"), "/x");
}

NET_TEST(HttpClient, RefusesToSendWhatWouldBreakOutOfItsLine) {
  HttpClient client(executor, loopback(1), {}, plain());
  HttpRequest bad_header = get();
  bad_header.headers.emplace_back("X", "a\r\nHost: b");
  HttpRequest bad_method = get();
  bad_method.method = "GET / HTTP/1.1\r\n";
  for (const auto& bad : {bad_header, bad_method, get("/a b"), get("a"), get("/\r\n")}) {
    auto answer = co_await client.send(bad, soon());
    CO_ASSERT(!answer);
    EXPECT_TRUE(answer.error().is(Error::Kind::invalid)) << answer.error().what;
  }
}

}  // namespace
}  // namespace net_io
