#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "kube/request/wire.hpp"

namespace kube {
namespace {

using Kind = base::Error::Kind;
using base::Millis;

constexpr const char* kJson = "application/json";

/// A Status as kube-apiserver writes it.
std::string status(int code, std::string_view reason, std::string_view message,
                   std::string_view details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
         std::string(message) + R"(","reason":")" + std::string(reason) + R"(","details":)" +
         std::string(details) + R"(,"code":)" + std::to_string(code) + "}";
}

base::Error error_of(int code, std::string_view body, std::string_view type = kJson,
                     std::string_view wait = "") {
  auto answer = from_wire(code, type, body, wait);
  EXPECT_FALSE(answer.has_value()) << body;
  return answer ? base::Error{} : answer.error();
}

struct KindCase {
  int code;
  const char* reason;
  Kind kind;
};

TEST(Answer, KindFollowsReasonAndCode) {
  const KindCase cases[] = {
      {400, "BadRequest", Kind::invalid},
      {401, "Unauthorized", Kind::unauthenticated},
      {403, "Forbidden", Kind::denied},
      {404, "NotFound", Kind::not_found},
      {405, "MethodNotAllowed", Kind::invalid},
      {406, "NotAcceptable", Kind::invalid},
      {408, "Timeout", Kind::transient},
      {409, "AlreadyExists", Kind::exists},
      {409, "Conflict", Kind::conflict},
      {409, "", Kind::conflict},
      {410, "Expired", Kind::gone},
      {410, "Gone", Kind::gone},
      {410, "", Kind::gone},
      {413, "RequestEntityTooLarge", Kind::invalid},
      {415, "UnsupportedMediaType", Kind::invalid},
      {422, "Invalid", Kind::invalid},
      {429, "TooManyRequests", Kind::transient},
      {500, "InternalError", Kind::transient},
      {500, "ServerTimeout", Kind::transient},
      {503, "ServiceUnavailable", Kind::transient},
      {504, "Timeout", Kind::transient},
      {403, "SomethingOfAWebhook", Kind::denied},
      {418, "SomethingOfAWebhook", Kind::invalid},
  };
  for (const auto& one : cases) {
    const auto error = error_of(one.code, status(one.code, one.reason, "why"));
    EXPECT_EQ(error.kind, one.kind) << one.code << " " << one.reason;
    EXPECT_EQ(error.code, one.code);
    EXPECT_EQ(error.reason, one.reason);
    EXPECT_EQ(error.what, "why");
  }
}

TEST(Answer, OfSuccessIsTheDocument) {
  const auto answer = from_wire(200, "application/json; charset=utf-8", R"({"kind":"Secret"})", "");
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->at("kind").string_or(""), "Secret");
  EXPECT_TRUE(from_wire(201, kJson, R"({"kind":"Secret"})", "").has_value());
  EXPECT_TRUE(from_wire(200, kJson, R"({"kind":"Status","apiVersion":"v1","status":"Success"})", "")
                  .has_value());
}

TEST(Answer, AFailureStaysOneUnderASuccessfulCode) {
  const auto error = error_of(200, status(409, "Conflict", "why"));
  EXPECT_EQ(error.kind, Kind::conflict);
  EXPECT_EQ(error.code, 409);
}

TEST(Answer, ToAFieldValidationNamesEveryField) {
  const auto* details = R"({"name":"x","kind":"Service","causes":[
      {"reason":"FieldValueInvalid",
       "message":"Invalid value: 0: must be between 1 and 65535","field":"spec.ports[0].port"},
      {"reason":"FieldValueRequired","message":"Required value","field":"spec.selector"}]})";
  EXPECT_EQ(
      error_of(422, status(422, "Invalid", "Service x is invalid", details)).what,
      "Service x is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535; "
      "spec.selector: Required value");
  // The API server itself repeats the causes in the message.
  const auto said =
      error_of(422, status(422, "Invalid",
                           "Service x is invalid: [spec.ports[0].port: Invalid value: 0: must be "
                           "between 1 and 65535, spec.selector: Required value]",
                           details));
  EXPECT_EQ(said.what.find("Required value"), said.what.rfind("Required value")) << said.what;
}

TEST(Answer, OfATerminatingNamespaceIsTold) {
  const auto error = error_of(
      403, status(403, "Forbidden",
                  "secrets x is forbidden: unable to create new content in namespace a because it "
                  "is being terminated",
                  R"({"name":"x","kind":"secrets","causes":[{"reason":"NamespaceTerminating",
                      "message":"namespace a is being terminated",
                      "field":"metadata.namespace"}]})"));
  EXPECT_EQ(error.kind, Kind::denied);
  EXPECT_EQ(error.reason, "NamespaceTerminating");
}

TEST(Answer, OfAContestedFieldIsTold) {
  const auto error = error_of(409, status(409, "Conflict", "Apply failed with 1 conflict",
                                          R"({"causes":[{"reason":"FieldManagerConflict",
                                              "message":"conflict with \"kubectl\" using v1",
                                              "field":".data.k"}]})"));
  EXPECT_EQ(error.kind, Kind::conflict);
  EXPECT_EQ(error.reason, "FieldManagerConflict");
  EXPECT_EQ(error.what,
            "Apply failed with 1 conflict: .data.k: conflict with \"kubectl\" using v1");
}

