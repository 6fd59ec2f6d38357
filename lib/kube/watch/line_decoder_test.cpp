#include "kube/watch/line_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.hpp"

namespace kube::watch {
namespace {

std::vector<std::string> lines_of(LineDecoder& decoder) {
  std::vector<std::string> lines;
  while (auto line = decoder.next()) lines.push_back(std::move(*line));
  return lines;
}

TEST(LineDecoder, GivesTheSameLinesInAnySlicing) {
  const std::string text =
      "{\"a\":\"gr\xC3\xBC\xC3\x9F\"}\n\n{\"b\":\"\xF0\x9F\x98\x80\"}\r\n\n\nlast\n";
  const std::vector<std::string> want{"{\"a\":\"gr\xC3\xBC\xC3\x9F\"}",
                                      "{\"b\":\"\xF0\x9F\x98\x80\"}\r", "last"};
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      LineDecoder decoder;
      const std::string_view all = text;
      ASSERT_TRUE(decoder.feed(all.substr(0, first)));
      ASSERT_TRUE(decoder.feed(all.substr(first, second - first)));
      ASSERT_TRUE(decoder.feed(all.substr(second)));
      ASSERT_EQ(lines_of(decoder), want) << first << ", " << second;
      ASSERT_TRUE(decoder.finish());
    }
  }
}

TEST(LineDecoder, GivesTheSameLinesByteByByte) {
  base::Random random(3);
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += random.below(7) == 0 ? '\n' : 'x';
  text += "\nend\n";
  LineDecoder whole;
  LineDecoder sliced;
  ASSERT_TRUE(whole.feed(text));
  std::vector<std::string> lines;
  for (const char byte : text) {
    ASSERT_TRUE(sliced.feed(std::string_view(&byte, 1)));
    for (auto& line : lines_of(sliced)) lines.push_back(std::move(line));
  }
  EXPECT_EQ(lines, lines_of(whole));
  EXPECT_EQ(lines.back(), "end");
}

TEST(LineDecoder, TakesALineOfExactlyTheLimit) {
  LineDecoder decoder(5);
  ASSERT_TRUE(decoder.feed("12345"));
  ASSERT_TRUE(decoder.feed("\n12"));
  EXPECT_EQ(decoder.next(), "12345");
}

TEST(LineDecoder, RefusesALongerLineButGivesThoseBeforeIt) {
  LineDecoder decoder(5);
  const auto fed = decoder.feed("ok\n123456\n");
  ASSERT_FALSE(fed);
  EXPECT_TRUE(fed.error().is(base::Error::Kind::invalid));
  EXPECT_EQ(decoder.next(), "ok");
  EXPECT_EQ(decoder.next(), std::nullopt);
}

TEST(LineDecoder, RefusesALongLineBeforeItsEndHasCome) {
  LineDecoder decoder(5);
  ASSERT_TRUE(decoder.feed("123"));
  EXPECT_FALSE(decoder.feed("456"));
}

TEST(LineDecoder, AnUnfinishedLineIsAnError) {
  LineDecoder decoder;
  ASSERT_TRUE(decoder.feed("{\"type\":"));
  const auto finished = decoder.finish();
  ASSERT_FALSE(finished);
  EXPECT_TRUE(finished.error().is(base::Error::Kind::transient));
}

}  // namespace
}  // namespace kube::watch
