#include "json/limits.hpp"

#include <gtest/gtest.h>

#include <string>

#include "json/dom.hpp"
#include "json/parse.hpp"

namespace json {
namespace {

std::string repeat(std::string_view what, std::size_t times) {
  std::string text;
  text.reserve(what.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

/// "" when the text is within the limits.
std::string complaint(std::string_view text, const Limits& limits = {}) {
  const auto checked = Dom::parse(std::string(text), limits);
  if (checked) return "";
  EXPECT_TRUE(checked.error().is(base::Error::Kind::invalid));
  return checked.error().what;
}

constexpr std::size_t kBig = 7u << 20;

TEST(Limits, CountsEveryValueOnce) {
  const auto values = [](std::string_view text) {
    std::size_t most = 0;
    while (!Dom::parse(std::string(text), {.values = most})) ++most;
    return most;
  };
  EXPECT_EQ(values("1"), 1U);
  EXPECT_EQ(values("[]"), 1U);
  EXPECT_EQ(values("[ \n\t]"), 1U);
  EXPECT_EQ(values("{}"), 1U);
  EXPECT_EQ(values("[[],[]]"), 3U);
  EXPECT_EQ(values("[[[]]]"), 3U);
  EXPECT_EQ(values("[1,2,3]"), 4U);
  EXPECT_EQ(values(R"({"a":1,"b":[true,"x"],"c":{}})"), 6U);
  EXPECT_EQ(values(R"(["[,{,\",[", "]"])"), 3U);
}

TEST(Limits, AcceptsUpToTheLimitAndNotOneMore) {
  EXPECT_EQ(complaint(repeat("[", 512) + repeat("]", 512)), "");
  EXPECT_EQ(complaint(repeat("[", 513) + repeat("]", 513)), "nested too deeply at offset 512");
  EXPECT_EQ(complaint("[0" + repeat(",0", 199'998) + "]"), "");
  EXPECT_EQ(complaint("[0" + repeat(",0", 199'999) + "]"), "too many values at offset 399999");
  EXPECT_EQ(complaint("\"" + std::string(kBig - 2, 'a') + "\""), "");
  EXPECT_EQ(complaint("\"" + std::string(kBig - 1, 'a') + "\""),
            "document is larger than 7340032 bytes");
}

TEST(Limits, DepthIsWhatIsOpenNotWhatWasOpened) {
  EXPECT_EQ(complaint("[" + repeat("[[[]]],", 10'000) + "0]", {.depth = 4}), "");
  EXPECT_EQ(complaint("[[]]]", {.depth = 4}), "not JSON: more behind the document at offset 4");
}

TEST(Limits, SaysWhereATextEndsEarly) {
  EXPECT_EQ(complaint("[{"), "not JSON: the text ends early at offset 2");
  EXPECT_EQ(complaint("\"abc"), "string without an end at offset 4");
  EXPECT_EQ(complaint("\"abc\\\""), "string without an end at offset 6");
  EXPECT_EQ(complaint("\"abcdefgh\\"), "not JSON: an escape is wrong at offset 9");
}

TEST(Limits, FindsTheEndOfAStringBehindAnyRunOfEscapes) {
  for (const auto* escape : {"\\\\", "\\n", "\\\"", "\\u00e4", "\\ud800"}) {
    for (std::size_t times = 1; times < 12; ++times) {
      const auto text = "[\"" + repeat(escape, times);
      EXPECT_EQ(complaint(text + "\"]"), "") << text;
      EXPECT_EQ(complaint(text + "\",[]]", {.depth = 1}),
                "nested too deeply at offset " + std::to_string(text.size() + 2));
      EXPECT_EQ(complaint(text + "\\\"]"),
                "string without an end at offset " + std::to_string(text.size() + 3));
    }
  }
}

TEST(Limits, RefusesAnEscapeThatIsCutOff) {
  for (const auto* cut : {"\\u", "\\u0", "\\u00", "\\u00e"}) {
    const auto text = "[\"" + std::string(cut);
    EXPECT_EQ(complaint(text + "\",[],0]", {.depth = 1}),
              "not JSON: an escape is wrong at offset 2");
  }
}

TEST(Limits, RefusesNumbersThatNobodyNeeds) {
  EXPECT_EQ(complaint("[0." + std::string(1022, '1') + "]"), "");
  EXPECT_EQ(complaint("[" + std::string(1025, '1') + "]"), "number too long at offset 1");
}

TEST(Limits, RefusesNulBytesWhereverTheyStand) {
  using namespace std::string_view_literals;
  EXPECT_EQ(complaint("{}\0x"sv), "NUL byte at offset 2");
  EXPECT_EQ(complaint("\"a\0\""sv), "NUL byte at offset 2");
  EXPECT_EQ(complaint("\"\\\0\""sv), "not JSON: an escape is wrong at offset 1");
  EXPECT_EQ(complaint("\"0123456789abcdef\0\""sv), "NUL byte at offset 17");
  EXPECT_EQ(complaint(R"("\u0000")"), "");  // written as an escape it is a character as any other
}

TEST(Limits, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(complaint("\"\xff\""), "invalid UTF-8 at offset 1");
  EXPECT_EQ(complaint("\"0123456789\xc3\""), "invalid UTF-8 at offset 11");
  EXPECT_EQ(complaint("\"\xed\xa0\x80\""), "invalid UTF-8 at offset 1");
  EXPECT_EQ(complaint("\"\\\xff\""), "not JSON: an escape is wrong at offset 1");
  EXPECT_EQ(complaint("\xff"), "invalid UTF-8 at offset 0");
  EXPECT_EQ(complaint("\"\u00e4\u20ac\U0001F600\""), "");
  EXPECT_EQ(complaint("\"\xe2\x82"), "invalid UTF-8 at offset 1");
}

TEST(Limits, FindsEverySpecialByteAtEveryPositionOfAWord) {
  for (std::size_t position = 0; position < 24; ++position) {
    std::string text = "[\"" + std::string(24, 'a') + "\",[[";
    const auto put = [&](char byte) {
      auto changed = text;
      changed[2 + position] = byte;
      return complaint(changed, {.depth = 1});
    };
    const auto at = std::to_string(2 + position);
    EXPECT_EQ(put('\0'), "NUL byte at offset " + at);
    EXPECT_EQ(put('\x80'), "invalid UTF-8 at offset " + at);
    EXPECT_EQ(put('\xff'), "invalid UTF-8 at offset " + at);
    EXPECT_EQ(put('['), "nested too deeply at offset 28") << "a bracket in a string is a letter";
    EXPECT_EQ(put('"'), "not JSON: a comma or a closing bracket is missing at offset " +
                            std::to_string(3 + position));
    EXPECT_EQ(put('\\'), position == 23 ? "string without an end at offset 30"
                                        : "not JSON: an escape is wrong at offset " + at);
  }
}

TEST(Limits, EveryByteEverywhereIsPassedOrRefusedButNeverStoodAt) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t position = 0; position < 12; ++position) {
      std::string text = "\"" + std::string(10, 'a') + "\"";
      text[position] = static_cast<char>(byte);
      const auto inside = position > 0 && position < 11;
      const bool refused = byte < 0x20 || byte >= 0x80 || (byte == '"') == inside;
      if (inside && byte != '\\')
        EXPECT_EQ(!complaint(text).empty(), refused) << byte << " at " << position;
      if (!inside) complaint(text);
    }
  }
}

struct Bomb {
  const char* name;
  std::string text;
};

std::vector<Bomb> bombs() {
  return {{"opening brackets", std::string(kBig, '[')},
          {"opening braces", repeat("{\"a\":", kBig / 5)},
          {"closing brackets", std::string(kBig, ']')},
          {"numbers", "[" + repeat("0,", kBig / 2 - 1) + "0]"},
          {"empty lists", "[" + repeat("[],", kBig / 3 - 1) + "0]"},
          {"members", "{" + repeat("\"\":0,", kBig / 5 - 1) + "}"},
          {"NULs", std::string(kBig, '\0')},
          {"bad bytes", std::string(kBig, '\xff')},
          {"a NUL at the end", "\"" + std::string(kBig - 3, 'a') + std::string("\0\"", 2)},
          {"a bad byte at the end", "\"" + repeat("\u00e4", kBig / 2 - 2) + "\xff\""},
          {"an open string", "\"" + std::string(kBig - 1, 'a')},
          {"blanks", std::string(kBig, ' ')},
          {"digits", std::string(kBig, '1')},
          {"a long fraction", "1e" + std::string(kBig - 2, '9')},
          {"backslashes", "\"" + std::string(kBig - 1, '\\')},
          {"lone surrogates", "\"" + repeat("\\ud800", kBig / 6)},
          {"one byte too many", std::string(kBig + 1, ' ')}};
}

TEST(Limits, BombsAreRefused) {
  for (const auto& [name, text] : bombs()) EXPECT_FALSE(parse(text)) << name;
}

TEST(Limits, LargeDocumentsWithinTheLimitsAreRead) {
  const auto item =
      R"({"name":"worker-0","labels":{"a":"b\n"},"size":12,"zones":["x","y"],"on":true},)";
  const auto text = "[" + repeat(item, 5'000) + "\"" + std::string(5u << 20, 'x') + "\"]";
  const auto value = parse(text);
  ASSERT_TRUE(value) << value.error().what;
  EXPECT_EQ(value->items().size(), 5'001U);
  EXPECT_EQ(to_string(*value), text);
}

TEST(Limits, ManyMembersAreNoQuadraticWork) {
  // One walk through all members for each of them would be some minutes.
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  const auto once = parse(text + "\"x\":0}");
  ASSERT_TRUE(once);
  EXPECT_EQ(once->members().size(), 20'001U);
  EXPECT_TRUE(*once == *parse("{\"x\":0," + text.substr(1, text.size() - 2) + "}"));
  const auto twice = parse("{\"a\":" + text + "\"x\":0},\"a\":" + text + "\"y\":0}}");
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->at("a").members().size(), 20'002U);
}

}  // namespace
}  // namespace json
