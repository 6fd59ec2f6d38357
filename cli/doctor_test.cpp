#include "cli/doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"

namespace cli {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const auto kNow = *base::parse_rfc3339("2026-01-01T12:00:00Z");

kube::Object object(const kube::Resource& kind, const std::string& text) {
  const auto read = json::parse(text);
  EXPECT_TRUE(read) << text;
  return kube::Object::received(kind, *read);
}

kube::Object resource(const std::string& status) {
  return object(kube::kinds::kAdmissionDeployment,
                R"({"metadata": {"namespace": "garden", "name": "a"}, "status": )" + status + "}");
}

Examined seen(std::vector<kube::Object> resources) {
  return {
      .resources = std::move(resources),
      .operator_namespace = "portcullis-system",
      .lease = object(
          kube::kinds::kLease,
          R"({"metadata": {"name": "x"}, "spec": {"renewTime": "2026-01-01T11:59:58.123456Z"}})"),
      .skew = 300ms,
      .now = kNow};
}

auto tells(const char* text) { return Field(&Finding::what, HasSubstr(text)); }

constexpr const char* kWell = R"({"conditions": [
    {"type": "Ready", "status": "True"}, {"type": "Reconciling", "status": "False"}, {"type": "FieldContested", "status": "False"}],
    "credentials": {"renewAt": "2026-01-01T11:50:00Z"}, "runway": "2026-01-01T18:00:00Z"})";

TEST(Doctor, FindsNothingWhereAllIsWell) {
  EXPECT_THAT(findings(seen({resource(kWell)})), IsEmpty());
}

TEST(Doctor, TellsEachConditionOnceWithARemedy) {
  const auto found = findings(seen({resource(R"({"conditions": [
      {"type": "TargetReachable", "status": "False", "reason": "Unauthorized", "message": "no"},
      {"type": "Stalled", "status": "True", "reason": "ForeignOwner", "message": "Service b"},
      {"type": "Reconciling", "status": "True", "reason": "Unauthorized"},
      {"type": "Ready", "status": "False", "reason": "Unauthorized", "message": "no"}]})")}));
  EXPECT_THAT(found,
              ElementsAre(Finding{"garden/a: TargetReachable, Unauthorized: no",
                                  "put a valid kubeconfig into the Secret of spec.target.access"},
                          tells("Stalled, ForeignOwner: Service b")));
}

TEST(Doctor, TellsOfReadyWhereNothingElseDoes) {
  const auto found = findings(seen({resource(
      R"({"conditions": [{"type": "Ready", "status": "False", "reason": "Odd", "message": "why"}]})")}));
  EXPECT_THAT(
      found, ElementsAre(Finding{"garden/a: Ready, Odd: why", "see docs/troubleshooting.md, Odd"}));
}

TEST(Doctor, SeesWhatIsOverdueAndWhatHasEnded) {
  const auto found =
      findings(seen({resource(R"({"conditions": [{"type": "Ready", "status": "True"}],
      "credentials": {"renewAt": "2026-01-01T06:00:00Z"}, "runway": "2026-01-01T11:00:00Z"})")}));
  EXPECT_THAT(found, ElementsAre(tells("due for renewal 6h ago"), tells("ended 1h ago")));
}

TEST(Doctor, SeesThatNobodyLeads) {
  auto stale = seen({});
  stale.now += 5min;
  EXPECT_THAT(
      findings(stale),
      ElementsAre(tells(
          "no operator leads in the namespace portcullis-system: the last one did 5m2s ago")));
  auto none = seen({resource("null")});
  none.lease.reset();
  EXPECT_THAT(findings(none), ElementsAre(tells("no operator has ever led"),
                                          tells("no operator has looked at it")));
}

TEST(Doctor, JudgesTheLeaseByTheServersClock) {
  auto slow = seen({});
  slow.now -= 10min;
  slow.skew = 10min;
  EXPECT_THAT(findings(slow), ElementsAre(tells("differ by 10m")));
}

}  // namespace
}  // namespace cli
