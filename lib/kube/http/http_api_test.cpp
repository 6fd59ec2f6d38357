#include "kube/http/http_api.hpp"

#include <filesystem>
#include <fstream>

#include "kube/http/test_server.hpp"

namespace kube {
namespace {

TEST_F(HttpApiTest, AsksAsTheConfiguredUser) {
  const auto got = call(Get{.ref = kRef});
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->at("metadata").at("resourceVersion").string_or(""), "7");
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].target, "/api/v1/namespaces/garden/secrets/x");
  EXPECT_EQ(authorization(0), "Bearer not-a-real-token");
  EXPECT_EQ(net_io::header(requests[0].headers, "User-Agent"), "portcullis-test");
  EXPECT_EQ(net_io::header(requests[0].headers, "Accept"), "application/json");
  EXPECT_EQ(observed, std::vector<std::string>{"get secrets 200"});
}

TEST_F(HttpApiTest, SendsBodiesWithTheirType) {
  Object object = Object::make(kinds::kConfigMap, "garden", "x");
  ASSERT_TRUE(call(Apply{.object = std::move(object), .field_manager = "me", .force = true}));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "PATCH");
  EXPECT_EQ(net_io::header(requests[0].headers, "Content-Type"), "application/apply-patch+yaml");
  EXPECT_TRUE(requests[0].body.contains("\"ConfigMap\""));
  EXPECT_EQ(observed, std::vector<std::string>{"patch configmaps 200"});
}

TEST_F(HttpApiTest, ErrorsSayWhatWasTried) {
  answer = [](const auto&) { return refusal(403, "Forbidden"); };
  const auto got = call(Get{.ref = kRef});
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::denied));
  EXPECT_TRUE(got.error().what.starts_with("get Secret garden/x: ")) << got.error().what;
}

TEST_F(HttpApiTest, WhatIsNoAnswerOfAnApiServerIsTransient) {
  const std::vector<net_io::HttpResponse> odd{
      {200, {{"Content-Type", "text/html"}}, "<html>sign in</html>"},
      json(200, "{\"metadata\":{\"name\""),
      json(200, "[]"),
      {302, {{"Location", "https://elsewhere.example/?token=hunter2"}}, ""},
      {502, {}, "bad gateway"}};
  for (const auto& response : odd) {
    answer = [&](const auto&) { return response; };
    const auto got = call(Get{.ref = kRef});
    ASSERT_FALSE(got);
    EXPECT_TRUE(got.error().is(Kind::transient)) << response.body;
    EXPECT_FALSE(got.error().what.contains("hunter2"));
  }
}

TEST_F(HttpApiTest, AServerThatNeverAnswersCostsTheTimeout) {
  options.request_timeout = milliseconds(50);
  delay = milliseconds(300);
  const auto got = call(Get{.ref = kRef});
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::transient)) << got.error().what;
  EXPECT_EQ(observed, std::vector<std::string>{"get secrets 0"});
}

TEST_F(HttpApiTest, AskedToWaitItWaitsAndTriesAgain) {
  answer = [this](const auto&) {
    return requests.size() < 3 ? later(refusal(429, "TooManyRequests"), "0") : json(200, kSecret);
  };
  EXPECT_TRUE(
      call(Create{.object = Object::make(kinds::kSecret, "garden", "x"), .field_manager = "me"}));
  EXPECT_EQ(observed, (std::vector<std::string>{"create secrets 429", "create secrets 429",
                                                "create secrets 200"}));
}

