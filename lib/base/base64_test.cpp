#include "base/base64.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace base {
namespace {

struct Sample {
  std::string_view plain;
  std::string_view standard;
  std::string_view url;
};

// RFC 4648 section 10, and two bytes for which the alphabets differ.
constexpr Sample kSamples[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff", "+/8=", "-_8"},
};

TEST(Base64, EncodesAndDecodesTheSamplesOfTheRfc) {
  for (const auto& [plain, standard, url] : kSamples) {
    EXPECT_EQ(base64_encode(plain), standard);
    EXPECT_EQ(base64_decode(standard), plain);
    EXPECT_EQ(base64url_decode(url), plain);
  }
}

TEST(Base64, ReadsBackWhateverItWrote) {
  Random random(1);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random.below(256));
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64, SkipsLineEndsAnywhereAsGoDoes) {
  EXPECT_EQ(base64_decode("Zm9v\r\nYg=\n=\r\n"), "foob");
  EXPECT_EQ(base64_decode("\n"), "");
}

TEST(Base64, RefusesWhatGoRefuses) {
  for (const std::string_view bad : {"Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm9vY", "=",
                                     "====", "Zm9v=", "Zm9v====", "Z===", "Zg==Zg==", "Zg==\nZ",
                                     "Zm 9v", "Zm9v\t", "-_8=", "Zm9v!", "\xc3\xa4==", "Zg=a"})
    EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
  EXPECT_EQ(base64_decode(std::string_view("Zg\0=", 4)), std::nullopt);
}

TEST(Base64, IgnoresTheUnusedBitsAsGosLaxDecoderDoes) { EXPECT_EQ(base64_decode("Zh=="), "f"); }

TEST(Base64Url, TakesPaddingOrNoneButNotHalfOfIt) {
  EXPECT_EQ(base64url_decode("Zg=="), "f");
  EXPECT_EQ(base64url_decode("Zg="), std::nullopt);
  EXPECT_EQ(base64url_decode("Z"), std::nullopt);
  EXPECT_EQ(base64url_decode("+/8"), std::nullopt);
}

}  // namespace
}  // namespace base
