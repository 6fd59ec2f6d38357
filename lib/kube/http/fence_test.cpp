#include "kube/http/test_server.hpp"

namespace kube {
namespace {

using Fence = HttpApiTest;

Create some_write() {
  return {.object = Object::make(kinds::kSecret, "garden", "x"), .field_manager = "me"};
}

TEST_F(Fence, IsAskedAgainForAWriteThatIsRepeated) {
  api = make(config());
  const auto until = clock.since_boot() + milliseconds(10'000);
  api->fence([this, until] { return clock.since_boot() < until; });
  clock.advance(milliseconds(9'900));
  answer = [this](const auto&) {
    clock.advance(milliseconds(1'000));
    return later(refusal(429, "TooManyRequests"), "0");
  };
  const auto got = call(some_write());
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::cancelled)) << got.error().what;
  EXPECT_EQ(observed, (std::vector<std::string>{"create secrets 429", "create secrets 0"}));
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(Fence, IsAskedAgainAfterARefusedToken) {
  const TestFiles files;
  auto with = config();
  with.token_file = files.put("token", "first-token");
  api = make(std::move(with));
  api->fence([this] { return requests.empty(); });
  answer = [](const auto&) { return refusal(401, "Unauthorized"); };
  const auto got = call(some_write());
  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().is(Kind::cancelled)) << got.error().what;
  EXPECT_EQ(requests.size(), 1u);
}

TEST_F(Fence, IsAskedWhenTheConnectionStands) {
  api = make(config());
  std::uint64_t connections = 0;
  api->fence([&] {
    connections = server.stats().accepted;
    return false;
  });
  EXPECT_FALSE(call(some_write()));
  EXPECT_EQ(connections, 1u) << "a handshake may take longer than the lease";
  EXPECT_TRUE(requests.empty());
}

TEST_F(Fence, StopsWritesOnly) {
  api = make(config());
  api->fence([] { return false; });
  EXPECT_TRUE(call(Get{.ref = kRef}));
  auto dry = some_write();
  dry.dry_run = true;
  EXPECT_TRUE(call(std::move(dry)));
  EXPECT_EQ(requests.size(), 2u);
  EXPECT_FALSE(call(some_write()));
  EXPECT_FALSE(call(Delete{.ref = kRef}));
  EXPECT_EQ(requests.size(), 2u);
}

}  // namespace
}  // namespace kube
