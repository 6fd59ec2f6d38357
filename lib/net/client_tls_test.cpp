#include "net/test_net.hpp"

namespace net_io {
namespace {

using base::Error;
using std::chrono::milliseconds;
using testing::HasSubstr;

Task<HttpResponse> greet(ServerRequest) {
  HttpResponse response;
  response.status = 200;
  response.body = "hello";
  co_return response;
}

std::unique_ptr<HttpServer> serve_tls(const Executor& executor, const ServerTls& tls) {
  HttpServerOptions options;
  options.address = "127.0.0.1";
  auto fail = [](const char* bug) { ADD_FAILURE() << bug; };
  auto server = std::make_unique<HttpServer>(executor, options, greet, fail);
  EXPECT_TRUE(server->set_tls(tls));
  EXPECT_TRUE(server->listen());
  return server;
}

HttpRequest get() { return {}; }

/// The error of one GET, or "".
Task<std::string> trouble(Endpoint server, ClientTls tls) {
  auto executor = co_await boost::asio::this_coro::executor;
  HttpClient client(executor, std::move(server), std::move(tls));
  auto answer = co_await client.send(get(), soon());
  if (answer) co_return "";
  EXPECT_TRUE(answer.error().is(Error::Kind::transient) || answer.error().is(Error::Kind::invalid));
  co_return answer.error().what;
}

NET_TEST(ClientTls, VerifiesNamesAndAddresses) {
  TestAuthority authority;
  auto server = serve_tls(executor, authority.server());
  EXPECT_EQ(co_await trouble(loopback(server->port()), authority.client()), "");
  EXPECT_EQ(co_await trouble(loopback(server->port(), "localhost"), authority.client()), "");
}

NET_TEST(ClientTls, RefusesAnUnknownAuthority) {
  TestAuthority authority("one CA"), other("another CA");
  auto server = serve_tls(executor, authority.server());
  auto at = loopback(server->port());
  auto with_other = co_await trouble(at, other.client());
  EXPECT_THAT(with_other,
              HasSubstr("certificate verify failed: unable to get local issuer certificate"));
  EXPECT_THAT(with_other, HasSubstr("connecting to 127.0.0.1:"));
  EXPECT_THAT(co_await trouble(at, ClientTls()), HasSubstr("certificate verify failed: "));
}

NET_TEST(ClientTls, RefusesAnotherHostsCertificate) {
  TestAuthority authority;
  auto server = serve_tls(executor, authority.server());
  auto named = authority.client();
  named.server_name = "example.test";
  EXPECT_THAT(co_await trouble(loopback(server->port()), named),
              HasSubstr("certificate verify failed: hostname mismatch"));
  named.server_name = "10.0.0.1";
  EXPECT_THAT(co_await trouble(loopback(server->port()), named),
              HasSubstr("certificate verify failed: IP address mismatch"));
}

NET_TEST(ClientTls, ACommonNameIsNoHostName) {
  TestAuthority authority;
  auto leaf = authority.issue("localhost", "");
  ServerTls tls;
  tls.certificate_pem = leaf.certificate_pem;
  tls.key_pem = as_secret(leaf.key_pem);
  auto server = serve_tls(executor, tls);
  EXPECT_THAT(co_await trouble(loopback(server->port(), "localhost"), authority.client()),
              HasSubstr("hostname mismatch"));
}

NET_TEST(ClientTls, TrustsALeafThatIsItselfTheBundle) {
  TestAuthority authority;
  auto tls = authority.server();
  auto server = serve_tls(executor, tls);
  ClientTls pinned;
  pinned.ca_pem = tls.certificate_pem;
  EXPECT_EQ(co_await trouble(loopback(server->port()), pinned), "");
}

NET_TEST(ClientTls, SaysWhenItsOwnValuesAreBroken) {
  ClientTls broken;
  broken.ca_pem = "nonsense";
  HttpClient client(executor, loopback(1), broken);
  auto answer = co_await client.send(get(), soon());
  CO_ASSERT(!answer);
  EXPECT_TRUE(answer.error().is(Error::Kind::invalid));
  EXPECT_THAT(answer.error().what, HasSubstr("reading the CA certificates"));
}

NET_TEST(ClientTls, SaysWhenTheServerSpeaksNoTls) {
  RawServer server(executor, [](std::shared_ptr<Connection> connection, int) -> Task<> {
    (void)co_await connection->write("HTTP/1.1 400 Bad Request\r\n\r\n", soon());
    (void)co_await read_all(connection);
  });
  TestAuthority authority;
  EXPECT_THAT(co_await trouble(loopback(server.port()), authority.client()),
              HasSubstr("TLS handshake: wrong version number"));
}

NET_TEST(ClientTls, ReplacingLeavesAnExchangeUnderWayAlone) {
  TestAuthority authority("one CA"), other("another CA");
  auto server = serve_tls(executor, authority.server());
  HttpClient client(executor, loopback(server->port()), authority.client());
  auto stream = co_await client.open(get(), soon());
  CO_ASSERT(stream, stream.error().what);
  EXPECT_TRUE(co_await client.send(get(), soon()));
  client.replace_tls(other.client());
  auto rest = co_await (*stream)->read_some(soon());
  CO_ASSERT(rest, rest.error().what);
  EXPECT_EQ(*rest, "hello");
  auto untrusted = co_await client.send(get(), soon());
  CO_ASSERT(!untrusted);
  EXPECT_THAT(untrusted.error().what, HasSubstr("certificate verify failed"));
  client.replace_tls(authority.client());
  EXPECT_TRUE(co_await client.send(get(), soon()));
}

}  // namespace
}  // namespace net_io
