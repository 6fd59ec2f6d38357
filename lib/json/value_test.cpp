#include "json/value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

#include "json/parse.hpp"

namespace json {
namespace {

TEST(Number, OnlyIntegerLiteralsAreIntegers) {
  EXPECT_EQ(Number{"0"}.as_int64(), 0);
  EXPECT_EQ(Number{"-0"}.as_int64(), 0);
  EXPECT_EQ(Number{"9223372036854775807"}.as_int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(Number{"-9223372036854775808"}.as_int64(), std::numeric_limits<std::int64_t>::min());
  for (const auto* text :
       {"1.0", "1e3", "9223372036854775808", "18446744073709551616", "", "x", "1 "})
    EXPECT_EQ(Number{text}.as_int64(), std::nullopt) << text;
}

TEST(Number, DoublesHaveARange) {
  EXPECT_EQ(Number{"1.5"}.as_double(), 1.5);
  EXPECT_EQ(Number{"1e3"}.as_double(), 1000);
  EXPECT_EQ(Number{"18446744073709551616"}.as_double(), 18446744073709551616.0);
  EXPECT_EQ(Number{"1e-999"}.as_double(), 0);
  for (const auto* text : {"1e999", "-1e999", "nan", "inf", "0x1p3", "", "1x"})
    EXPECT_EQ(Number{text}.as_double(), std::nullopt) << text;
}

TEST(Value, NothingTurnsIntoABoolByAccident) {
  static_assert(!std::is_constructible_v<Value, int*> && !std::is_constructible_v<Value, double>);
  EXPECT_TRUE(Value("text").as_string());
  EXPECT_TRUE(Value(true).as_bool());
  EXPECT_TRUE(Value(1).as_number());
  EXPECT_TRUE(Value(nullptr).is_null());
}

TEST(Value, IsComparedWithoutTheOrderOfMembers) {
  EXPECT_EQ(*parse(R"({"a":1,"b":[1,2]})"), *parse(R"({"b":[1,2],"a":1})"));
  EXPECT_NE(*parse(R"({"a":1})"), *parse(R"({"b":1})"));
  EXPECT_NE(*parse(R"({"a":1})"), *parse(R"({"a":1,"b":1})"));
  EXPECT_NE(*parse("[1,2]"), *parse("[2,1]"));
  EXPECT_NE(*parse("1"), *parse("1.0")) << "a number is its text";
  EXPECT_NE(*parse("null"), *parse("false"));
}

TEST(Value, LargeObjectsAreComparedAsSmallOnesAre) {
  Object forward;
  Object backward;
  for (int i = 0; i < 100; ++i)
    forward.set(std::to_string(i), i), backward.set(std::to_string(99 - i), 99 - i);
  EXPECT_EQ(forward, backward);
  backward.set("7", 8);
  EXPECT_NE(forward, backward);
  backward.erase("7");
  backward.set("x", 7);
  EXPECT_NE(forward, backward);
}

TEST(Value, ReadsThroughWhatIsNotThere) {
  const auto value = *parse(R"({"spec":{"replicas":3,"name":"x","on":true,"list":[1]}})");
  EXPECT_EQ(value.at("spec").at("replicas").int_or(1), 3);
  EXPECT_EQ(value.at("spec").at("name").string_or("y"), "x");
  EXPECT_TRUE(value.at("spec").at("on").bool_or(false));
  EXPECT_EQ(value.at("spec").at("list").items().size(), 1U);
  const auto& nowhere = value.at("status").at("deep").at("er");
  EXPECT_TRUE(nowhere.is_null());
  EXPECT_EQ(nowhere.int_or(7), 7);
  EXPECT_EQ(nowhere.string_or("y"), "y");
  EXPECT_TRUE(nowhere.items().empty() && nowhere.members().empty());
  EXPECT_EQ(value.at("spec").at("name").int_or(7), 7);
}

TEST(Value, WritingMakesObjectsOnTheWay) {
  Value value;
  value["a"]["b"] = 1;
  value["c"] = "text";
  value["c"]["d"] = true;
  EXPECT_EQ(to_string(value), R"({"a":{"b":1},"c":{"d":true}})");
}

TEST(Object, KeepsOrderAndKeysUnique) {
  Object object{{"b", 1}, {"a", 2}, {"b", 3}};
  EXPECT_EQ(to_string(object), R"({"b":3,"a":2})");
  object.set("c", 4);
  object["d"] = 5;
  EXPECT_TRUE(object.erase("a"));
  EXPECT_FALSE(object.erase("a"));
  EXPECT_EQ(to_string(object), R"({"b":3,"c":4,"d":5})");
  EXPECT_TRUE(object.contains("c"));
  EXPECT_EQ(object.size(), 3U);
}

}  // namespace
}  // namespace json