TEST_F(HttpApiTest, GivesUpAfterItsAttemptsAndPassesTheWishOn) {
  answer = [](const auto&) { return later(refusal(503, "ServiceUnavailable"), "0"); };
  EXPECT_FALSE(call(Get{.ref = kRef}));
  EXPECT_EQ(requests.size(), 4u);
  requests.clear();
  answer = [](const auto&) { return later(refusal(503, "ServiceUnavailable"), "30"); };
  const auto got = call(Get{.ref = kRef});
  ASSERT_FALSE(got);
  EXPECT_EQ(requests.size(), 1u) << "30 s do not fit into the timeout";
  EXPECT_EQ(got.error().retry_after, milliseconds(30'000));
}

TEST_F(HttpApiTest, DoesNotRepeatAWriteThatFailed) {
  answer = [](const auto&) { return later(refusal(500, "InternalError"), "0"); };
  EXPECT_FALSE(call(Delete{.ref = kRef}));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(HttpApiTest, ReadsTheTokenAgainWhenItIsRefused) {
  const TestFiles files;
  auto with = config();
  with.token_file = files.put("token", "first-token");
  api = make(std::move(with));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  files.put("token", "second-token");
  answer = [this](const auto&) {
    return authorization(requests.size() - 1) == "Bearer second-token"
               ? json(200, kSecret)
               : refusal(401, "Unauthorized");
  };
  EXPECT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(observed,
            (std::vector<std::string>{"get secrets 200", "get secrets 401", "get secrets 200"}));
}

TEST_F(HttpApiTest, ATokenThatStaysRefusedIsTriedTwice) {
  const TestFiles files;
  auto with = config();
  with.token_file = files.put("token", "first-token");
  api = make(std::move(with));
  answer = [](const auto&) { return refusal(401, "Unauthorized"); };
  const auto got = call(Get{.ref = kRef});
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::unauthenticated));
  EXPECT_EQ(requests.size(), 2u);
}

TEST_F(HttpApiTest, WithoutFilesARefusedTokenIsTriedOnce) {
  answer = [](const auto&) { return refusal(401, "Unauthorized"); };
  EXPECT_FALSE(call(Get{.ref = kRef}));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(HttpApiTest, ARefusalOfAnExpiredTokenSaysSo) {
  answer = [](const auto&) { return refusal(401, "Unauthorized"); };
  auto with = config();
  // {"exp":1577934245}
  with.token = base::Secret("eyJhbGciOiAibm9uZSJ9.eyJleHAiOiAxNTc3OTM0MjQ1fQ.c2ln");
  api = make(std::move(with));
  const auto got = call(Get{.ref = kRef});
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::unauthenticated));
  EXPECT_TRUE(got.error().what.contains("the token expired at 2020-01-02T03:04:05Z"))
      << got.error().what;
  clock = base::ManualClock(*base::parse_rfc3339("2020-01-02T03:04:04Z"));
  const auto before = call(Get{.ref = kRef});
  ASSERT_FALSE(before);
  EXPECT_FALSE(before.error().what.contains("expired")) << before.error().what;
}

