#include "webhook/app/world.hpp"

#include <gtest/gtest.h>

namespace webhook {
namespace {

using alicloud::Facts;
using alicloud::ObjectQuestion;
using alicloud::Question;
using alicloud::ReadKind;
using alicloud::Source;
using net_io::Task;
using std::chrono::milliseconds;

/// A cluster that takes requests and never answers.
class Mute final : public kube::Api {
 public:
  Task<base::Result<json::Value>> call(kube::Request) override {
    while (co_await net_io::sleep_for(std::chrono::hours(1))) {
    }
    co_return base::fail(base::cancelled("cancelled"));
  }
  Task<base::Result<std::unique_ptr<kube::WatchStream>>> watch(kube::Watch) override {
    co_return base::fail(base::transient("no watches"));
  }
};

/// A cluster whose only object is a Secret.
class OneSecret final : public kube::Api {
 public:
  Task<base::Result<json::Value>> call(kube::Request request) override {
    const auto ref = kube::subject(request);
    if (ref.name != "creds")
      co_return base::fail({.kind = base::Error::Kind::not_found, .what = "not found"});
    co_return kube::Object::make(ref.resource, ref.namespace_name, ref.name).document();
  }
  Task<base::Result<std::unique_ptr<kube::WatchStream>>> watch(kube::Watch) override {
    co_return base::fail(base::transient("no watches"));
  }
};

struct Lab {
  std::unique_ptr<World> world(std::unique_ptr<kube::Api> api) {
    return std::make_unique<World>(World::Parts{.executor = loop.get_executor(),
                                                .cache = cache,
                                                .api = std::move(api),
                                                .cloud = {},
                                                .clock = clock});
  }
  net_io::Loop loop{1};
  base::SystemClock clock;
  base::Random random{1};
  Mute unused;
  cluster::Cache cache{unused, base::Log::silent(), random};
};

Task<int> ask(World* world, std::shared_ptr<Facts> facts, std::vector<Question> questions,
              milliseconds time) {
  const auto deadline = net_io::Deadline::in(time);
  co_await world->answer(facts, std::move(questions), deadline);
  co_return 0;
}

std::string told(Facts& facts, const ObjectQuestion& question) {
  const auto* answer = facts.ask(question);
  if (answer == nullptr) return "nothing";
  return *answer ? "there" : answer->error().what;
}

TEST(World, ReadsSecretsLive) {
  Lab lab;
  const auto world = lab.world(std::make_unique<OneSecret>());
  const auto facts = std::make_shared<Facts>();
  const ObjectQuestion there{Source::live, ReadKind::secret, "a", "creds"};
  const ObjectQuestion missing{Source::live, ReadKind::secret, "a", "none"};
  net_io::run(lab.loop, ask(world.get(), facts, {there, missing}, milliseconds(5'000)));
  EXPECT_EQ(told(*facts, there), "there");
  EXPECT_EQ(told(*facts, missing), "secrets \"none\" not found");
}

TEST(World, SaysWhatWasNotLearntInTime) {
  Lab lab;
  const auto world = lab.world(std::make_unique<Mute>());
  const auto facts = std::make_shared<Facts>();
  const ObjectQuestion secret{Source::live, ReadKind::secret, "a", "creds"};
  const ObjectQuestion profile{Source::cache, ReadKind::cloud_profile, "", "alicloud"};
  net_io::run(lab.loop, ask(world.get(), facts, {secret, profile}, milliseconds(50)));
  EXPECT_EQ(told(*facts, secret), "the cluster did not answer in the time given");
  EXPECT_EQ(told(*facts, profile), "the cluster's CloudProfiles have not been listed yet");
}

}  // namespace
}  // namespace webhook
