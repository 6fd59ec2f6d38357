#include "json/parse.hpp"

#include <gmock/gmock.h>

#include "json/testing.hpp"

namespace json {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// What parse() made of the text, written again; or what it said.
std::string round(std::string_view text, Duplicates duplicates = Duplicates::last_wins) {
  const auto value = parse(text, duplicates);
  if (value) return to_string(*value);
  EXPECT_TRUE(value.error().is(base::Error::Kind::invalid));
  return "error: " + value.error().what;
}

TEST(Parse, ReadsEveryKindOfValue) {
  constexpr auto text = R"({"a":[null,true,false,0,-1,"x",{},[]],"b":{"c":""}})";
  EXPECT_EQ(round(text), text);
  EXPECT_EQ(round(" \t\r\n 1 \n"), "1");
}

TEST(Parse, NumbersKeepTheirText) {
  constexpr auto text =
      "[0,-0,1.0,1e3,1E+3,0.10,-1.5e-3,18446744073709551616,123456789012345678901234567890,1e-999]";
  EXPECT_EQ(round(text), text);
}

TEST(Parse, RefusesWhatIsNoJson) {
  for (const std::string_view bad :
       {"",           " ",       "[",        "]",         "{",         "}",
        "[1",         "[1,",     "[1,]",     "[,1]",      "{\"a\"}",   "{\"a\":}",
        "{\"a\":1,}", "{a:1}",   "{1:1}",    "{\"a\" 1}", "{'a':1}",   "01",
        "+1",         "-",       "1.",       ".1",        "1e",        "1e+",
        "0x1",        "NaN",     "Infinity", "-Infinity", "nul",       "True",
        "tru",        "\"",      "\"\\\"",   "\"\\x\"",   "\"\\u12\"", "\"\\u12g4\"",
        "\"a\nb\"",   "\"\t\"",  "[1 2]",    "[1}",       "/**/1",     "1//",
        "1e999",      "\\ud800", "[\\]",     "\"\\ud8\""})
    EXPECT_THAT(round(bad), StartsWith("error: ")) << bad;
}

TEST(Parse, RefusesEveryControlCharacterInStringsShortAndLong) {
  for (char control = 1; control < ' '; ++control)
    for (const std::size_t length : {0U, 7U, 8U, 40U})
      EXPECT_THAT(
          round("\"" + std::string(length, 'a') + control + std::string(length, 'b') + "\""),
          StartsWith("error: "))
          << static_cast<int>(control);
}

TEST(Parse, RefusesEverythingBehindTheDocument) {
  EXPECT_THAT(round("{}{}"), StartsWith("error: "));
  EXPECT_THAT(round("1 x"), StartsWith("error: "));
  EXPECT_THAT(round("[1]]"), StartsWith("error: "));
  EXPECT_THAT(round(std::string_view("{}\0x", 4)), HasSubstr("NUL"));
  EXPECT_THAT(round(std::string_view("{}\0", 3)), HasSubstr("NUL"));
}

TEST(Parse, RefusesAByteOrderMark) { EXPECT_THAT(round("\xEF\xBB\xBF{}"), StartsWith("error: ")); }

TEST(Parse, ErrorsNameTheOffsetAndQuoteNothing) {
  const auto said = round(R"({"password":"not-a-real-one" "x"})");
  EXPECT_THAT(said, HasSubstr("offset 29"));
  EXPECT_THAT(said, testing::Not(HasSubstr("not-a-real-one")));
}

TEST(Parse, UnescapesStringsAndKeys) {
  const auto value = parse(R"({"\u0061\/\"":"\b\f\n\r\t\\\u00e4\u20ac\ud83d\ude00\u0000."})");
  ASSERT_TRUE(value);
  const auto* text = value->at("a/\"").as_string();
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, std::string("\b\f\n\r\t\\\u00e4\u20ac\U0001F600\0.", 21 - 4));
}

TEST(Parse, LoneSurrogatesBecomeReplacementCharactersAsInGo) {
  EXPECT_EQ(round(R"("\ud800")"), "\"\uFFFD\"");
  EXPECT_EQ(round(R"("\udc00")"), "\"\uFFFD\"");
  EXPECT_EQ(round(R"("\uD800x\uDFFF")"), "\"\uFFFDx\uFFFD\"");
  EXPECT_EQ(round(R"("\ud800\ud83d\ude00")"), "\"\uFFFD\U0001F600\"");
  EXPECT_EQ(round(R"("\ud83d\u0041")"), "\"\uFFFDA\"");
  EXPECT_EQ(round(R"("\ude00\ud83d")"), "\"\uFFFD\uFFFD\"");
  EXPECT_EQ(round(R"("\ud83d\ude00")"), "\"\U0001F600\"");
  EXPECT_EQ(round(R"({"\ud800":1})"), "{\"\uFFFD\":1}");
}

TEST(Parse, AnEscapedBackslashIsNoEscape) {
  EXPECT_EQ(round(R"("\\ud800")"), R"("\\ud800")");
  EXPECT_EQ(round(R"("\\\ud800")"), "\"\\\\\uFFFD\"");
}