TEST_F(HttpApiTest, LooksAtItsFilesNowAndThen) {
  const TestFiles files;
  auto with = config();
  with.token_file = files.put("token", "first-token");
  api = make(std::move(with));
  files.put("token", "second-token");
  ASSERT_TRUE(call(Get{.ref = kRef}));
  clock.advance(milliseconds(9'999));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  clock.advance(milliseconds(1));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(authorization(0), "Bearer first-token");
  EXPECT_EQ(authorization(1), "Bearer first-token");
  EXPECT_EQ(authorization(2), "Bearer second-token");
}

TEST_F(HttpApiTest, AFileThatIsGoneIsLoggedOnceAndTheTokenKept) {
  const TestFiles files;
  auto with = config();
  with.token_file = files.put("token", "first-token");
  api = make(std::move(with));
  std::filesystem::remove(files.path("token"));
  for (int i = 0; i < 3; ++i) {
    clock.advance(milliseconds(10'000));
    ASSERT_TRUE(call(Get{.ref = kRef}));
  }
  EXPECT_EQ(authorization(2), "Bearer first-token");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_FALSE(log.contains("first-token"));
}

TEST_F(HttpApiTest, FollowsANewCertificateAuthority) {
  const TestFiles files;
  auto with = config();
  with.ca_file = files.put("ca", TestAuthority().ca_pem);
  options.attempts = 1;
  api = make(std::move(with));
  const auto refused = call(Get{.ref = kRef});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().what.contains("certificate")) << refused.error().what;
  files.put("ca", authority.ca_pem);
  clock.advance(milliseconds(10'000));
  EXPECT_TRUE(call(Get{.ref = kRef}));
}

/// A kubeconfig in a folder as a kubelet keeps it: files are links through `..data`, which is
/// swapped.
class Mounted {
 public:
  explicit Mounted(const TestFiles& files) : files_(files) {
    std::filesystem::create_symlink("..data/kubeconfig", path());
  }
  std::string path() const { return files_.path("kubeconfig"); }
  void swap(const KubeconfigSpec& spec, const std::string& token) {
    const auto generation = files_.path("..generation-" + std::to_string(++generation_));
    std::filesystem::create_directory(generation);
    std::ofstream(generation + "/token") << token;
    std::ofstream(generation + "/kubeconfig") << with_token(spec);
    std::filesystem::create_directory_symlink(generation, files_.path("..next"));
    std::filesystem::rename(files_.path("..next"), files_.path("..data"));
  }
  ConfigSource source() const {
    return [path = path()] { return own_config(path); };
  }

 private:
  std::string with_token(KubeconfigSpec spec) const {
    spec.token_file = files_.path("..data/token");
    return write_kubeconfig(spec);
  }
  const TestFiles& files_;
  int generation_ = 0;
};

TEST_F(HttpApiTest, FollowsTheKubeconfigItself) {
  const TestFiles files;
  Mounted mounted(files);
  KubeconfigSpec spec{.server = config().server, .tls_server_name = {}, .ca_pem = authority.ca_pem};
  mounted.swap(spec, "first-token");
  options.source = mounted.source();
  options.attempts = 1;
  api = make(options.source().value());
  ASSERT_TRUE(call(Get{.ref = kRef}));
  mounted.swap(spec, "second-token");
  ASSERT_TRUE(call(Get{.ref = kRef}));
  clock.advance(milliseconds(10'000));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(authorization(1), "Bearer first-token");
  EXPECT_EQ(authorization(2), "Bearer second-token");
  spec.ca_pem = TestAuthority().ca_pem;
  mounted.swap(spec, "second-token");
  clock.advance(milliseconds(10'000));
  EXPECT_FALSE(call(Get{.ref = kRef})) << "the CA it was told to trust is another one now";
  std::filesystem::remove(files.path("..data"));
  clock.advance(milliseconds(10'000));
  EXPECT_FALSE(call(Get{.ref = kRef}));
  EXPECT_TRUE(log.contains("keeping the credential")) << log;
  spec.ca_pem = authority.ca_pem;
  mounted.swap(spec, "third-token");
  clock.advance(milliseconds(10'000));
  EXPECT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(authorization(requests.size() - 1), "Bearer third-token");
  EXPECT_FALSE(log.contains("third-token"));
}

TEST_F(HttpApiTest, FollowsTheServerOfTheKubeconfig) {
  const TestFiles files;
  Mounted mounted(files);
  KubeconfigSpec spec{
      .server = "https://127.0.0.1:1", .tls_server_name = {}, .ca_pem = authority.ca_pem};
  mounted.swap(spec, "token");
  options.source = mounted.source();
  options.attempts = 1;
  api = make(options.source().value());
  ASSERT_FALSE(call(Get{.ref = kRef}));
  spec.server = config().server;
  mounted.swap(spec, "token");
  api->refresh();
  EXPECT_TRUE(call(Get{.ref = kRef}));
}

TEST_F(HttpApiTest, UsesAnotherCredentialForTheSameServer) {
  ASSERT_TRUE(call(Get{.ref = kRef}));
  auto next = config();
  next.token = base::Secret("second-token");
  ASSERT_TRUE(api->use(std::move(next)));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(authorization(1), "Bearer second-token");
  auto elsewhere = config();
  elsewhere.server = "https://127.0.0.1:1";
  EXPECT_FALSE(api->use(std::move(elsewhere)));
  ASSERT_TRUE(call(Get{.ref = kRef}));
  EXPECT_EQ(authorization(2), "Bearer second-token");
}

TEST_F(HttpApiTest, CannotBeMadeFromNonsense) {
  auto plain = config();
  plain.server = "http://127.0.0.1";
  EXPECT_FALSE(HttpApi::make(loop.get_executor(), std::move(plain), clock, base::Log::silent()));
  auto missing = config();
  missing.token_file = "/nowhere/token";
  EXPECT_FALSE(HttpApi::make(loop.get_executor(), std::move(missing), clock, base::Log::silent()));
}

struct Watched {
  std::vector<std::string> names;
  std::optional<base::Error> error;
};

Task<int> watch_all(HttpApi* api, Watch request, Watched* watched) {
  auto stream = co_await api->watch(std::move(request));
  if (!stream) {
    watched->error = stream.error();
    co_return 0;
  }
  while (true) {
    auto event = co_await (*stream)->next(Deadline::in(milliseconds(2'000)));
    if (!event) watched->error = event.error();
    if (!event || !*event) co_return 0;
    watched->names.push_back((*event)->object.name());
  }
}

TEST_F(HttpApiTest, WatchesToTheEnd) {
  answer = [](const auto&) {
    return json(200, "{\"type\":\"ADDED\",\"object\":" + std::string(kSecret) +
                         "}\n{\"type\":\"DELETED\",\"object\":" + std::string(kSecret) + "}\n");
  };
  api = make(config());
  Watched watched;
  net_io::run(
      loop, watch_all(api.get(), {.resource = kinds::kSecret, .resource_version = "5"}, &watched));
  EXPECT_FALSE(watched.error) << watched.error->what;
  EXPECT_EQ(watched.names, (std::vector<std::string>{"x", "x"}));
  EXPECT_TRUE(requests.at(0).target.contains("watch=true"));
  EXPECT_TRUE(requests.at(0).target.contains("allowWatchBookmarks=true"));
  EXPECT_TRUE(requests.at(0).target.contains("resourceVersion=5"));
  EXPECT_EQ(observed, std::vector<std::string>{"watch secrets 200"});
}

/// Watches; after the first event the kubeconfig is another one.
Task<int> watch_while(HttpApi* api, std::function<void()> change, Watched* watched) {
  auto stream = co_await api->watch({.resource = kinds::kSecret, .resource_version = "5"});
  EXPECT_TRUE(stream);
  if (!stream) co_return 1;
  for (int i = 0; i < 2; ++i) {
    auto event = co_await (*stream)->next(Deadline::in(milliseconds(2'000)));
    if (!event) watched->error = event.error();
    if (!event || !*event) break;
    watched->names.push_back((*event)->object.name());
    if (i > 0) break;
    change();
    api->refresh();
  }
  co_return 0;
}

TEST_F(HttpApiTest, WatchesOutliveTheTokenButNotTheServer) {
  answer = [](const auto&) {
    const auto event = "{\"type\":\"ADDED\",\"object\":" + std::string(kSecret) + "}\n";
    return json(200, event + event);
  };
  const TestFiles files;
  Mounted mounted(files);
  KubeconfigSpec spec{.server = config().server, .tls_server_name = {}, .ca_pem = authority.ca_pem};
  mounted.swap(spec, "first-token");
  options.source = mounted.source();
  api = make(options.source().value());
  Watched kept;
  net_io::run(loop, watch_while(api.get(), [&] { mounted.swap(spec, "second-token"); }, &kept));
  EXPECT_EQ(kept.names.size(), 2u);
  spec.server = "https://localhost:" + std::to_string(server.port());
  Watched moved;
  net_io::run(loop, watch_while(api.get(), [&] { mounted.swap(spec, "second-token"); }, &moved));
  ASSERT_TRUE(moved.error);
  EXPECT_TRUE(moved.error->is(Kind::gone)) << moved.error->what;
  EXPECT_EQ(authorization(1), "Bearer second-token");
}

TEST_F(HttpApiTest, ARefusedWatchIsItsStatus) {
  answer = [](const auto&) { return refusal(410, "Expired"); };
  api = make(config());
  Watched watched;
  net_io::run(loop, watch_all(api.get(), {.resource = kinds::kSecret}, &watched));
  ASSERT_TRUE(watched.error);
  EXPECT_TRUE(watched.error->is(Kind::gone));
  EXPECT_TRUE(watched.error->what.starts_with("watch secrets: ")) << watched.error->what;
}

TEST_F(HttpApiTest, AWatchPassesTheServersWishOn) {
  answer = [](const auto&) { return later(refusal(429, "TooManyRequests"), "7"); };
  api = make(config());
  Watched watched;
  net_io::run(loop, watch_all(api.get(), {.resource = kinds::kSecret}, &watched));
  ASSERT_TRUE(watched.error);
  EXPECT_EQ(watched.error->retry_after, milliseconds(7'000));
  EXPECT_EQ(requests.size(), 1u);
}

Task<int> get_raw(HttpApi* api, std::string path, base::Result<std::string>* result) {
  *result = co_await api->get_raw(std::move(path));
  co_return 0;
}

TEST_F(HttpApiTest, GetsPathsThatAreNoResource) {
  answer = [](const auto& request) {
    return request.target == "/readyz" ? net_io::HttpResponse{200, {}, "ok"}
                                       : refusal(404, "NotFound");
  };
  api = make(config());
  base::Result<std::string> ready;
  net_io::run(loop, get_raw(api.get(), "/readyz", &ready));
  ASSERT_TRUE(ready);
  EXPECT_EQ(*ready, "ok");
  base::Result<std::string> missing;
  net_io::run(loop, get_raw(api.get(), "/other", &missing));
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().is(Kind::not_found));
}

TEST_F(HttpApiTest, KnowsTheServersClock) {
  api = make(config());
  EXPECT_EQ(api->server_clock_skew(), std::nullopt);
}

}  // namespace
}  // namespace kube
