#include "webhook/protocol/review.hpp"

#include <gtest/gtest.h>

namespace protocol {
namespace {

std::string complaint_about(std::string body) {
  const auto review = decode(std::move(body));
  return review ? "none" : review.error().what;
}

TEST(Review, GivesWhatTheApiServerSent) {
  const auto review =
      decode(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{
      "uid":"u-1","kind":{"group":"core.gardener.cloud","version":"v1beta1","kind":"Shoot"},
      "resource":{"resource":"shoots"},"namespace":"garden-dev","name":"crazy","operation":"UPDATE",
      "dryRun":true,
      "userInfo":{"username":"someone","groups":["a","b"]},
      "object":{"a":1},"oldObject":{"a":2}}})");
  ASSERT_TRUE(review);
  EXPECT_EQ(review->sender.uid, "u-1");
  EXPECT_EQ(review->sender.api_version, "admission.k8s.io/v1");
  EXPECT_EQ(to_string(review->kind), "core.gardener.cloud/v1beta1, Kind=Shoot");
  EXPECT_EQ(review->resource, "shoots");
  EXPECT_EQ(review->namespace_name, "garden-dev");
  EXPECT_EQ(review->name, "crazy");
  EXPECT_EQ(review->operation, "UPDATE");
  EXPECT_EQ(review->user, "someone");
  EXPECT_EQ(review->object.at("a").number_text(), "1");
  EXPECT_EQ(review->old_object.at("a").number_text(), "2");
}

TEST(Review, KeepsTheOlderVersionForItsAnswer) {
  const auto review = decode(
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u"}})");
  ASSERT_TRUE(review);
  EXPECT_EQ(review->sender.api_version, "admission.k8s.io/v1beta1");
}

TEST(Review, StaysValidWhenMoved) {
  auto first = decode(R"({"request":{"uid":"a uid that is long enough to live on the heap"}})");
  ASSERT_TRUE(first);
  const Review second = *std::move(first);
  EXPECT_EQ(second.sender.uid, "a uid that is long enough to live on the heap");
}

TEST(Review, TakesTheFirstVersionWhereNeitherKindNorVersionIsGiven) {
  const auto neither = decode("{}");
  ASSERT_TRUE(neither);
  EXPECT_EQ(neither->sender.kind, "AdmissionReview");
  EXPECT_EQ(neither->sender.api_version, "admission.k8s.io/v1");
  const auto only_kind = decode(R"({"kind":"AdmissionReview"})");
  ASSERT_TRUE(only_kind);
  EXPECT_EQ(only_kind->sender.api_version, "");
}

TEST(Review, ToleratesAByteOrderMarkAndBlanks) { EXPECT_TRUE(decode("\xEF\xBB\xBF \n{}")); }

TEST(Review, NullIsAbsent) {
  const auto review =
      decode(R"({"request":{"object":null,"oldObject":null,"userInfo":null,"dryRun":null}})");
  ASSERT_TRUE(review);
  EXPECT_TRUE(review->object.is_null());
  EXPECT_TRUE(review->old_object.is_null());
  EXPECT_TRUE(decode("null"));
}

TEST(Review, NamesTheMemberOfTheWrongType) {
  EXPECT_EQ(complaint_about("[]"), "expected an AdmissionReview object");
  EXPECT_EQ(complaint_about(R"({"kind":1})"), "kind: expected a string");
  EXPECT_EQ(complaint_about(R"({"apiVersion":"a/b/c"})"), "apiVersion: expected group/version");
  EXPECT_EQ(complaint_about(R"({"request":"x"})"), "request: expected an object");
  EXPECT_EQ(complaint_about(R"({"request":{"uid":1}})"), "request.uid: expected a string");
  EXPECT_EQ(complaint_about(R"({"request":{"kind":{"group":{}}}})"),
            "request.kind.group: expected a string");
  EXPECT_EQ(complaint_about(R"({"request":{"dryRun":"yes"}})"),
            "request.dryRun: expected a boolean");
  EXPECT_EQ(complaint_about(R"({"request":{"userInfo":{"groups":[1]}}})"),
            "request.userInfo.groups: expected a list of strings");
}

TEST(Review, RefusesWhatIsNotOneJsonDocument) {
  for (const char* body :
       {"", "hello", "kind: AdmissionReview", "{} {}", "{}x", "{\"a\":\"\xFF\"}", "{'a':1}"}) {
    EXPECT_FALSE(decode(body)) << body;
  }
  EXPECT_FALSE(decode(std::string("{}\0", 3)));
  EXPECT_FALSE(decode(std::string(513, '[') + std::string(513, ']')));
  std::string many = "[0";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  EXPECT_FALSE(decode(R"({"request":)" + many + "]}"));
}

TEST(Review, QuotesNothingOfABodyItCannotRead) {
  const auto complaint =
      complaint_about(R"({"request":{"object":{"data":{"key":"hunter2"}}}} trailing)");
  EXPECT_NE(complaint, "none");
  EXPECT_EQ(complaint.find("hunter2"), std::string::npos);
  EXPECT_EQ(complaint.find("trailing"), std::string::npos);
}

}  // namespace
}  // namespace protocol
