#include "webhook/server/probes.hpp"

#include <gtest/gtest.h>

namespace webhook {
namespace {

std::pair<int, std::string> get(std::string target, bool first, bool second) {
  const std::vector<ReadyCheck> checks{{"one", [=] { return first; }},
                                       {"two", [=] { return second; }}};
  auto response = answer_probe(
      {.method = "GET", .target = std::move(target), .headers = {}, .body = {}}, checks);
  return {response.status, response.body};
}

using Answer = std::pair<int, std::string>;

TEST(Probes, ReadyIsWhenEveryCheckHolds) {
  EXPECT_EQ(get("/readyz", true, true), (Answer{200, "ok"}));
  EXPECT_EQ(get("/readyz", true, false),
            (Answer{503, "[+]one ok\n[-]two failed\nreadyz check failed\n"}));
  EXPECT_EQ(get("/readyz?verbose", true, true),
            (Answer{200, "[+]one ok\n[+]two ok\nreadyz check passed\n"}));
}

TEST(Probes, OneCheckCanBeAskedFor) {
  EXPECT_EQ(get("/readyz/one", true, false), (Answer{200, "ok"}));
  EXPECT_EQ(get("/readyz/two", true, false).first, 503);
  EXPECT_EQ(get("/readyz/three", true, true).first, 404);
}

TEST(Probes, AliveDoesNotDependOnReadiness) {
  EXPECT_EQ(get("/healthz", false, false), (Answer{200, "ok"}));
  EXPECT_EQ(get("/healthz/ping", false, false), (Answer{200, "ok"}));
  EXPECT_EQ(get("/", true, true).first, 404);
}

}  // namespace
}  // namespace webhook