TEST(Parse, OfDuplicatesTheLastWins) {
  EXPECT_EQ(round(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(round(R"({"a":[1,2],"a":[3]})"), R"({"a":[3]})");
  EXPECT_EQ(round(R"({"a":{"x":1},"a":null})"), R"({"a":null})");
  EXPECT_EQ(round(R"({"\u0061":1,"a":2})"), R"({"a":2})");
}

TEST(Parse, DuplicateMapsAreMerged) {
  EXPECT_EQ(round(R"({"a":{"x":1,"y":{"p":1}},"a":{"y":{"q":2},"z":3}})"),
            R"({"a":{"x":1,"y":{"p":1,"q":2},"z":3}})");
  EXPECT_EQ(round(R"({"a":{"x":1},"a":5,"a":{"y":2}})"), R"({"a":{"y":2}})");
  EXPECT_EQ(round(R"({"a":{"x":1},"a":{"x":2}})"), R"({"a":{"x":2}})");
}

TEST(Parse, ManyKeysAreResolvedAsFewAre) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i)
    text += "\"k" + std::to_string(i % 30) + "\":" + std::to_string(i) + ",";
  const auto value = parse(text + "\"end\":{}}");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->members().size(), 31U);
  EXPECT_EQ(value->at("k0").int_or(0), 30);
  EXPECT_EQ(value->at("k29").int_or(0), 29);
  EXPECT_EQ(value->members().begin()->first, "k0");
}

TEST(Parse, StrictlyADuplicateIsAnErrorWithItsPath) {
  EXPECT_EQ(round(R"({"a":1,"a":1})", Duplicates::reject), "error: a: duplicate field");
  EXPECT_EQ(round(R"({"a":[{},{"b":{"c":1,"c":2}}]})", Duplicates::reject),
            "error: a[1].b.c: duplicate field");
  EXPECT_EQ(round(R"([{"a":1},{"a":1}])", Duplicates::reject), R"([{"a":1},{"a":1}])");
  EXPECT_EQ(round(R"({"a":1,"\u0061":1})", Duplicates::reject), "error: a: duplicate field");
}

TEST(Parse, TheEmptyKeyIsAKeyAsAnyOther) {
  EXPECT_EQ(round(R"({"":1,"":2})", Duplicates::reject), "error: []: duplicate field");
  EXPECT_EQ(round(R"({"a":{"":1,"":2}})", Duplicates::reject), "error: a[]: duplicate field");
}

TEST(Parse, PathsOfLongKeysAreCut) {
  const std::string key(100'000, 'k');
  const auto said = round("{\"" + key + "\":1,\"" + key + "\":2}", Duplicates::reject);
  EXPECT_LT(said.size(), 200U);
}

TEST(Parse, KeysDifferInCase) {
  EXPECT_EQ(round(R"({"a":1,"A":2})", Duplicates::reject), R"({"a":1,"A":2})");
}

TEST(ToString, WritesPrettyForPeople) {
  EXPECT_EQ(to_pretty_string(*parse(R"({"a":[1,{"b":[]}],"c":{}})")), R"({
  "a": [
    1,
    {
      "b": []
    }
  ],
  "c": {}
})");
}

TEST(ToString, CanonicalTextSortsMembersOnEveryLevel) {
  const auto a = *parse(R"({"b":[{"y":1,"x":2}],"a":0})");
  const auto b = *parse(R"({"a":0,"b":[{"x":2,"y":1}]})");
  EXPECT_EQ(a, b);
  EXPECT_EQ(to_canonical_string(a), R"({"a":0,"b":[{"x":2,"y":1}]})");
  EXPECT_EQ(to_canonical_string(b), to_canonical_string(a));
  EXPECT_EQ(to_string(a), R"({"b":[{"y":1,"x":2}],"a":0})");
}

TEST(ToString, BadBytesMadeByHandAreReplaced) {
  EXPECT_EQ(to_string(Value::object({{"a\xff", "b\xc3"}})), "{\"a\uFFFD\":\"b\uFFFD\"}");
}

TEST(ToString, IsReadBackAsTheSameValue) {
  Generator generator(11);
  for (int i = 0; i < 1000; ++i) {
    const auto value = generator.value();
    for (const auto& text :
         {to_string(value), to_pretty_string(value), to_canonical_string(value)}) {
      const auto again = parse(text, Duplicates::reject);
      ASSERT_TRUE(again) << again.error().what << "\n" << text;
      ASSERT_EQ(*again, value) << text;
    }
  }
}

TEST(ToString, DoesNotRecurse) {
  // Built from the inside, and taken apart the same way, because copies and destructors do recurse.
  constexpr int depth = 100'000;
  Value value = 1;
  for (int i = 0; i < depth; ++i) {
    Array outer;
    outer.push_back(std::move(value));
    value = std::move(outer);
  }
  EXPECT_EQ(to_string(value), std::string(depth, '[') + "1" + std::string(depth, ']'));
  while (value.as_array()) {
    Value inner = std::move(value.as_array()->front());
    value = std::move(inner);
  }
}

}  // namespace
}  // namespace json
