#include "net/test_net.hpp"

namespace net_io {
namespace {

using base::Error;
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

HttpRequest get() { return {}; }

void unexpected(const char* bug) { ADD_FAILURE() << bug; }

constexpr const char* kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Task<> send_two_events(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write(kChunked, soon());
  (void)co_await connection->write("4\r\none\n\r\n", soon());
  co_await sleep_for(milliseconds(10));
  (void)co_await connection->write("4\r\ntwo\n\r\n", soon());
  co_await sleep_for(milliseconds(10));
  (void)co_await connection->write("0\r\n\r\n", soon());
  (void)co_await read_all(connection);
}

NET_TEST(HttpStream, GivesEachEventWhenItArrives) {
  RawServer server(executor, send_two_events);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto stream = co_await client.open(get(), soon());
  CO_ASSERT(stream, stream.error().what);
  EXPECT_EQ((*stream)->status(), 200);
  EXPECT_EQ(header((*stream)->headers(), "transfer-encoding"), "chunked");
  for (const char* event : {"one\n", "two\n", "", ""}) {
    auto got = co_await (*stream)->read_some(soon());
    CO_ASSERT(got, got.error().what);
    EXPECT_EQ(*got, event);
  }
}

/// Header and one event, then silence.
Task<> fall_silent(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write(kChunked, soon());
  (void)co_await connection->write("4\r\none\n\r\n", soon());
  (void)co_await read_all(connection);
}

NET_TEST(HttpStream, TimesOutBetweenEvents) {
  RawServer server(executor, fall_silent);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto stream = co_await client.open(get(), soon());
  CO_ASSERT(stream, stream.error().what);
  EXPECT_TRUE(co_await (*stream)->read_some(soon()));
  auto late = co_await (*stream)->read_some(Deadline::in(milliseconds(10)));
  CO_ASSERT(!late);
  EXPECT_TRUE(late.error().is(Error::Kind::transient));
  EXPECT_THAT(late.error().what, HasSubstr("timed out"));
}

Task<> cut_short(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write(kChunked, soon());
  (void)co_await connection->write("400\r\nhalf", soon());
}

NET_TEST(HttpStream, KnowsAnEndThatIsNone) {
  RawServer server(executor, cut_short);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  auto stream = co_await client.open(get(), soon());
  CO_ASSERT(stream, stream.error().what);
  auto half = co_await (*stream)->read_some(soon());
  CO_ASSERT(half);
  EXPECT_EQ(*half, "half");
  auto end = co_await (*stream)->read_some(soon());
  CO_ASSERT(!end);
  EXPECT_THAT(end.error().what, HasSubstr("ends early"));
}

NET_TEST(HttpStream, ClosesItsConnectionWhenItDies) {
  RawServer server(executor, fall_silent);
  HttpClient client(executor, loopback(server.port()), {}, plain());
  EXPECT_TRUE(co_await client.open(get(), soon()));
  EXPECT_TRUE(co_await client.open(get(), soon()));
  EXPECT_EQ(server.accepted(), 2);
}

using Outcomes = std::shared_ptr<std::vector<std::string>>;

std::string outcome(const base::Error& error) { return std::string(to_string(error.kind)); }

Task<> send_and_note(std::shared_ptr<HttpClient> client, Outcomes outcomes) {
  auto answer = co_await client->send(get(), soon());
  outcomes->push_back(answer ? std::to_string(answer->status) : outcome(answer.error()));
  answer = co_await client->send(get(), soon());
  outcomes->push_back(answer ? std::to_string(answer->status) : outcome(answer.error()));
}

Task<> watch_and_note(std::shared_ptr<HttpClient> client, Outcomes outcomes) {
  auto stream = co_await client->open(get(), soon());
  while (stream) {
    auto event = co_await (*stream)->read_some(Deadline::in(hours(1)));
    outcomes->push_back(event ? *event : outcome(event.error()));
    if (!event || event->empty()) co_return;
  }
  outcomes->push_back(outcome(stream.error()));
}

Task<> until_something_came(Outcomes outcomes) {
  const auto deadline = soon();
  while (outcomes->empty() && !deadline.is_over()) co_await sleep_for(milliseconds(1));
  EXPECT_FALSE(outcomes->empty()) << "no event of the stream";
}

Task<HttpResponse> answer_when(std::shared_ptr<Event> told) {
  co_await told->wait(kTestTime);
  co_return HttpResponse{.status = 200};
}

/// Sends until its exchange is cancelled; the server answers the first one when it is told.
struct Exchanges {
  explicit Exchanges(const Executor& executor)
      : told(std::make_shared<Event>(executor)),
        server(
            executor, {.address = "127.0.0.1"},
            [event = told](const ServerRequest&) { return answer_when(event); }, unexpected),
        group(executor, unexpected) {
    EXPECT_TRUE(server.listen());
    auto client =
        std::make_shared<HttpClient>(executor, loopback(server.port()), ClientTls(), plain());
    group.spawn(send_and_note(std::move(client), outcomes));
  }

