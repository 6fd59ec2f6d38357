#include "webhook/alicloud/api/field_errors.hpp"

#include <gtest/gtest.h>

namespace alicloud {
namespace {

TEST(FieldErrors, ReadAsThoseOfTheApiMachinery) {
  EXPECT_EQ(required("a.b", "must be set"), "a.b: Required value: must be set");
  EXPECT_EQ(required("a.b", ""), "a.b: Required value");
  EXPECT_EQ(forbidden("a", "no"), "a: Forbidden: no");
  EXPECT_EQ(invalid_value("a", quoted("x"), "bad"), "a: Invalid value: \"x\": bad");
  EXPECT_EQ(unsupported("a", "x", {"y", "z"}),
            "a: Unsupported value: \"x\": supported values: \"y\", \"z\"");
  EXPECT_EQ(too_many("a", 65, 64), "a: Too many: 65: must have at most 64 items");
  EXPECT_EQ(too_long("a", 64), "a: Too long: may not be more than 64 bytes");
}

TEST(FieldErrors, QuoteAsGoDoes) {
  EXPECT_EQ(quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(quoted("\n\t\r\a\v"), R"("\n\t\r\a\v")");
  EXPECT_EQ(quoted(std::string_view("\x01\x7F\0", 3)), R"("\x01\x7f\x00")");
  EXPECT_EQ(quoted("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(quoted("\xE2\x80\xA8\xC2\xA0"), R"("\u2028\u00a0")");
  EXPECT_EQ(quoted_or_null(std::nullopt), "null");
}

TEST(FieldErrors, ShowJsonAsGoWritesIt) {
  EXPECT_EQ(as_go_json(R"({"a":"<b> & c"})"), R"({"a":"\u003cb\u003e \u0026 c"})");
  EXPECT_EQ(as_go_json("[\"\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC\"]"),
            "[\"\\u2028\\u2029\xE2\x82\xAC\"]");
}

TEST(FieldErrors, NameOddChildrenInBrackets) {
  EXPECT_EQ(child("a", "b.c"), "a.b.c");
  EXPECT_EQ(child("a", ""), "a[]");
  EXPECT_EQ(child("a", 3), "a[3]");
}

TEST(Errors, AreOneTextWithoutRepetition) {
  Errors errors;
  EXPECT_EQ(errors.text(), std::nullopt);
  errors.add("a");
  EXPECT_EQ(errors.text(), "a");
  errors.add("a");
  EXPECT_EQ(errors.text(), "a");
  errors.add("b");
  EXPECT_EQ(errors.text(), "[a, b]");
}

TEST(Errors, EndWherePeopleStopReading) {
  Errors errors;
  for (int i = 0; i < 3'000; ++i) errors.add(std::to_string(i));
  EXPECT_TRUE(errors.is_full());
  EXPECT_TRUE(errors.text()->ends_with(", 1999]"));
  Errors long_ones;
  for (char c = 'a'; c <= 'z'; ++c) long_ones.add(std::string(1U << 19, c));
  EXPECT_TRUE(long_ones.text()->ends_with("b]"));
}

}  // namespace
}  // namespace alicloud
