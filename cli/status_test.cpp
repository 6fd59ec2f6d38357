#include "cli/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/text.hpp"
#include "json/parse.hpp"

namespace cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

const auto kNow = *base::parse_rfc3339("2026-01-01T12:00:00Z");

kube::Object resource(const std::string& rest) {
  const auto read =
      json::parse(R"({"metadata": {"namespace": "garden", "name": "a"}, )" + rest + "}");
  EXPECT_TRUE(read) << rest;
  return kube::Object::received(kube::kinds::kAdmissionDeployment, *read);
}

TEST(Span, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(span(0ms), "0s");
  EXPECT_EQ(span(-90s), "1m30s");
  EXPECT_EQ(span(24h + 5s), "1d");
  EXPECT_EQ(span(24h * 3 + 4h + 59min), "3d4h");
  EXPECT_EQ(when(kNow + 1h, kNow), "in 1h");
  EXPECT_EQ(when(kNow - 1h, kNow), "1h ago");
}

TEST(Status, IsATreeOverBothClusters) {
  const auto text = describe(resource(R"(
    "spec": {"credentials": {"type": "ServiceAccountToken"}},
    "status": {
      "conditions": [
        {"type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": "2026-01-01T11:00:00Z"},
        {"type": "TargetReachable", "status": "True", "reason": "Reachable"},
        {"type": "CredentialsReady", "status": "True", "reason": "Issued"},
        {"type": "ServingReady", "status": "True", "reason": "Issued"},
        {"type": "RolledOut", "status": "False", "reason": "Progressing", "message": "1 of 2 ready"},
        {"type": "WebhooksReady", "status": "True", "reason": "Applied"}],
      "targetAccess": {"server": "https://target"}, "replicas": 3, "readyReplicas": 2,
      "credentials": {"issuedAt": "2026-01-01T06:00:00Z", "renewAt": "2026-01-01T18:00:00Z", "notAfter": "2026-01-02T06:00:00Z"},
      "serving": {"leafNotAfter": "2026-01-05T12:00:00Z"}, "rollout": {"stableRevision": "old", "canaryRevision": "new"},
      "inventory": [{"cluster": "Runtime", "kind": "Service", "namespace": "garden", "name": "a"},
                    {"cluster": "Runtime", "kind": "Secret", "namespace": "garden", "name": "b"},
                    {"cluster": "Target", "kind": "ClusterRole", "name": "c"}]})"),
                             kNow);
  EXPECT_EQ(
      text,
      "garden/a  Ready, since 1h ago\n"
      "├─ target       https://target  Reachable\n"
      "├─ credentials  ServiceAccountToken  Issued, issued 6h ago, renewal in 6h, end in 18h\n"
      "├─ serving      Issued, certificate ends in 4d\n"
      "├─ replicas     Progressing: 1 of 2 ready, 2 of 3 ready, revision old, on the way to new\n"
      "├─ webhooks     Applied\n"
      "├─ in the runtime cluster\n"
      "│  ├─ Service garden/a\n"
      "│  └─ Secret garden/b\n"
      "└─ in the target\n"
      "   └─ ClusterRole c\n");
}

TEST(Status, SaysWhyItIsNotReady) {
  const auto text = describe(resource(R"("status": {"conditions": [
    {"type": "Ready", "status": "False", "reason": "Suspended", "message": "suspended"}]})"),
                             kNow);
  EXPECT_THAT(text, HasSubstr("garden/a  not Ready: Suspended: suspended\n"));
  EXPECT_THAT(text, HasSubstr("└─ nothing\n"));
}

TEST(Status, OfWhatNobodyHasLookedAtIsOneLine) {
  EXPECT_EQ(describe(resource(R"("spec": {})"), kNow), "garden/a  not looked at yet\n");
}

TEST(Status, DoesNotSteerATerminal) {
  const auto text = describe(resource(R"("status": {"conditions": [
    {"type": "Ready", "status": "False", "reason": "Bad", "message": "\u001b[2J\u0007"}]})"),
                             kNow);
  EXPECT_THAT(text, HasSubstr("Bad: ?[2J?"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace cli
