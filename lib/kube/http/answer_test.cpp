#include "kube/http/answer.hpp"

#include <gtest/gtest.h>

namespace kube {
namespace {

using Kind = base::Error::Kind;

net_io::HttpResponse answer(int status, std::string body, std::string type = "application/json") {
  return {status, {{"Content-Type", std::move(type)}}, std::move(body)};
}

std::string status_with(int code, const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message +
         R"(","reason":")" + reason +
         R"(","details":{"causes":[{"field":"data[password]","message":"Invalid value: \"hunter2\""}]},"code":)" +
         std::to_string(code) + "}";
}

Request write_secret() {
  Object secret = Object::make(kinds::kSecret, "garden", "x");
  secret["stringData"]["password"] = "hunter2";
  return Apply{.object = std::move(secret), .field_manager = "t"};
}

Request write_config_map() {
  return Apply{.object = Object::make(kinds::kConfigMap, "garden", "x"), .field_manager = "t"};
}

TEST(Answer, RedirectsAreErrorsThatSaySo) {
  for (const int code : {301, 302, 307, 308}) {
    const auto read = read_answer(answer(code, "<html>", "text/html"));
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().is(Kind::transient));
    EXPECT_EQ(read.error().code, code);
    EXPECT_TRUE(read.error().what.contains("redirects")) << read.error().what;
  }
}

TEST(Answer, HtmlAndHalfDocumentsAreTransient) {
  for (const auto& odd : {answer(200, "<html>", "text/html"), answer(200, "{\"items\":["),
                          answer(200, ""), answer(502, "bad gateway", "text/plain"),
                          answer(404, "404 page not found", "text/plain")}) {
    const auto read = read_answer(odd);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().is(Kind::transient)) << odd.body;
    EXPECT_FALSE(read.error().what.empty());
  }
}

TEST(Answer, AListMayBeLargerThanOneDocument) {
  std::string numbers = "0";
  for (std::size_t i = 0; i < 220'000; ++i) numbers += ",0";
  const std::string long_text(8u << 20, 'x');
  EXPECT_TRUE(read_answer(answer(200, R"({"kind":"List","items":[)" + numbers + "]}")));
  EXPECT_TRUE(read_answer(answer(200, R"({"kind":"List","items":[")" + long_text + "\"]}")));
}

TEST(Answer, ComplaintsAboutASecretAreWithheld) {
  for (const auto& [code, reason] :
       {std::pair{422, "Invalid"}, {400, "BadRequest"}, {403, "Forbidden"}}) {
    const auto read =
        read_answer_to(write_secret(), answer(code, status_with(code, reason, "hunter2 is weak")));
    ASSERT_FALSE(read);
    EXPECT_FALSE(read.error().what.contains("hunter2")) << read.error().what;
    EXPECT_TRUE(read.error().what.contains("data[password]")) << read.error().what;
    EXPECT_EQ(read.error().code, code);
    EXPECT_EQ(read.error().cause, nullptr);
  }
}

TEST(Answer, MissingRightsOnASecretAreNamed) {
  const auto read = read_answer_to(
      write_secret(),
      answer(
          403,
          R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"secrets \"x\" is forbidden: User \"u\" cannot patch resource \"secrets\"","code":403})"));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Kind::denied));
  EXPECT_TRUE(read.error().what.contains("cannot patch")) << read.error().what;
}

TEST(Answer, WhatADecoderSaysOfASecretIsWithheldButNotItsOtherTroubles) {
  const auto refused = read_answer_to(
      write_secret(), answer(500, status_with(500, "", "error decoding from json: hunter2")));
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().what.contains("hunter2")) << refused.error().what;
  const auto trouble = read_answer_to(
      write_secret(), answer(500, status_with(500, "InternalError", "etcdserver: no leader")));
  ASSERT_FALSE(trouble);
  EXPECT_TRUE(trouble.error().what.contains("no leader")) << trouble.error().what;
}

TEST(Answer, ComplaintsAboutOthersAreKept) {
  const auto read = read_answer_to(write_config_map(),
                                   answer(422, status_with(422, "Invalid", "the name is wrong")));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Kind::invalid));
  EXPECT_TRUE(read.error().what.contains("the name is wrong"));
}

TEST(Answer, ReadingASecretThatIsNotThereIsNamed) {
  const auto read =
      read_answer_to(Get{.ref = {kinds::kSecret, "garden", "x"}},
                     answer(404, status_with(404, "NotFound", "secrets x not found")));
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().is(Kind::not_found));
  EXPECT_TRUE(read.error().what.contains("not found"));
}

}  // namespace
}  // namespace kube
