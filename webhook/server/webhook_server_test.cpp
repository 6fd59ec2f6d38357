#include "webhook/server/webhook_server.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "crypto/test_certificates.hpp"
#include "net/http_client.hpp"

namespace webhook {
namespace {

using crypto::CertificatePair;
using crypto::make_pair;
using crypto::TemporaryFolder;
using crypto::write_pair;

using net_io::HttpClient;
using net_io::HttpRequest;
using net_io::Task;
using std::chrono::milliseconds;

const auto kSoon = [] { return net_io::Deadline::in(milliseconds(5'000)); };

struct World {
  explicit World(std::size_t threads) {
    settings.webhook = {.host = "127.0.0.1", .port = 0};
    settings.health = BindAddress{.host = "127.0.0.1", .port = 0};
    settings.metrics = BindAddress{.host = "127.0.0.1", .port = 0};
    settings.certificate_folder = folder.path();
    settings.threads = threads;
    settings.certificate_poll = milliseconds(5);
    settings.drain_delay = milliseconds(20);
    settings.drain_timeout = milliseconds(2'000);
  }
  std::unique_ptr<WebhookServer> make_server() {
    const MakeFactSource source = [](const net_io::Executor&) {
      return std::make_unique<NoFacts>();
    };
    return std::make_unique<WebhookServer>(loop, settings, log,
                                           std::make_shared<prometheus::Registry>(), "0", source);
  }
  std::unique_ptr<HttpClient> client(std::uint16_t port, const std::string& ca = {}) {
    net_io::ClientTls tls{
        .ca_pem = ca, .certificate_pem = {}, .key_pem = nullptr, .server_name = {}};
    net_io::HttpClientOptions options;
    options.plain_http = ca.empty();
    return std::make_unique<HttpClient>(
        loop.get_executor(),
        net_io::Endpoint{.host = "127.0.0.1", .port = std::to_string(port), .path_prefix = {}}, tls,
        options);
  }

  TemporaryFolder folder;
  net_io::Loop loop{1};
  ServerSettings settings;
  base::Log log = base::Log::silent();
};

HttpRequest post() {
  HttpRequest request;
  request.method = "POST";
  request.target = "/webhooks/validate/secrets";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"request":{"uid":"u-1"}})";
  return request;
}

HttpRequest get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  return request;
}

std::string ca_of(const CertificatePair& pair) {
  return crypto::split_pem(pair.certificate).value().back();
}

Task<int> serve_and_drain(World* world, WebhookServer* server, CertificatePair pair) {
  const auto started = co_await server->start();
  EXPECT_TRUE(started) << (started ? "" : started.error().what);
  auto client = world->client(server->webhook_port(), ca_of(pair));
  auto health = world->client(server->health_port());
  auto metrics = world->client(server->metrics_port());
  const auto deadline = kSoon();
  const auto before = co_await client->send(post(), deadline);
  EXPECT_TRUE(before) << (before ? "" : before.error().what);
  if (!before) co_return 1;
  EXPECT_EQ(before->status, 200);
  EXPECT_EQ(net_io::header(before->headers, "Connection"), "");
  const auto ready = co_await health->send(get("/readyz"), deadline);
  EXPECT_EQ(ready ? ready->status : 0, 200);
  const auto level = co_await health->send(get("/loglevel"), deadline);
  EXPECT_EQ(level ? level->status : 0, 200);
  const auto text = co_await metrics->send(get("/metrics"), deadline);
  EXPECT_TRUE(text && text->body.find("portcullis_build_info") != std::string::npos);

  bool drained = false;
  net_io::start(world->loop.get_executor(), server->drain(),
                [&](std::exception_ptr) { drained = true; });
  co_await net_io::sleep_for(
      milliseconds(30));  // longer than the delay: the kept connection holds it
  EXPECT_FALSE(drained);
  const auto unready = co_await health->send(get("/readyz"), deadline);
  EXPECT_EQ(unready ? unready->status : 0, 503);
  const auto during = co_await client->send(post(), deadline);
  EXPECT_TRUE(during);
  if (during) EXPECT_EQ(net_io::header(during->headers, "Connection"), "close");
  while (!drained && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(5));
  EXPECT_TRUE(drained);
  const auto after = co_await client->send(post(), deadline);
  EXPECT_FALSE(after);
  co_return 0;
}

TEST(WebhookServer, DrainsWithoutClosingAConnectionUnderItsClient) {
  for (const std::size_t threads : {1u, 2u}) {
    World world(threads);
    const auto pair = make_pair("localhost");
    write_pair(world.folder.path(), pair);
    const auto server = world.make_server();
    EXPECT_EQ(net_io::run(world.loop, serve_and_drain(&world, server.get(), pair)), 0);
  }
}

Task<int> reload(World* world, WebhookServer* server, CertificatePair first,
                 CertificatePair second) {
  bool watching = true;
  const auto started = co_await server->start();
  EXPECT_TRUE(started);
  net_io::start(world->loop.get_executor(), server->watch_certificate(),
                [&](std::exception_ptr) { watching = false; });
  const auto deadline = kSoon();
  auto kept = world->client(server->webhook_port(), ca_of(first));
  const auto before = co_await kept->send(post(), deadline);
  EXPECT_TRUE(before);
  write_pair(world->folder.path(), second);
  bool changed = false;
  while (!changed && !deadline.is_over()) {
    auto fresh = world->client(server->webhook_port(), ca_of(second));
    const auto answer = co_await fresh->send(post(), deadline);
    changed = answer.has_value();
    co_await net_io::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(changed);
  const auto after = co_await kept->send(post(), deadline);  // the old connection lives on
  EXPECT_TRUE(after);
  kept.reset();
  co_await server->drain();
  while (watching && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(5));
  co_return watching ? 1 : 0;
}

TEST(WebhookServer, ServesANewCertificateWithoutDroppingConnections) {
  World world(2);
  const auto first = make_pair("localhost");
  const auto second = make_pair("localhost");
  write_pair(world.folder.path(), first);
  const auto server = world.make_server();
  EXPECT_EQ(net_io::run(world.loop, reload(&world, server.get(), first, second)), 0);
}

Task<int> wait_for_certificate(World* world, WebhookServer* server, CertificatePair pair) {
  bool started = false;
  const auto starting = [](WebhookServer* one, bool* done) -> Task<> {
    const auto outcome = co_await one->start();
    *done = outcome.has_value();
  };
  net_io::start(world->loop.get_executor(), starting(server, &started), [](std::exception_ptr) {});
  co_await net_io::sleep_for(milliseconds(10));
  EXPECT_FALSE(started);
  const auto deadline = kSoon();
  auto health = world->client(server->health_port());
  const auto unready = co_await health->send(get("/readyz"), deadline);
  EXPECT_EQ(unready ? unready->status : 0, 503);
  const auto alive = co_await health->send(get("/healthz"), deadline);
  EXPECT_EQ(alive ? alive->status : 0, 200);
  write_pair(world->folder.path(), pair);
  while (!started && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(5));
  EXPECT_TRUE(started);
  const auto ready = co_await health->send(get("/readyz"), deadline);
  EXPECT_EQ(ready ? ready->status : 0, 200);
  co_await server->drain();
  co_return 0;
}

TEST(WebhookServer, IsReadyOnceThereIsACertificate) {
  World world(1);
  const auto pair = make_pair("localhost");
  const auto server = world.make_server();
  EXPECT_EQ(net_io::run(world.loop, wait_for_certificate(&world, server.get(), pair)), 0);
}

}  // namespace
}  // namespace webhook
