#include "json/reader.hpp"

#include <gtest/gtest.h>

#include <random>

#include "json/parse.hpp"
#include "json/reference.hpp"
#include "json/testing.hpp"

namespace json {
namespace {

TEST(Reader, AgreesWithAnotherParserOnDamagedTexts) {
  Generator generator(7);
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts each time
  constexpr std::string_view kPieces = "{}[]\",:\\u0123456789eE+-.tfn \n\x01\x7f\x80\xc3\xa4\xff/b";
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto text = i % 2 == 0 ? to_string(generator.value()) : to_pretty_string(generator.value());
    for (auto left = random() % 3; left > 0 && !text.empty(); --left)
      text[random() % text.size()] = kPieces[random() % kPieces.size()];
    const bool is_accepted = Dom::parse(text).has_value();
    accepted += is_accepted ? 1 : 0;
    ASSERT_TRUE(agrees_with_rapidjson(text, is_accepted)) << text;
  }
  EXPECT_GT(accepted, 6'000);
  EXPECT_LT(accepted, 16'000);
}

/// One string, which begins anywhere in a block.
std::string unescaped(std::string_view escaped, std::size_t blanks) {
  const auto dom = Dom::parse(std::string(blanks, ' ') + "\"" + std::string(escaped) + "\"");
  return dom ? std::string(dom->root().string().value()) : dom.error().what;
}

TEST(Reader, UnescapesStringsWhereverTheyBegin) {
  for (std::size_t blanks = 0; blanks < 40; ++blanks) {
    for (const std::string text :
         {"", "a", "0123456789abcdef", "0123456789abcdef0123456789abcdef0"}) {
      EXPECT_EQ(unescaped(text, blanks), text);
      EXPECT_EQ(unescaped(text + R"(\"\\\/\b\f\n\r\t)" + text, blanks),
                text + "\"\\/\b\f\n\r\t" + text);
      EXPECT_EQ(unescaped(text + R"(\u00e4\u20AC\ud83d\ude00x)" + text, blanks),
                text + "\u00e4\u20ac\U0001F600x" + text);
      EXPECT_EQ(unescaped(text + "\u00e4\\n\u20ac" + text, blanks), text + "\u00e4\n\u20ac" + text);
    }
  }
}

TEST(Reader, TakesHalvesOfPairsForTheReplacementCharacter) {
  EXPECT_EQ(unescaped(R"(\ud83d)", 0), "\ufffd");
  EXPECT_EQ(unescaped(R"(\ude00\ud83d)", 0), "\ufffd\ufffd");
  EXPECT_EQ(unescaped(R"(\ud83d\u0041)", 0), "\ufffdA");
  EXPECT_EQ(unescaped(R"(\ud83d\n)", 0), "\ufffd\n");
  EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)", 0), "\ufffd\U0001F600");
  EXPECT_EQ(unescaped(R"(\u0000)", 0), std::string(1, '\0'));
}

TEST(Reader, UsesMemoryAgainAndForgetsWhatWasInIt) {
  DomPool pool;
  for (const auto* text : {R"([[1,{"a":[2,3]}],"long enough to be no short string"])", "1", "[]"}) {
    const auto dom = Dom::parse(text, {}, &pool);
    ASSERT_TRUE(dom);
    EXPECT_EQ(to_string(dom->root().to_value()), text);
    EXPECT_FALSE(Dom::parse("[1,", {}, &pool));
  }
}

}  // namespace
}  // namespace json
