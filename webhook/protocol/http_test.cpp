#include "webhook/protocol/http.hpp"

#include <gtest/gtest.h>

#include <array>

#include "json/parse.hpp"

namespace protocol {
namespace {

constexpr std::array<std::string_view, 2> kServed{"/validate", "/validate/secrets"};

Call call(std::string body = "{}") {
  return {.method = "POST",
          .target = "/validate",
          .content_type = "application/json",
          .body = std::move(body)};
}

Refused refused(Call one) {
  auto routed = route(std::move(one), kServed);
  if (auto* refusal = std::get_if<Refused>(&routed)) return *std::move(refusal);
  ADD_FAILURE() << "was routed";
  return {};
}

bool is_routed(Call one) { return std::holds_alternative<Routed>(route(std::move(one), kServed)); }

std::string message(const Refused& refusal) {
  return refusal.verdict ? refusal.verdict->message : "no verdict";
}

TEST(Route, FindsTheExactPathAndIgnoresTheQuery) {
  auto one = call();
  one.target = "/validate/secrets?timeout=10s";
  const auto routed = route(std::move(one), kServed);
  ASSERT_TRUE(std::holds_alternative<Routed>(routed));
  EXPECT_EQ(std::get<Routed>(routed).path, "/validate/secrets");
}

TEST(Route, AnswersOtherPathsLikeGosMultiplexer) {
  for (const char* target : {"/", "/validate/", "/VALIDATE", "/validate/secrets/x", "/other?a=b"}) {
    auto one = call();
    one.target = target;
    const auto refusal = refused(std::move(one));
    EXPECT_EQ(refusal.answer.status, 404) << target;
    EXPECT_EQ(refusal.answer.body, "404 page not found\n");
  }
}

TEST(Route, RedirectsUncleanPaths) {
  const std::pair<const char*, const char*> cases[] = {
      {"//validate", "/validate"},
      {"/./validate?timeout=5s", "/validate?timeout=5s"},
      {"/a/../validate//", "/validate/"},
      {"/../..", "/"},
      {"", "/"}};
  for (const auto& [target, location] : cases) {
    auto one = call();
    one.target = target;
    const auto refusal = refused(std::move(one));
    EXPECT_EQ(refusal.answer.status, 307) << target;
    EXPECT_EQ(refusal.answer.headers.back(),
              (std::pair<std::string, std::string>{"Location", location}));
  }
}

TEST(Route, OnlyPostIsAReview) {
  for (const char* method : {"GET", "PUT", "PATCH", "DELETE", "HEAD", "post"}) {
    auto one = call();
    one.method = method;
    const auto refusal = refused(std::move(one));
    EXPECT_EQ(refusal.answer.status, 405) << method;
    EXPECT_EQ(refusal.answer.headers.back(),
              (std::pair<std::string, std::string>{"Allow", "POST"}));
    EXPECT_FALSE(refusal.verdict);
  }
}

TEST(Route, RefusesInsideOfAReview) {
  const auto refusal = refused(call(""));
  EXPECT_EQ(refusal.answer.status, 200);
  EXPECT_EQ(refusal.answer.body, R"({"response":{"uid":"","allowed":false,"status":{"metadata":{},)"
                                 R"("message":"request body is empty","code":400}}})"
                                 "\n");
  EXPECT_EQ(refusal.answer.headers.front(),
            (std::pair<std::string, std::string>{"Content-Type", "application/json"}));
}

TEST(Route, TakesABodyOfExactlyTheLimit) {
  std::string body = "{}";
  body.append(kBodyLimit - body.size(), ' ');
  EXPECT_TRUE(is_routed(call(body)));
  const auto refusal = refused(call(body + " "));
  EXPECT_EQ(message(refusal), "request entity is too large; limit is 7340032 bytes");
  EXPECT_EQ(refusal.verdict->code, 413);
  EXPECT_EQ(refusal.answer.status, 200);
  EXPECT_EQ(refusal.answer.headers.back(),
            (std::pair<std::string, std::string>{"Connection", "close"}));
}

TEST(Route, TakesParametersOfTheContentTypeAndNothingElse) {
  for (const char* fine :
       {"application/json", "application/json;charset=utf-8", "application/json ; charset=utf-8"}) {
    auto one = call();
    one.content_type = fine;
    EXPECT_TRUE(is_routed(std::move(one))) << fine;
  }
  for (const char* wrong :
       {"", "application/yaml", "APPLICATION/JSON", "application/json ", "application/jsonx"}) {
    auto one = call();
    one.content_type = wrong;
    EXPECT_EQ(message(refused(std::move(one))),
              "contentType=" + std::string(wrong) + ", expected application/json");
  }
}

TEST(Route, LooksAtTheMethodBeforeTheBodyAndAtTheBodyBeforeItsType) {
  auto one = call("");
  one.content_type = "text/plain";
  EXPECT_EQ(message(refused(std::move(one))), "request body is empty");
}

TEST(Route, RefusesABodyThatIsNoReview) {
  const auto refusal = refused(call("hello"));
  EXPECT_EQ(refusal.verdict->code, 400);
  EXPECT_EQ(refusal.verdict->reason, "");
}

TEST(Timeout, IsReadFromTheQuery) {
  using std::chrono::milliseconds;
  EXPECT_EQ(timeout_of("/validate?timeout=10s"), milliseconds(10'000));
  EXPECT_EQ(timeout_of("/validate?a=b&timeout=500ms&c"), milliseconds(500));
  EXPECT_EQ(timeout_of("/validate"), std::nullopt);
  EXPECT_EQ(timeout_of("/validate?"), std::nullopt);
  EXPECT_EQ(timeout_of("/validate?xtimeout=10s"), std::nullopt);
  EXPECT_EQ(timeout_of("/validate?timeout=soon"), std::nullopt);
}

}  // namespace
}  // namespace protocol
