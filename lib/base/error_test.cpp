#include "base/error.hpp"

#include <gtest/gtest.h>

#include "base/field_path.hpp"
#include "base/result.hpp"

namespace base {
namespace {

TEST(Error, ExplainingKeepsKindCodeWaitAndCause) {
  Error first = transient("connection reset", Millis(500));
  first.code = 503;
  const auto second = explain("reading Secret garden/x", first);
  EXPECT_EQ(second.what, "reading Secret garden/x: connection reset");
  EXPECT_TRUE(second.is(Error::Kind::transient));
  EXPECT_EQ(second.retry_after, Millis(500));
  EXPECT_EQ(second.code, 503);
  ASSERT_TRUE(second.cause);
  EXPECT_EQ(second.cause->what, "connection reset");
}

TEST(Error, OnlySomeKindsAreWorthAnotherTry) {
  using enum Error::Kind;
  for (const auto kind : {transient, conflict, gone})
    EXPECT_TRUE(is_retryable({.kind = kind})) << to_string(kind);
  for (const auto kind : {exists, not_found, unauthenticated, denied, invalid, cancelled})
    EXPECT_FALSE(is_retryable({.kind = kind})) << to_string(kind);
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(invalid("odd"));
  return number / 2;
}

Result<> check(int number) {
  if (number < 0) return fail(invalid("negative"));
  return {};
}

Result<int> checked(int number) {
  TRY_VOID(check(number));
  return number;
}

Result<int> quarter(int number) {
  TRY(const int once, half(number));
  TRY(const int twice, half(once));
  return twice;
}

TEST(Result, TryHandsOnValuesAndErrors) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().what, "odd");
  EXPECT_EQ(quarter(3).error().what, "odd");
  EXPECT_EQ(checked(1).value(), 1);
  EXPECT_EQ(checked(-1).error().what, "negative");
}

TEST(FieldPath, IsWrittenAsKubernetesWritesIt) {
  const auto path = FieldPath().field("spec").field("workers").index(2).field("labels").key("a.b");
  EXPECT_EQ(path.text(), "spec.workers[2].labels[a.b]");
  EXPECT_EQ(FieldPath().index(0).field("x").text(), "[0].x");
}

TEST(FieldPath, ProblemsNameTheirPlace) {
  EXPECT_EQ(to_string(Problem{FieldPath("spec.x"), "required"}), "spec.x: required");
  EXPECT_EQ(to_string(Problem{FieldPath(), "no object"}), "no object");
  EXPECT_EQ(to_string(std::vector<Problem>{{FieldPath("a"), "b"}, {FieldPath("c"), "d"}}),
            "a: b; c: d");
  EXPECT_EQ(to_string(std::vector<Problem>{}), "");
}

}  // namespace
}  // namespace base
