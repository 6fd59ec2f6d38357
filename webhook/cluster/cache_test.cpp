#include "webhook/cluster/cache.hpp"

#include <gtest/gtest.h>

#include "kube/testing/in_memory_api.hpp"
#include "webhook/cluster/kinds.hpp"
#include "webhook/cluster/live.hpp"

namespace cluster {
namespace {

using alicloud::ObjectQuestion;
using alicloud::ReadKind;
using alicloud::Source;
using kube::testing::FaultyApi;
using net_io::Task;
using std::chrono::milliseconds;

constexpr base::Backoff kFast{
    .first = base::Millis(1), .factor = 1, .most = base::Millis(1), .jitter = 0};

struct World {
  void put(ReadKind kind, const std::string& space, const std::string& name) {
    if (!space.empty()) {  // it may be there already
      kube::Create around{.object = kube::Object::make(kube::kinds::kNamespace, "", space)};
      (void)memory.perform(kube::Request(std::move(around)));
    }
    kube::Create create{.object = kube::Object::make(resource_of(kind), space, name)};
    const auto made = memory.perform(kube::Request(std::move(create)));
    ASSERT_TRUE(made) << made.error().what;
  }
  FaultyApi::Verdict decide(const kube::Request& request) {
    FaultyApi::Verdict verdict;
    const bool is_hit = fault && kube::subject(request).resource.plural == faulty;
    if (is_hit) verdict.before = *fault, ++refused;
    return verdict;
  }

