#include "json/dom.hpp"

#include <gmock/gmock.h>

#include "json/parse.hpp"
#include "json/testing.hpp"

namespace json {
namespace {

using testing::ElementsAre;

Dom dom_of(std::string text) { return Dom::parse(std::move(text)).value(); }

TEST(Dom, TellsKindsApart) {
  const auto dom = dom_of(R"([null,true,false,1.0,"1.0",[],{}])");
  std::string kinds;
  dom.root().each_item([&](std::size_t i, DomNode item) {
    EXPECT_EQ(i, kinds.size());
    kinds += item.is_null()       ? 'n'
             : item.boolean()     ? (*item.boolean() ? 't' : 'f')
             : item.number_text() ? '1'
             : item.string()      ? 's'
             : item.is_array()    ? 'a'
             : item.is_object()   ? 'o'
                                  : '?';
  });
  EXPECT_EQ(kinds, "ntf1sao");
  EXPECT_EQ(dom.root().size(), 7U);
  EXPECT_FALSE(dom.root().string() || dom.root().number_text() || dom.root().boolean());
}

TEST(Dom, NumbersKeepTheirText) {
  const auto dom = dom_of("[1.0,-0,1e3]");
  std::vector<std::string> texts;
  dom.root().each_item(
      [&](std::size_t, DomNode item) { texts.emplace_back(item.number_text().value()); });
  EXPECT_THAT(texts, ElementsAre("1.0", "-0", "1e3"));
}

TEST(Dom, ShowsEveryDuplicateInItsOrder) {
  const auto dom = dom_of(R"({"a":1,"b":{"x":[1,2]},"\u0061":3})");
  std::vector<std::string> seen;
  dom.root().each_member([&](std::string_view key, DomNode value) {
    seen.push_back(std::string(key) + "=" + to_string(value.to_value()));
  });
  EXPECT_THAT(seen, ElementsAre("a=1", R"(b={"x":[1,2]})", "a=3"));
  EXPECT_EQ(dom.root().at("a").number_text(), "3");
  EXPECT_TRUE(dom.root().at("c").is_null());
  EXPECT_TRUE(dom.root().at("a").at("deeper").is_null());
}

TEST(Dom, NodesSurviveAMoveOfTheirDocument) {
  auto first = dom_of("\"x\"");  // short enough to live inside of a std::string
  const auto root = first.root();
  const Dom second = std::move(first);
  EXPECT_EQ(root.string(), "x");
}

TEST(Dom, ANodeOfNothingIsNull) {
  const DomNode nothing;
  EXPECT_TRUE(nothing.is_null());
  EXPECT_EQ(nothing.size(), 0U);
  EXPECT_EQ(nothing.to_value(), Value());
  nothing.each_member([](std::string_view, DomNode) { FAIL(); });
  nothing.each_item([](std::size_t, DomNode) { FAIL(); });
}

TEST(Dom, KnowsWhereItsTextsStand) {
  const auto dom = dom_of(R"({"a":"x","b":12})");
  EXPECT_EQ(dom.root().at("a").offset(), 6U);
  EXPECT_EQ(dom.root().at("b").offset(), 13U);
}

TEST(Dom, GivesTheValueItWasWrittenFrom) {
  Generator generator(12);
  for (int i = 0; i < 1000; ++i) {
    const auto value = generator.value();
    ASSERT_EQ(dom_of(to_string(value)).root().to_value(), value) << to_string(value);
  }
}

bool same(std::string a, std::string b) {
  const auto left = dom_of(std::move(a));
  const auto right = dom_of(std::move(b));
  return equal(left.root(), right.root());
}

TEST(DomEqual, IgnoresOrderOfMembersOnly) {
  EXPECT_TRUE(same(R"({"a":1,"b":[true,"x",null]})", R"({"b":[true,"x",null],"a":1})"));
  EXPECT_TRUE(same(R"([{"a":{"b":1,"c":{}}},2])", R"([{"a":{"c":{},"b":1}},2])"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[1,2]", "[1,2,3]"));
  EXPECT_FALSE(same("1", "1.0"));
  EXPECT_FALSE(same("true", "false"));
  EXPECT_FALSE(same("{}", R"({"a":null})"));
  EXPECT_FALSE(same("{}", "[]"));
  EXPECT_FALSE(same(R"("1")", "1"));
  EXPECT_FALSE(same(R"({"a":1,"b":2})", R"({"a":1,"c":2})"));
  EXPECT_FALSE(same(R"({"a":1,"b":{"c":1}})", R"({"b":{"c":2},"a":1})"));
  EXPECT_TRUE(equal({}, {}));
  const auto one = dom_of("1");
  EXPECT_FALSE(equal({}, one.root()));
}

TEST(DomEqual, OfNamesThatComeTwiceOnlyTheSameTextIsSurelyTheSame) {
  EXPECT_TRUE(same(R"({"a":1,"a":2})", R"({"a":1,"a":2})"));
  EXPECT_FALSE(same(R"({"a":1,"a":2})", R"({"a":2,"a":1})"));
  EXPECT_FALSE(same(R"({"a":1,"b":3,"a":2})", R"({"b":3,"a":1,"a":2})"));
}

TEST(DomEqual, LooksAtEachContainerOnce) {
  std::string a = "1";
  std::string b = "1";
  for (int depth = 0; depth < 200; ++depth) {
    a = R"({"x":)" + a + R"(,"y":0,"z":0})";
    b = R"({"x":)" + b + R"(,"z":0,"y":0})";
  }
  EXPECT_TRUE(same(a, b));  // twice each, it would take longer than anybody lives
}

TEST(DomEqual, SaysWhatTheValuesSay) {
  Generator generator(13);
  for (int i = 0; i < 1000; ++i) {
    const auto a = generator.value();
    const auto b = generator.changed(a);
    ASSERT_TRUE(same(to_string(a), to_canonical_string(a))) << to_string(a);
    ASSERT_EQ(same(to_string(a), to_string(b)), a == b) << to_string(a) << to_string(b);
  }
}

}  // namespace
}  // namespace json