  std::shared_ptr<Event> told;
  Outcomes outcomes = std::make_shared<std::vector<std::string>>();
  HttpServer server;
  TaskGroup group;
};

Task<> until_asked(const HttpServer* server) {
  const auto deadline = soon();
  while (server->stats().requests == 0 && !deadline.is_over()) co_await sleep_for(milliseconds(1));
  EXPECT_EQ(server->stats().requests, 1u);
}

NET_TEST(Cancellation, StopLetsAnExchangeFinishAndStartsNoOther) {
  Exchanges exchanges(executor);
  co_await until_asked(&exchanges.server);
  exchanges.group.stop();
  exchanges.told->set();
  EXPECT_TRUE(co_await exchanges.group.finished(kTestTime));
  EXPECT_THAT(*exchanges.outcomes, ElementsAre("200", "cancelled"));
}

NET_TEST(Cancellation, AbortEndsAnExchange) {
  RawServer server(executor, fall_silent);
  auto client =
      std::make_shared<HttpClient>(executor, loopback(server.port()), ClientTls(), plain());
  auto outcomes = std::make_shared<std::vector<std::string>>();
  TaskGroup group(executor, unexpected);
  group.spawn(send_and_note(client, outcomes));
  co_await sleep_for(milliseconds(5));
  group.abort();
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*outcomes, ElementsAre("cancelled", "cancelled"));
}

NET_TEST(Cancellation, StopAfterAnExchangeHasBegunStillAllowsAbort) {
  Exchanges exchanges(executor);
  co_await until_asked(&exchanges.server);
  exchanges.group.stop();
  EXPECT_FALSE(co_await exchanges.group.finished(milliseconds(10)));
  exchanges.group.abort();
  EXPECT_TRUE(co_await exchanges.group.finished(kTestTime));
  EXPECT_THAT(*exchanges.outcomes, ElementsAre("cancelled", "cancelled"));
}

NET_TEST(Cancellation, StopEndsAStreamAtOnce) {
  RawServer server(executor, fall_silent);
  auto client =
      std::make_shared<HttpClient>(executor, loopback(server.port()), ClientTls(), plain());
  auto outcomes = std::make_shared<std::vector<std::string>>();
  TaskGroup group(executor, unexpected);
  group.spawn(watch_and_note(client, outcomes));
  co_await until_something_came(outcomes);
  group.stop();
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*outcomes, ElementsAre("one\n", "cancelled"));
}

Task<> say_nothing(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_all(connection);
}

NET_TEST(Cancellation, StopEndsAHandshakeAtOnce) {
  RawServer server(executor, say_nothing);
  auto client = std::make_shared<HttpClient>(executor, loopback(server.port()), ClientTls());
  auto outcomes = std::make_shared<std::vector<std::string>>();
  TaskGroup group(executor, unexpected);
  group.spawn(send_and_note(client, outcomes));
  co_await sleep_for(milliseconds(5));
  group.stop();
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*outcomes, ElementsAre("cancelled", "cancelled"));
}

Task<> send_raw_and_note(HttpClient* client, Outcomes outcomes) {
  auto answer = co_await client->send(get(), soon());
  outcomes->push_back(answer ? std::to_string(answer->status) : outcome(answer.error()));
}

Task<> watch_raw_and_note(HttpClient* client, Outcomes outcomes) {
  auto stream = co_await client->open(get(), soon());
  if (!stream) co_return;
  for (base::Result<std::string> event = "first"; event;) {
    event = co_await (*stream)->read_some(soon());
    outcomes->push_back(event ? *event : outcome(event.error()));
  }
}

NET_TEST(Cancellation, AClientMayDieWithRequestsUnderWay) {
  RawServer server(executor, fall_silent);
  auto client =
      std::make_unique<HttpClient>(executor, loopback(server.port()), ClientTls(), plain());
  auto outcomes = std::make_shared<std::vector<std::string>>();
  TaskGroup group(executor, unexpected);
  group.spawn(send_raw_and_note(client.get(), outcomes));
  group.spawn(watch_raw_and_note(client.get(), outcomes));
  co_await until_something_came(outcomes);
  client = nullptr;
  EXPECT_TRUE(co_await group.finished(kTestTime));
  EXPECT_THAT(*outcomes, testing::UnorderedElementsAre("one\n", "cancelled", "cancelled"));
}

Task<> answer_once(std::shared_ptr<Connection> connection, int) {
  (void)co_await read_until(connection, "\r\n\r\n");
  (void)co_await connection->write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", soon());
  (void)co_await read_all(connection);
}

NET_TEST(HttpClientPool, ForgetsConnectionsThatWereIdleTooLong) {
  RawServer server(executor, answer_once);
  auto options = plain();
  options.idle_time = milliseconds(5);
  HttpClient client(executor, loopback(server.port()), {}, options);
  EXPECT_TRUE(co_await client.send(get(), soon()));
  co_await sleep_for(milliseconds(20));
  EXPECT_TRUE(co_await client.send(get(), soon()));
  EXPECT_EQ(server.accepted(), 2);
}

}  // namespace
}  // namespace net_io
