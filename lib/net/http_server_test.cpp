#include "net/http_server.hpp"

#include "net/test_net.hpp"

namespace net_io {
namespace {

using base::Error;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Task<HttpResponse> echo(ServerRequest request) {
  if (request.http.target == "/bug") throw std::runtime_error("a bug in the handler");
  if (request.http.target == "/slow") co_await sleep_for(milliseconds(30));
  HttpResponse response;
  response.status = 200;
  response.headers.emplace_back("X-Who", request.peer_subject);
  response.body = request.http.method + " " + std::to_string(request.http.body.size());
  co_return response;
}

struct Bugs {
  std::vector<std::string> seen;
};

struct Lab {
  explicit Lab(const Executor& executor, HttpServerOptions options = {}, bool tls = false)
      : bugs(std::make_shared<Bugs>()), server(executor, at_home(options), echo, noting(bugs)) {
    if (tls) EXPECT_TRUE(server.set_tls(authority.server()));
    EXPECT_TRUE(server.listen());
  }
  static HttpServerOptions at_home(HttpServerOptions options) {
    options.address = "127.0.0.1";
    return options;
  }
  static std::function<void(const char*)> noting(std::shared_ptr<Bugs> bugs) {
    return [bugs](const char* what) { bugs->seen.emplace_back(what); };
  }
  std::uint16_t port() const { return server.port(); }

