#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Utf8, KnowsTheWellFormed) {
  EXPECT_EQ(utf8_length("a", 0), 1U);
  EXPECT_EQ(utf8_length("\u0080", 0), 2U);
  EXPECT_EQ(utf8_length("\u07ff", 0), 2U);
  EXPECT_EQ(utf8_length("\u0800", 0), 3U);
  EXPECT_EQ(utf8_length("\ud7ff", 0), 3U);
  EXPECT_EQ(utf8_length("\ue000", 0), 3U);
  EXPECT_EQ(utf8_length("\uffff", 0), 3U);
  EXPECT_EQ(utf8_length("\U00010000", 0), 4U);
  EXPECT_EQ(utf8_length("\U0010ffff", 0), 4U);
  EXPECT_EQ(utf8_length("a\u00e4", 1), 2U);
}

TEST(Utf8, KnowsTheIllFormed) {
  for (const std::string_view bad :
       {"", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82",
        "\xe2(\xa1", "\xe2\x82(", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_EQ(utf8_length(bad, 0), 0U) << bad.size();
  EXPECT_EQ(utf8_length("a", 1), 0U);
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc...");
  EXPECT_EQ(cut("a\u00e4b", 2), "a...");
  EXPECT_EQ(cut("\u00e4", 0), "...");
}

TEST(JsonString, EscapesWhatJsonMustAndNothingElse) {
  std::string out;
  append_json_string(out, std::string("\0\b\f\n\r\t\x1f\"\\/ \x7f \u00e4\U0001F600", 19));
  EXPECT_EQ(out, R"("\u0000\b\f\n\r\t\u001f\"\\/ \u007f )"
                 "\u00e4\U0001F600\"");
}

TEST(JsonString, WritesBadBytesAsReplacementCharacters) {
  std::string out;
  append_json_string(out, "a\xff\xc3z\xed\xa0\x80");
  EXPECT_EQ(out, "\"a\uFFFD\uFFFDz\uFFFD\uFFFD\uFFFD\"");
}

}  // namespace
}  // namespace base
