#include "cli/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "json/parse.hpp"
#include "kube/testing/in_memory_api.hpp"

namespace cli {
namespace {

namespace kinds = kube::kinds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Commands : public ::testing::Test {
 protected:
  void create(const std::string& space, const std::string& name, const char* type) {
    const auto home =
        api_.perform(kube::Create{.object = kube::Object::make(kinds::kNamespace, "", space)});
    ASSERT_TRUE(home) << home.error().what;
    auto object = kube::Object::make(kinds::kAdmissionDeployment, space, name);
    object["spec"]["target"]["type"] = "Runtime";
    object["spec"]["credentials"]["type"] = type;
    const auto made = api_.perform(kube::Create{.object = std::move(object)});
    ASSERT_TRUE(made) << made.error().what;
  }

  int run(Flags flags) {
    int code = -1;
    net_io::Loop loop;
    net_io::run(loop, performed(&code, std::move(flags)));
    return code;
  }

  net_io::Task<int> performed(int* code, Flags flags) {
    Surroundings with{.api = api_,
                      .clock = clock_,
                      .skew = [] { return std::nullopt; },
                      .out = out_,
                      .progress = progress_};
    auto done = co_await perform(std::move(with), std::move(flags));
    *code = done ? *done : 2;
    if (!done) progress_ << done.error().what;
    co_return 0;
  }

  base::ManualClock clock_{*base::parse_rfc3339("2026-01-01T00:00:00Z")};
  kube::testing::InMemoryApi api_{clock_, 1};
  std::ostringstream out_, progress_;
};

TEST_F(Commands, StatusIsOfOneNamespaceOrOfAll) {
  create("garden", "a", "InCluster");
  create("other", "b", "InCluster");
  EXPECT_EQ(run({.namespace_name = "garden"}), 0);
  EXPECT_EQ(out_.str(), "garden/a  not looked at yet\n");
  EXPECT_EQ(run({.namespace_name = "garden", .all_namespaces = true, .output = "json"}), 0);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("\"garden\""), HasSubstr("\"other\"")));
}

TEST_F(Commands, StatusOfWhatIsNotThereIsAnError) {
  EXPECT_EQ(run({.namespace_name = "garden", .name = "a"}), 2);
  EXPECT_THAT(progress_.str(), HasSubstr("\"a\" not found"));
}

TEST_F(Commands, RotateAsksForACredentialByAnAnnotation) {
  create("garden", "a", "ServiceAccountToken");
  EXPECT_EQ(run({.command = Command::rotate,
                 .namespace_name = "garden",
                 .name = "a",
                 .timeout_seconds = 0}),
            0);
  const auto asked = api_.peek({kinds::kAdmissionDeployment, "garden", "a"})
                         ->annotation("admission.portcullis.dev/rotate");
  EXPECT_THAT(asked.value_or(""), StartsWith("credentials:2026"));
}

TEST_F(Commands, RotateRefusesWhatIsNotTheOperatorsToRenew) {
  create("garden", "a", "ProjectedToken");
  const auto before = api_.writes().size();
  EXPECT_EQ(run({.command = Command::rotate,
                 .namespace_name = "garden",
                 .name = "a",
                 .timeout_seconds = 0}),
            2);
  EXPECT_EQ(api_.writes().size(), before);
  EXPECT_THAT(progress_.str(), HasSubstr("ProjectedToken"));
}

TEST_F(Commands, DoctorEndsWithOneWhereSomethingIsWrong) {
  EXPECT_EQ(run({.command = Command::doctor, .namespace_name = "garden"}), 1);
  EXPECT_THAT(out_.str(), HasSubstr("no operator has ever led"));
  EXPECT_THAT(progress_.str(), IsEmpty());
}

}  // namespace
}  // namespace cli
