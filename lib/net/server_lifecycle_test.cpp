#include "net/test_net.hpp"

namespace net_io {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Task<HttpResponse> greet(ServerRequest request) {
  if (request.http.target == "/slow") co_await sleep_for(milliseconds(30));
  if (request.http.target == "/forever") co_await sleep_for(std::chrono::hours(1));
  HttpResponse response;
  response.status = 200;
  response.body = "hello " + request.peer_subject;
  if (request.http.target == "/large") response.body.assign(2u << 20, 'x');
  co_return response;
}

std::unique_ptr<HttpServer> serve_at_home(const Executor& executor, HttpServerOptions options,
                                          const ServerTls* tls = nullptr) {
  options.address = "127.0.0.1";
  auto fail = [](const char* bug) { ADD_FAILURE() << bug; };
  auto server = std::make_unique<HttpServer>(executor, options, greet, fail);
  if (tls) EXPECT_TRUE(server->set_tls(*tls));
  EXPECT_TRUE(server->listen());
  return server;
}

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kLastGet = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
constexpr const char* kSlowGet = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";

/// Waits until so many requests have come.
Task<> until_asked(std::uint64_t times, HttpServer* server) {
  const auto deadline = soon();
  while (server->stats().requests < times && !deadline.is_over())
    co_await sleep_for(milliseconds(1));
  EXPECT_GE(server->stats().requests, times) << "requests did not arrive";
}

HttpRequest get(std::string target = "/") {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

NET_TEST(HttpServerTime, EndsSlowHeadersWith408) {
  HttpServerOptions options;
  options.header_timeout = milliseconds(20);
  auto server = serve_at_home(executor, options);
  auto answer = co_await say(server->port(), "GET / HTTP/1.1\r\nHo");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(server->stats().bad_requests, 1u);
}

NET_TEST(HttpServerTime, EndsSlowlorisThoughBytesKeepComing) {
  HttpServerOptions options;
  options.header_timeout = milliseconds(30);
  auto server = serve_at_home(executor, options);
  auto connection = co_await raw_connect(server->port());
  auto began = std::chrono::steady_clock::now();
  auto sent = co_await connection->write("GET / HTTP/1.1\r\n", soon());
  while (sent && server->stats().bad_requests == 0 && !Deadline::at(began + kTestTime).is_over()) {
    co_await sleep_for(milliseconds(2));
    sent = co_await connection->write("X: y\r\n", soon());
  }
  EXPECT_EQ(server->stats().bad_requests, 1u);
  EXPECT_THAT(co_await read_all(connection), StartsWith("HTTP/1.1 408 "));
}

NET_TEST(HttpServerTime, EndsSlowBodiesWith408) {
  HttpServerOptions options;
  options.request_timeout = milliseconds(20);
  auto server = serve_at_home(executor, options);
  for (const char* framing :
       {"Content-Length: 1000000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    auto answer =
        co_await say(server->port(), std::string("POST / HTTP/1.1\r\nHost: x\r\n") + framing);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 ")) << framing;
  }
}

NET_TEST(HttpServerTime, LeavesIdleConnectionsUntilTheIdleTime) {
  HttpServerOptions options;
  options.header_timeout = milliseconds(10);
  options.request_timeout = milliseconds(10);
  options.idle_timeout = milliseconds(60);
  auto server = serve_at_home(executor, options);
  auto fresh = co_await raw_connect(server->port());
  auto used = co_await raw_connect(server->port());
  (void)co_await used->write(kGet, soon());
  EXPECT_THAT(co_await read_until(used, "hello "), StartsWith("HTTP/1.1 200 "));
  auto began = std::chrono::steady_clock::now();
  // Closed without a word: there is no request to answer.
  EXPECT_EQ(co_await read_all(fresh), "");
  EXPECT_EQ(co_await read_all(used), "");
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(30));
}

NET_TEST(HttpServerTime, EndsTheHandshakeOfThoseWhoSayNothing) {
  TestAuthority authority;
  auto tls = authority.server();
  HttpServerOptions options;
  options.header_timeout = milliseconds(20);
  auto server = serve_at_home(executor, options, &tls);
  EXPECT_EQ(co_await say(server->port(), ""), "");
  EXPECT_EQ(server->stats().tls_failures, 1u);
}

NET_TEST(HttpServerTime, AgedConnectionsEndWithTheirNextAnswer) {
  HttpServerOptions options;
  options.connection_age = milliseconds(1);
  auto server = serve_at_home(executor, options);
  auto connection = co_await raw_connect(server->port());
  co_await sleep_for(milliseconds(3));
  (void)co_await connection->write(kGet, soon());
  EXPECT_THAT(co_await read_all(connection), HasSubstr("\r\nConnection: close\r\n"));
}

NET_TEST(Drain, EveryLaterAnswerClosesAndIdleConnectionsStay) {
  auto server = serve_at_home(executor, {});
  auto under_way = co_await raw_connect(server->port());
  auto idle = co_await raw_connect(server->port());
  (void)co_await idle->write(kGet, soon());
  EXPECT_THAT(co_await read_until(idle, "hello "), Not(HasSubstr("Connection: close")));
  (void)co_await under_way->write(kSlowGet, soon());
  co_await until_asked(2, server.get());

  server->drain();
  EXPECT_THAT(co_await read_all(under_way), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(server->stats().open, 2u);  // under_way: not yet closed by its client
  under_way = nullptr;
  co_await sleep_for(milliseconds(20));
  EXPECT_TRUE(idle->is_idle_and_open());
  (void)co_await idle->write(kGet, soon());
  EXPECT_THAT(co_await read_all(idle), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(co_await say(server->port(), kGet), HasSubstr("\r\nConnection: close\r\n"));
}

Task<> stop_and_note(HttpServer* server, milliseconds most, bool* stopped) {
  co_await server->stop(most);
  *stopped = true;
}

NET_TEST(Drain, StopWaitsForTheLastConnection) {
  auto server = serve_at_home(executor, {});
  auto port = server->port();
  auto idle = co_await raw_connect(port);
  (void)co_await idle->write(kGet, soon());
  (void)co_await read_until(idle, "hello ");
  bool stopped = false;
  TaskGroup group(executor, [](const char* bug) { ADD_FAILURE() << bug; });
  group.spawn(stop_and_note(server.get(), kTestTime, &stopped));
  co_await sleep_for(milliseconds(10));
  EXPECT_FALSE(stopped);
  EXPECT_THAT(co_await say(port, kGet), StartsWith("HTTP/1.1 200 "));  // the listener is open
  EXPECT_FALSE(stopped);
  idle = nullptr;
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_TRUE(stopped);
  EXPECT_EQ(co_await raw_connect(port), nullptr);
}

NET_TEST(Drain, StopEndsAtItsBoundWithHandlersStillRunning) {
  auto server = serve_at_home(executor, {});
  auto connection = co_await raw_connect(server->port());
  (void)co_await connection->write("GET /forever HTTP/1.1\r\nHost: x\r\n\r\n", soon());
  co_await until_asked(1, server.get());
  co_await server->stop(milliseconds(10));
  EXPECT_EQ(server->stats().open, 0u);
}

NET_TEST(Drain, AServerMayDieWithRequestsUnderWay) {
  auto server = serve_at_home(executor, {});
  HttpClient client(executor, loopback(server->port()), {}, plain());
  TaskGroup group(executor, [](const char* bug) { ADD_FAILURE() << bug; });
  auto connection = co_await raw_connect(server->port());
  (void)co_await connection->write("GET /forever HTTP/1.1\r\nHost: x\r\n\r\n", soon());
  co_await until_asked(1, server.get());
  server = nullptr;
  EXPECT_EQ(co_await read_all(connection), "");
}

NET_TEST(HttpServerLimits, AcceptingPausesAtTheCapAndNobodyIsReset) {
  HttpServerOptions options;
  options.connections = 2;
  auto server = serve_at_home(executor, options);
  auto first = co_await raw_connect(server->port());
  auto second = co_await raw_connect(server->port());
  (void)co_await second->write(kGet, soon());
  EXPECT_THAT(co_await read_until(second, "hello "), StartsWith("HTTP/1.1 200 "));
  auto third = co_await raw_connect(server->port());  // into the backlog
  CO_ASSERT(third);
  (void)co_await third->write(kGet, soon());
  co_await sleep_for(milliseconds(10));
  EXPECT_EQ(server->stats().open, 2u);
  EXPECT_EQ(server->stats().overloaded, 1u);
  first = nullptr;
  EXPECT_THAT(co_await read_until(third, "hello "), StartsWith("HTTP/1.1 200 "));
}

NET_TEST(HttpServerTls, NewHandshakesGetTheNewCertificateAndOldConnectionsStay) {
  TestAuthority old_authority("old CA"), new_authority("new CA");
  auto old_tls = old_authority.server();
  auto server = serve_at_home(executor, {}, &old_tls);
  HttpClient old_client(executor, loopback(server->port()), old_authority.client());
  HttpClient new_client(executor, loopback(server->port()), new_authority.client());
  EXPECT_TRUE(co_await old_client.send(get(), soon()));
  EXPECT_FALSE(co_await new_client.send(get(), soon()));

  EXPECT_TRUE(server->set_tls(new_authority.server()));
  EXPECT_TRUE(co_await new_client.send(get(), soon()));
  EXPECT_TRUE(co_await old_client.send(get(), soon()));  // on its kept connection
  EXPECT_EQ(server->stats().accepted, 3u);
  auto fresh = old_authority.client();
  EXPECT_EQ(co_await raw_connect(server->port(), &fresh), nullptr);
}

NET_TEST(HttpServerTls, KeepsTheOldCertificateWhereTheNewOneIsBroken) {
  TestAuthority authority;
  auto tls = authority.server();
  auto server = serve_at_home(executor, {}, &tls);
  auto broken = authority.server();
  broken.key_pem = tls.key_pem;
  EXPECT_FALSE(server->set_tls(broken));
  HttpClient client(executor, loopback(server->port()), authority.client());
  EXPECT_TRUE(co_await client.send(get(), soon()));
}

NET_TEST(HttpServerTls, AnswersOfManyRecordsArriveWholeThoughTheirReaderIsSlow) {
  TestAuthority authority;
  auto tls = authority.server();
  auto server = serve_at_home(executor, {}, &tls);
  auto client = authority.client();
  auto connection = co_await raw_connect(server->port(), &client);
  CO_ASSERT(connection);
  (void)co_await connection->write("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", soon());
  co_await until_asked(1, server.get());  // by now more was written than a socket holds
  (void)co_await connection->write(kLastGet, soon());
  auto answers = co_await read_all(connection);
  EXPECT_EQ(std::ranges::count(answers, 'x'), 2 << 20);
  EXPECT_THAT(answers.substr(answers.size() - 300), HasSubstr("\r\n\r\nhello "));
}

NET_TEST(HttpServerTls, ReadsARequestThatCameTogetherWithTheOneBefore) {
  TestAuthority authority;
  auto tls = authority.server();
  auto server = serve_at_home(executor, {}, &tls);
  auto client = authority.client();
  auto connection = co_await raw_connect(server->port(), &client);
  CO_ASSERT(connection);
  (void)co_await connection->write(kGet, soon());  // each a record of its own
  (void)co_await connection->write(kLastGet, soon());
  auto answers = co_await read_all(connection);
  EXPECT_EQ(server->stats().requests, 2u);
  EXPECT_NE(answers.find("hello "), answers.rfind("hello "));
}

NET_TEST(HttpServerTls, ServesConnectionsThatKeepTheirBuffersAndThoseThatDoNot) {
  TestAuthority authority;
  auto tls = authority.server();
  auto server = serve_at_home(executor, {}, &tls);
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 70; ++i) {
    clients.push_back(
        std::make_unique<HttpClient>(executor, loopback(server->port()), authority.client()));
  }
  for (int round = 0; round < 2; ++round) {
    for (const auto& client : clients) EXPECT_TRUE(co_await client->send(get(), soon()));
  }
  EXPECT_EQ(server->stats().accepted, 70u);
  EXPECT_EQ(server->stats().requests, 140u);
}

NET_TEST(HttpServerTls, ClientCertificates) {
  TestAuthority authority, callers("callers' CA");
  auto tls = authority.server();
  tls.client_ca_pem = callers.ca_pem();
  tls.allowed_subjects = {"kube-apiserver"};
  auto server = serve_at_home(executor, {}, &tls);
  auto as = [&](const TestAuthority& by, const std::string& name) {
    auto client = by.client_as(name);
    client.ca_pem = authority.ca_pem();
    return client;
  };
  HttpClient allowed(executor, loopback(server->port()), as(callers, "kube-apiserver"));
  auto answer = co_await allowed.send(get(), soon());
  CO_ASSERT(answer, answer.error().what);
  EXPECT_EQ(answer->body, "hello kube-apiserver");
  HttpClient other_name(executor, loopback(server->port()), as(callers, "somebody"));
  EXPECT_FALSE(co_await other_name.send(get(), soon()));
  HttpClient other_ca(executor, loopback(server->port()), as(authority, "kube-apiserver"));
  EXPECT_FALSE(co_await other_ca.send(get(), soon()));
  HttpClient nobody(executor, loopback(server->port()), authority.client());
  EXPECT_FALSE(co_await nobody.send(get(), soon()));
  EXPECT_EQ(server->stats().requests, 1u);
  EXPECT_EQ(server->stats().tls_failures, 3u);
}

}  // namespace
}  // namespace net_io