  net_io::Loop loop{1};
  base::ManualClock clock{base::TimePoint()};
  base::Random random{1};
  kube::testing::InMemoryApi memory{clock, 1};
  std::string faulty;
  std::optional<base::Error> fault;
  int refused = 0;  ///< requests, by it
  FaultyApi api{memory, [this](const auto& request, auto) { return decide(request); }};
  Cache cache{api, base::Log::silent(), random, kFast};
};

ObjectQuestion about(ReadKind kind, std::string space, std::string name,
                     Source source = Source::cache) {
  return {source, kind, std::move(space), std::move(name)};
}

std::string seen(const Cache& cache, const ObjectQuestion& question) {
  const auto known = cache.find(question);
  if (!known) return "unknown";
  return *known ? "there" : known->error().what;
}

Task<> until(std::function<bool()> holds) {
  const auto deadline = net_io::Deadline::in(milliseconds(20'000));
  while (!holds() && !deadline.is_over()) co_await net_io::sleep_for(milliseconds(1));
  EXPECT_TRUE(holds());
}

/// Runs the cache while `body` does.
Task<int> with_cache(World* world, Task<> body) {
  net_io::TaskGroup tasks(world->loop.get_executor(), [](const char* what) { FAIL() << what; });
  world->cache.start(tasks);
  co_await std::move(body);
  tasks.stop();
  if (!co_await tasks.finished(milliseconds(1'000))) tasks.abort();
  EXPECT_TRUE(co_await tasks.finished(milliseconds(1'000)));
  co_return 0;
}

Task<> follows(World* world) {
  const auto& cache = world->cache;
  const auto old = about(ReadKind::cloud_profile, "ignored", "old");
  const auto late = about(ReadKind::secret_binding, "garden-a", "late");
  EXPECT_EQ(seen(cache, old), "unknown");
  EXPECT_NE(cache.why_not_ready(), "");
  co_await until([&] { return cache.why_not_ready().empty(); });
  EXPECT_EQ(seen(cache, old), "there");
  EXPECT_EQ(seen(cache, late), "SecretBinding.core.gardener.cloud \"late\" not found");
  world->put(ReadKind::secret_binding, "garden-a", "late");
  co_await until([&] { return seen(cache, late) == "there"; });
  EXPECT_NE(seen(cache, about(ReadKind::secret_binding, "garden-b", "late")), "there");
  kube::Delete removal{.ref = {resource_of(ReadKind::secret_binding), "garden-a", "late"}};
  EXPECT_TRUE(world->memory.perform(kube::Request(std::move(removal))));
  co_await until([&] { return seen(cache, late) != "there"; });
}

TEST(Cache, FollowsTheCluster) {
  World world;
  world.put(ReadKind::cloud_profile, "", "old");
  net_io::run(world.loop, with_cache(&world, follows(&world)));
}

Task<> outlives(World* world) {
  const auto kept = about(ReadKind::cloud_profile, "", "kept");
  co_await until([&] { return world->cache.why_not_ready().empty(); });
  world->faulty = "cloudprofiles";
  world->fault = base::transient("connection refused");
  world->put(ReadKind::cloud_profile, "", "missed");
  world->memory.compact();  // before the watch has seen it: a list is due, and refused
  co_await until([&] { return world->refused >= 3; });
  EXPECT_EQ(seen(world->cache, kept), "there");
  EXPECT_EQ(world->cache.why_not_ready(), "");
}

TEST(Cache, GoesOnAnsweringWhenTheClusterIsLost) {
  World world;
  world.put(ReadKind::cloud_profile, "", "kept");
  net_io::run(world.loop, with_cache(&world, outlives(&world)));
}

Task<> waits(World* world) {
  co_await until([&] { return world->refused >= 3; });
  EXPECT_NE(world->cache.why_not_ready().find("cloudprofiles.core.gardener.cloud"),
            std::string::npos);
  EXPECT_EQ(seen(world->cache, about(ReadKind::cloud_profile, "", "x")), "unknown");
  world->fault.reset();
  co_await until([&] { return world->cache.why_not_ready().empty(); });
}

TEST(Cache, IsNotReadyWhileTheClusterCannotBeReached) {
  World world;
  world.faulty = "cloudprofiles";
  world.fault = base::transient("connection refused");
  net_io::run(world.loop, with_cache(&world, waits(&world)));
}

Task<> does_without(World* world, std::string text) {
  const auto question = about(ReadKind::credentials_binding, "a", "x");
  co_await until([&] { return world->cache.why_not_ready().empty(); });
  EXPECT_EQ(seen(world->cache, question), text);
  world->fault.reset();
  co_await until([&] { return seen(world->cache, question).contains("not found"); });
}

TEST(Cache, AKindThatIsMissingOrForbiddenHoldsNobodyUp) {
  const base::Error missing{.kind = base::Error::Kind::transient, .what = "404", .code = 404};
  const base::Error forbidden{.kind = base::Error::Kind::denied, .what = "you may not"};
  const auto no_kind =
      "no matches for kind \"CredentialsBinding\" in version \"security.gardener.cloud/v1alpha1\"";
  for (const auto& [fault, text] : {std::pair(missing, no_kind), {forbidden, "you may not"}}) {
    World world;
    world.faulty = "credentialsbindings";
    world.fault = fault;
    net_io::run(world.loop, with_cache(&world, does_without(&world, text)));
  }
}

Task<int> read(World* world, ObjectQuestion question, std::string* text) {
  auto answer = co_await read_live(world->api, std::move(question));
  *text = answer ? "there" : answer.error().what;
  co_return 0;
}

TEST(Live, ReadsNowAndSaysWhatIsWrong) {
  World world;
  world.put(ReadKind::secret, "garden-a", "creds");
  const auto ask = [&](const std::string& name) {
    std::string text;
    auto question = about(ReadKind::secret, "garden-a", name, Source::live);
    world.loop.restart();
    net_io::run(world.loop, read(&world, std::move(question), &text));
    return text;
  };
  EXPECT_EQ(ask("creds"), "there");
  EXPECT_EQ(ask("none"), "secrets \"none\" not found");
  EXPECT_EQ(ask(""), "resource name may not be empty");
  world.faulty = "secrets";
  world.fault = base::transient("connection refused");
  EXPECT_NE(ask("creds").find("connection refused"), std::string::npos);
}

TEST(Live, GivesTheWordsOfTheServerWhereItSaidSome) {
  World world;
  world.faulty = "secrets";
  const auto ask = [&] {
    std::string text;
    world.loop.restart();
    auto question = about(ReadKind::secret, "garden-a", "creds", Source::live);
    net_io::run(world.loop, read(&world, std::move(question), &text));
    return text;
  };
  base::Error refusal{.kind = base::Error::Kind::denied, .what = "no, user", .code = 403};
  world.fault = base::explain("get Secret garden-a/creds", refusal);
  EXPECT_EQ(ask(), "no, user");
  world.fault = base::explain("get Secret garden-a/creds", base::transient("timeout"));
  EXPECT_EQ(ask(), "get Secret garden-a/creds: timeout");
}

}  // namespace
}  // namespace cluster