  TestAuthority authority;
  std::shared_ptr<Bugs> bugs;
  HttpServer server;
};

HttpRequest post(std::string body, std::string target = "/") {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

HttpServerOptions with_body_limit(std::size_t limit) {
  HttpServerOptions options;
  options.body_limit = limit;
  return options;
}

NET_TEST(HttpServer, AnswersOnKeptConnections) {
  Lab lab(executor);
  HttpClient client(executor, loopback(lab.port()), {}, plain());
  for (int i = 0; i < 3; ++i) {
    auto answer = co_await client.send(post("abc"), soon());
    CO_ASSERT(answer, answer.error().what);
    EXPECT_EQ(answer->body, "POST 3");
    EXPECT_EQ(header(answer->headers, "Connection"), "");
  }
  EXPECT_EQ(lab.server.stats().accepted, 1u);
  EXPECT_EQ(lab.server.stats().requests, 3u);
  EXPECT_EQ(lab.server.stats().open, 1u);
  CO_ASSERT(client.server_clock_skew());
  EXPECT_LT(std::chrono::abs(*client.server_clock_skew()), milliseconds(2'000));
}

NET_TEST(HttpServer, TakesABodyOfExactlyTheLimitAndNotOneByteMore) {
  // Above and below what one read takes.
  for (std::size_t limit : {100u, 1u << 20}) {
    Lab lab(executor, with_body_limit(limit));
    HttpClient client(executor, loopback(lab.port()), {}, plain());
    auto exact = co_await client.send(post(std::string(limit, 'x')), soon());
    CO_ASSERT(exact, exact.error().what);
    EXPECT_EQ(exact->body, "POST " + std::to_string(limit));
    auto more = co_await client.send(post(std::string(limit + 1, 'x')), soon());
    CO_ASSERT(more, more.error().what);
    EXPECT_EQ(more->status, 413);
    EXPECT_EQ(header(more->headers, "Connection"), "close");
  }
}

NET_TEST(HttpServer, LetsAClientSeeThe413OfABodyItIsStillSending) {
  Lab lab(executor, with_body_limit(1000), true);
  HttpClient client(executor, loopback(lab.port()), lab.authority.client());
  auto answer = co_await client.send(post(std::string(16u << 20, 'x')), soon());
  CO_ASSERT(answer, answer.error().what);
  EXPECT_EQ(answer->status, 413);
}

NET_TEST(HttpServer, CountsChunkedBodiesToo) {
  Lab lab(executor, with_body_limit(10));
  std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  auto exact = co_await say(lab.port(), head + "6\r\nabcdef\r\n4\r\nghij\r\n0\r\n\r\n");
  EXPECT_THAT(exact, EndsWith("POST 10"));
  auto more = co_await say(lab.port(), head + "6\r\nabcdef\r\n5\r\nghijk\r\n0\r\n\r\n");
  EXPECT_THAT(more, StartsWith("HTTP/1.1 413 "));
}

struct Refused {
  const char* wire;
  const char* status;
};
constexpr Refused kRefused[] = {
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n",
     "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
     "4\r\n\r\n0\r\n\r\n",
     "400"},
    {"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", "501"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n", "400"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
    {"GET / HTTP/1.1\r\n\r\n", "400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
    {"GET / HTTP/1.1\r\nHost: a\r\nBad\x01Name: b\r\n\r\n", "400"},
    {"GET / HTTP/1.1\nHost: a\n\n", "505"},
    {"POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", "417"},
    {"\x16\x03\x01\x02\x00 TLS on a plain port", "400"},
};

NET_TEST(HttpServer, RefusesWhatTwoReadersMayReadDifferently) {
  Lab lab(executor);
  for (const auto& refused : kRefused) {
    auto answer = co_await say(lab.port(), refused.wire);
    EXPECT_THAT(answer, StartsWith(std::string("HTTP/1.1 ") + refused.status + " "))
        << refused.wire;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << refused.wire;
  }
  EXPECT_EQ(lab.server.stats().bad_requests, std::size(kRefused));
  EXPECT_EQ(lab.server.stats().requests, 0u);
}

NET_TEST(HttpServer, RefusesHugeHeadersInOnePieceOrInMany) {
  Lab lab(executor);
  std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  auto one = co_await say(lab.port(), start + "X: " + std::string(70'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(one, StartsWith("HTTP/1.1 431 "));
  std::string many = start;
  for (int i = 0; i < 700; ++i) many += "X-Filler: " + std::string(90, 'x') + "\r\n";
  EXPECT_THAT(co_await say(lab.port(), many), StartsWith("HTTP/1.1 431 "));
  auto line = co_await say(lab.port(), "GET /" + std::string(70'000, 'x') + " HTTP/1.1\r\n");
  EXPECT_THAT(line, StartsWith("HTTP/1.1 431 "));
}

NET_TEST(HttpServer, ServesPipelinedRequestsInOrder) {
  Lab lab(executor);
  auto answers = co_await say(lab.port(),
                              "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
                              "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"
                              "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto first = answers.find("POST 1");
  auto second = answers.find("POST 2");
  CO_ASSERT(first != answers.npos && second != answers.npos, answers);
  EXPECT_LT(first, second);
  EXPECT_THAT(answers, EndsWith("Content-Length: 6\r\n\r\n"));
}

NET_TEST(HttpServer, AsksForTheBodyOfThoseWhoExpectTheQuestion) {
  Lab lab(executor, with_body_limit(10));
  auto connection = co_await raw_connect(lab.port());
  std::string head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n";
  (void)co_await connection->write(head + "Content-Length: 3\r\n\r\n", soon());
  EXPECT_EQ(co_await read_until(connection, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  (void)co_await connection->write("abc", soon());
  EXPECT_THAT(co_await read_until(connection, "POST 3"), StartsWith("HTTP/1.1 200 OK\r\n"));
  auto refused = co_await say(lab.port(), head + "Content-Length: 11\r\n\r\n");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 413 "));
}

NET_TEST(HttpServer, KeepsHttp10OnlyWhereAsked) {
  Lab lab(executor);
  auto closed = co_await say(lab.port(), "GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closed, HasSubstr("\r\nConnection: close\r\n"));
  auto connection = co_await raw_connect(lab.port());
  for (int i = 0; i < 2; ++i) {
    (void)co_await connection->write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", soon());
    auto kept = co_await read_until(connection, "GET 0");
    EXPECT_THAT(kept, HasSubstr("\r\nConnection: keep-alive\r\n"));
  }
}

NET_TEST(HttpServer, AnswersABugWithARetryableRefusal) {
  Lab lab(executor);
  HttpClient client(executor, loopback(lab.port()), {}, plain());
  auto answer = co_await client.send(post("", "/bug"), soon());
  CO_ASSERT(answer, answer.error().what);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(header(answer->headers, "Retry-After"), "1");
  EXPECT_THAT(answer->body, Not(HasSubstr("handler")));
  EXPECT_THAT(lab.bugs->seen, testing::ElementsAre("a bug in the handler"));
  EXPECT_TRUE(co_await client.send(post("x"), soon()));
  EXPECT_EQ(lab.server.stats().accepted, 1u);
}

NET_TEST(HttpServer, KeepsAnAnswersHeadersOnTheirLines) {
  auto split = [](ServerRequest) -> Task<HttpResponse> {
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("X", "a\r\nSet-Cookie: b");
    co_return response;
  };
  HttpServer server(executor, Lab::at_home({}), split, [](const char*) {});
  CO_ASSERT(server.listen());
  auto answer = co_await say(server.port(), "GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("\r\nX: a  Set-Cookie: b\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

NET_TEST(HttpServer, SaysWhyItCannotListen) {
  Lab lab(executor);
  HttpServerOptions taken = Lab::at_home({});
  taken.port = lab.port();
  HttpServer second(executor, taken, echo, [](const char*) {});
  auto listening = second.listen();
  CO_ASSERT(!listening);
  EXPECT_TRUE(listening.error().is(Error::Kind::invalid));
  EXPECT_THAT(listening.error().what, HasSubstr("Address already in use"));
}

NET_TEST(HttpServer, SharesAPortOnlyWhereBothSaySo) {
  HttpServerOptions options = Lab::at_home({});
  options.share_port = true;
  HttpServer first(executor, options, echo, [](const char*) {});
  CO_ASSERT(first.listen());
  options.port = first.port();
  HttpServer second(executor, options, echo, [](const char*) {});
  EXPECT_TRUE(second.listen());
}

}  // namespace
}  // namespace net_io
