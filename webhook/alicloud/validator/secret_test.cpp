#include "webhook/alicloud/validator/secret.hpp"

#include <gtest/gtest.h>

namespace alicloud {
namespace {

constexpr std::string_view kGoodId = "exampleKeyId.1Ef";
constexpr std::string_view kGoodSecret = "0123456789abcdefghijABCDEFGHIJ";

Secret secret(std::optional<std::string_view> id, std::optional<std::string_view> key) {
  Secret made;
  made.metadata.namespace_name = "garden-dev";
  made.metadata.name = "creds";
  if (id) made.data.emplace("accessKeyID", base::Secret(*id));
  if (key) made.data.emplace("accessKeySecret", base::Secret(*key));
  return made;
}

std::string complaint(std::optional<std::string_view> id, std::optional<std::string_view> key) {
  return validate(secret(id, key), std::nullopt).value_or("none");
}

TEST(SecretValidator, TakesAKeyPair) { EXPECT_EQ(complaint(kGoodId, kGoodSecret), "none"); }

TEST(SecretValidator, NeedsBothKeys) {
  EXPECT_EQ(complaint(std::nullopt, kGoodSecret),
            R"(missing "accessKeyID" field in secret garden-dev/creds)");
  EXPECT_EQ(complaint(kGoodId, std::nullopt),
            R"(missing "accessKeySecret" field in secret garden-dev/creds)");
}

TEST(SecretValidator, CountsBytesOfTheKeyId) {
  const std::string at = R"(field "accessKeyID" in secret garden-dev/creds )";
  EXPECT_EQ(complaint(std::string(15, 'a'), kGoodSecret), at + "must have at least 16 characters");
  EXPECT_EQ(complaint(std::string(16, 'a'), kGoodSecret), "none");
  EXPECT_EQ(complaint(std::string(128, 'a'), kGoodSecret), "none");
  EXPECT_EQ(complaint(std::string(129, 'a'), kGoodSecret),
            at + "cannot be longer than 128 characters");
  EXPECT_EQ(complaint(std::string(129, '-'), kGoodSecret),
            at + "cannot be longer than 128 characters");
}

TEST(SecretValidator, LimitsTheLettersOfTheKeyId) {
  EXPECT_EQ(complaint("abcDEF0123456789._=", kGoodSecret), "none");
  for (const char* odd : {"aaaaaaaaaaaaaaaa-", "aaaaaaaaaaaaaaaa ", "aaaaaaaaaaaaaaaa\n",
                          "aaaaaaaaaaaaaaa\xC3\xA9"}) {
    EXPECT_EQ(complaint(odd, kGoodSecret), R"(field "accessKeyID" in secret garden-dev/creds )"
                                           "must only contain alphanumeric characters and [._=]");
  }
}

TEST(SecretValidator, LooksAtTheLengthAndTheEndsOfTheKeySecret) {
  const std::string at = R"(field "accessKeySecret" in secret garden-dev/creds )";
  EXPECT_EQ(complaint(kGoodId, std::string(29, 's')), at + "must have at least 30 characters");
  EXPECT_EQ(complaint(kGoodId, std::string(30, 's')), "none");
  const std::string breaks = at + "must not contain leading or trailing new lines";
  EXPECT_EQ(complaint(kGoodId, std::string(30, 's') + "\n"), breaks);
  EXPECT_EQ(complaint(kGoodId, "\r" + std::string(30, 's')), breaks);
  EXPECT_EQ(complaint(kGoodId, std::string(15, 's') + "\n" + std::string(15, 's')), "none");
}

TEST(SecretValidator, DoesNotJudgeUnchangedData) {
  EXPECT_EQ(validate(secret("x", std::nullopt), secret("x", std::nullopt)), std::nullopt);
  EXPECT_NE(validate(secret("y", std::nullopt), secret("x", std::nullopt)), std::nullopt);
  EXPECT_NE(validate(secret("x", std::nullopt), secret("x", "y")), std::nullopt);
}

TEST(SecretValidator, NeverQuotesAValue) {
  EXPECT_EQ(complaint("hunter2", "hunter3").find("hunter"), std::string::npos);
  EXPECT_EQ(complaint(kGoodId, "hunter3").find("hunter"), std::string::npos);
}

}  // namespace
}  // namespace alicloud
