#include "webhook/replay/compare.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

json::Value review(std::string message, int code = 403) {
  json::Object status{{"code", code}, {"message", std::move(message)}};
  return json::Value::object({{"response", json::Value::object({{"status", std::move(status)}})}});
}

std::string compare(Expectation expected, std::string got) {
  Outcome outcome;
  outcome.http.status = 200;
  outcome.review = review(std::move(got));
  return difference(expected, outcome).value_or("");
}

Expectation message(std::string text) {
  Expectation expected;
  expected.review = review(std::move(text));
  return expected;
}

TEST(Compare, MessagesMustBeEqual) {
  EXPECT_EQ(compare(message("a: Required value"), "a: Required value"), "");
  EXPECT_NE(compare(message("a: Required value"), "b: Required value"), "");
  EXPECT_NE(compare(message("[a, b]"), "[b, a]"), "");
}

TEST(Compare, OrderIsFreeWhereThePeerIsNotDeterministic) {
  auto expected = message("[a, b]");
  expected.alternatives = {message("[a, b]"), message("[c, a]")};
  EXPECT_EQ(compare(expected, "[b, a]"), "");
  EXPECT_EQ(compare(expected, "[a, c]"), "");
  EXPECT_NE(compare(expected, "[a, a]"), "");
}

TEST(Compare, SupportedValuesAreASet) {
  EXPECT_EQ(compare(message("x: supported values [a b]"), "x: supported values [b a]"), "");
  EXPECT_NE(compare(message("x: supported values [a b]"), "x: supported values [b c]"), "");
}

TEST(Compare, ListsInAnErrorAreNoErrors) {
  auto expected = message(R"([a: supported values: "x", "y", b: no])");
  expected.alternatives = {expected};
  EXPECT_EQ(compare(expected, R"([b: no, a: supported values: "y", "x"])"), "");
  EXPECT_NE(compare(expected, R"([b: no, "y", a: supported values: "x"])"), "");
}

TEST(Compare, TextsOfTheGoDecoderAreSaidInOurWords) {
  const auto expected = message("[x: no, y: why: Object 'Kind' is missing in '{}']");
  EXPECT_EQ(compare(expected, "[x: no, y: why: Object 'Kind' is missing in '{}']"), "");
  EXPECT_NE(compare(expected, "[x: no, y: why: Object 'Kind' is missing in '{}'"), "");
  EXPECT_NE(compare(expected, "[x: no, z: why: Object 'Kind' is missing in '{}']"), "");
  EXPECT_NE(compare(expected, "[x: no, y: why: ]"), "");
}

TEST(Compare, DumpsAreNotSaid) {
  const auto expected = message(
      "could not decode request {json: cannot unmarshal [1 2] <nil>}: json: cannot unmarshal array "
      "into Go struct field Shoot.spec of type v1beta1.ShootSpec");
  EXPECT_EQ(compare(expected, "could not decode request: spec: expected an object"), "");
  EXPECT_NE(compare(expected, "could not decode request: spec: expected a list"), "");
  EXPECT_NE(compare(expected, "could not decode request: status: expected an object"), "");
  EXPECT_NE(compare(expected, "could not decode request {[1 2]}: spec: expected an object"), "");
}

TEST(Compare, EverythingElseMustBeEqual) {
  Outcome outcome;
  outcome.http.status = 200;
  outcome.review = review("a", 400);
  EXPECT_NE(difference(message("a"), outcome), std::nullopt);
  outcome.review = review("a");
  EXPECT_EQ(difference(message("a"), outcome), std::nullopt);
  outcome.patched = json::Value(1);
  EXPECT_NE(difference(message("a"), outcome), std::nullopt);
  auto expected = message("a");
  expected.patched = json::Value(2);
  EXPECT_NE(difference(expected, outcome), std::nullopt);
  expected.patched = json::Value(1);
  EXPECT_EQ(difference(expected, outcome), std::nullopt);
}

}  // namespace
}  // namespace replay