TEST(Answer, OfAVersionFromTheFutureMeansListAgain) {
  const auto error =
      error_of(504, status(504, "Timeout", "Timeout: Too large resource version: 9999, current: 12",
                           R"({"causes":[{"reason":"ResourceVersionTooLarge",
                                              "message":"Too large resource version"}],
                                  "retryAfterSeconds":1})"));
  EXPECT_EQ(error.kind, Kind::gone);
  EXPECT_EQ(error.reason, "ResourceVersionTooLarge");
  EXPECT_EQ(error.retry_after, Millis(1000));
  EXPECT_EQ(error.code, 504);
}

struct WaitCase {
  const char* details;
  const char* header;
  Millis wait;
};

TEST(Answer, SaysHowLongToWait) {
  const WaitCase cases[] = {
      {R"({"retryAfterSeconds":5})", "", Millis(5000)},
      {R"({"retryAfterSeconds":5})", "9", Millis(5000)},
      {"{}", "9", Millis(9000)},
      {"{}", "0", Millis(0)},
      {"{}", "", Millis(0)},
      {"{}", "Fri, 02 Jan 2026 03:04:05 GMT", Millis(0)},
      {"{}", "1.5", Millis(0)},
      {"{}", "-3", Millis(0)},
      {"{}", "99999999999999999999", Millis(0)},
      {"{}", "999999999", Millis(3'600'000)},
      {R"({"retryAfterSeconds":-4})", "", Millis(0)},
      {R"({"retryAfterSeconds":9223372036854775807})", "", Millis(3'600'000)},
  };
  for (const auto& one : cases) {
    const auto error =
        error_of(429, status(429, "TooManyRequests", "slow", one.details), kJson, one.header);
    EXPECT_EQ(error.retry_after, one.wait) << one.details << " " << one.header;
  }
}

struct ForeignCase {
  int code;
  const char* type;
  const char* body;
};

TEST(Answer, NotFromKubernetesProvesNothing) {
  const ForeignCase cases[] = {
      {200, "text/html", "<html>log in</html>"},
      {404, "text/plain; charset=utf-8", "404 page not found\n"},
      {404, "text/plain",
       R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":404,"reason":"NotFound"})"},
      {404, kJson, R"({"error":"no such route"})"},
      {404, kJson, R"({"kind":"Status","code":404,"reason":"NotFound"})"},
      {401, "text/html", "<html>"},
      {409, "", ""},
      {502, "text/html", "Bad Gateway"},
      {200, kJson, R"({"kind":"Sec)"},
      {200, kJson, ""},
      {200, kJson, "[]"},
      {302, "text/html", "<a href=\"x\">"},
      {200, "application/vnd.kubernetes.protobuf", "k8s"},
  };
  for (const auto& one : cases) {
    const auto error = error_of(one.code, one.body, one.type);
    EXPECT_EQ(error.kind, Kind::transient) << one.code << " " << one.body;
    EXPECT_EQ(error.code, one.code);
    EXPECT_NE(error.what.find(std::to_string(one.code)), std::string::npos) << error.what;
    EXPECT_NE(error.what.find(std::to_string(std::string_view(one.body).size()) + " bytes"),
              std::string::npos)
        << error.what;
    EXPECT_EQ(error.what.find("log in"), std::string::npos) << error.what;
  }
}

TEST(Answer, OfAnOverloadedServerIsPlainTextWithAWait) {
  const auto error =
      error_of(429, "Too many requests, please try again later.\n", "text/plain", "1");
  EXPECT_EQ(error.kind, Kind::transient);
  EXPECT_EQ(error.code, 429);
  EXPECT_EQ(error.retry_after, Millis(1000));
}

TEST(Answer, IsOneShortLine) {
  const auto error = error_of(400, status(400, "BadRequest", R"(two\nlines\u0007)"));
  EXPECT_EQ(error.what, "two lines ");
  std::string letters;
  for (int i = 0; i < 600; ++i) letters += "\xC3\xA4";
  const auto cut = error_of(400, status(400, "BadRequest", "x" + letters)).what;
  EXPECT_EQ(cut.size(), 1023 + 3);
  EXPECT_TRUE(cut.ends_with("\xC3\xA4..."));
}

TEST(StatusError, OfAWatchTakesTheCodeOfTheDocument) {
  const auto document = json::parse(status(410, "Expired", "too old resource version: 1 (2)"));
  const auto error = to_error(*document, 200);
  EXPECT_EQ(error.kind, Kind::gone);
  EXPECT_EQ(error.code, 410);
  EXPECT_EQ(error.what, "too old resource version: 1 (2)");
}

TEST(StatusError, OfAnythingElseIsTransient) {
  for (const auto* text : {"null", "{}", "[]", R"({"code":"410"})", R"({"code":1e9})",
                           R"({"code":-404,"message":7})"}) {
    const auto error = to_error(*json::parse(text), 200);
    EXPECT_EQ(error.kind, Kind::transient) << text;
    EXPECT_EQ(error.what, "the server answered 200 without a message") << text;
  }
}

}  // namespace
}  // namespace kube
