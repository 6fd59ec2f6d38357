#include "webhook/alicloud/facts/facts.hpp"

#include <gtest/gtest.h>

namespace alicloud {

struct ReadProfile {
  int number;
};

namespace {

ObjectQuestion secret(std::string name) {
  return {.source = Source::live,
          .kind = ReadKind::secret,
          .namespace_name = "n",
          .name = std::move(name)};
}

TEST(Facts, NoteWhatIsNotKnownOnce) {
  Facts facts;
  EXPECT_EQ(facts.ask(secret("a")), nullptr);
  EXPECT_EQ(facts.ask(secret("b")), nullptr);
  EXPECT_EQ(facts.ask(secret("a")), nullptr);
  const auto wanted = facts.take_wanted();
  ASSERT_EQ(wanted.size(), 2u);
  EXPECT_EQ(std::get<ObjectQuestion>(wanted[0]), secret("a"));
  EXPECT_TRUE(facts.take_wanted().empty());
}

TEST(Facts, TellWhatTheyWereTold) {
  Facts facts;
  facts.tell(secret("a"), base::fail(not_found(secret("a"))));
  const auto* answer = facts.ask(secret("a"));
  ASSERT_NE(answer, nullptr);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().what, "secrets \"a\" not found");
  EXPECT_TRUE(facts.take_wanted().empty());
}

TEST(Facts, AbsenceIsWordedByItsSource) {
  auto question = secret("x");
  question.kind = ReadKind::cloud_profile;
  question.source = Source::cache;
  EXPECT_EQ(not_found(question).what, "CloudProfile.core.gardener.cloud \"x\" not found");
  question.kind = ReadKind::credentials_binding;
  question.source = Source::live;
  EXPECT_EQ(not_found(question).what,
            "credentialsbindings.security.gardener.cloud \"x\" not found");
}

ProfileReadings::Document document(const char* text) {
  return std::make_shared<const json::Dom>(*json::Dom::parse(text));
}

TEST(ProfileReadings, AreOfOneDocumentAndForgottenWithIt) {
  ProfileReadings readings;
  auto first = document("{}");
  const auto second = document("{}");
  EXPECT_EQ(readings.find(first), nullptr);
  const auto reading = std::make_shared<const ReadProfile>(1);
  readings.keep(first, reading);
  EXPECT_EQ(readings.find(first), reading);
  EXPECT_EQ(readings.find(second), nullptr);
  first = nullptr;
  readings.keep(second, std::make_shared<const ReadProfile>(2));
  EXPECT_EQ(reading.use_count(), 1);
  EXPECT_EQ(readings.find(second)->number, 2);
}

TEST(ProfileReadings, AreFew) {
  ProfileReadings readings;
  std::vector<ProfileReadings::Document> documents;
  for (int i = 0; i < 100; ++i) {
    documents.push_back(document("{}"));
    readings.keep(documents.back(), std::make_shared<const ReadProfile>(i));
  }
  EXPECT_EQ(readings.find(documents.back())->number, 99);
  EXPECT_EQ(readings.find(documents.front()), nullptr);
}

}  // namespace
}  // namespace alicloud
