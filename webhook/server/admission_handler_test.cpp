#include "webhook/server/admission_handler.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "json/parse.hpp"
#include "webhook/alicloud/admission.hpp"

namespace webhook {
namespace {

constexpr std::string_view kSecrets = "/webhooks/validate/secrets";

std::string review(std::string_view data, const std::string& version = "v1") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/)" + version +
         R"(","request":{"uid":"u-1",)"
         R"("kind":{"version":"v1","kind":"Secret"},"resource":{"resource":"secrets"},)"
         R"("operation":"CREATE",)"
         R"("namespace":"garden-dev","name":"creds","userInfo":{"username":"someone"},)"
         R"("object":{"data":)" +
         std::string(data) + "}}}";
}

class Handler : public testing::Test {
 protected:
  net_io::HttpResponse call(std::string target, std::string body, HandlerLimits limits = {}) {
    net_io::ServerRequest request;
    request.http = {.method = "POST",
                    .target = std::move(target),
                    .headers = {{"content-type", "application/json"}},
                    .body = std::move(body)};
    request.received = std::chrono::steady_clock::now();
    net_io::HttpResponse response;
    AdmissionHandler handler(log_, metrics_, source_, draining_, paths_, limits, reporting_);
    net_io::Loop loop(1);
    net_io::run(loop, ask(&handler, &request, &response));
    return response;
  }
  static net_io::Task<int> ask(AdmissionHandler* handler, net_io::ServerRequest* request,
                               net_io::HttpResponse* response) {
    *response = co_await handler->handle(std::move(*request));
    co_return 0;
  }
  bool counted(const std::string& line) const {
    return prometheus::TextSerializer().Serialize(registry_->Collect()).find(line + "\n") !=
           std::string::npos;
  }
  std::string series(std::string_view path, std::string_view verdict) const {
    return "portcullis_webhook_requests_total{path=\"" + std::string(path) + "\",verdict=\"" +
           std::string(verdict) + "\"} 1";
  }

  Reporting reporting_;
  std::span<const std::string_view> paths_ = alicloud::served_paths();
  std::string lines_;
  base::Log log_ = base::Log::to_string(lines_);
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  Metrics metrics_{registry_, alicloud::served_paths(), "0"};
  NoFacts source_;
  std::atomic<bool> draining_{false};
};

TEST_F(Handler, AllowsAndSaysNothing) {
  const auto response =
      call(std::string(kSecrets) + "?timeout=10s",
           review(R"({"accessKeyID":"ZmFrZUtleUlkRm9yVGVzdHM=",)"
                  R"("accessKeySecret":"ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1odW50ZXIy"})"));
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(json::parse(response.body)->at("response").at("allowed").bool_or(false))
      << response.body;
  EXPECT_EQ(lines_, "");
  EXPECT_TRUE(counted(series(kSecrets, "allowed")));
}

TEST_F(Handler, AnswersTheOlderVersionOfReviewsInKind) {
  const auto response =
      call(std::string(kSecrets), review(R"({"accessKeyID":"aHVudGVyMg=="})", "v1beta1"));
  const auto answer = json::parse(response.body);
  ASSERT_TRUE(answer) << response.body;
  EXPECT_EQ(answer->at("apiVersion").string_or(""), "admission.k8s.io/v1beta1");
  EXPECT_EQ(answer->at("response").at("uid").string_or(""), "u-1");
  EXPECT_FALSE(answer->at("response").at("allowed").bool_or(true));
}

TEST_F(Handler, LogsADenialInOneLineWithoutContents) {
  call(std::string(kSecrets), review(R"({"accessKeyID":"aHVudGVyMg=="})"));
  const auto line = json::parse(lines_);
  ASSERT_TRUE(line) << lines_;
  EXPECT_EQ(line->at("uid").string_or(""), "u-1");
  EXPECT_EQ(line->at("user").string_or(""), "someone");
  EXPECT_EQ(line->at("verb").string_or(""), "CREATE");
  EXPECT_EQ(line->at("resource").string_or(""), "secrets");
  EXPECT_EQ(line->at("namespace").string_or(""), "garden-dev");
  EXPECT_EQ(line->at("name").string_or(""), "creds");
  EXPECT_EQ(line->at("path").string_or(""), kSecrets);
  EXPECT_EQ(line->at("code").string_or(""), "403");
  EXPECT_EQ(lines_.find("hunter2"), std::string::npos);
  EXPECT_EQ(lines_.find("aHVudGVyMg"), std::string::npos);
  EXPECT_TRUE(counted(series(kSecrets, "denied")));
}

TEST_F(Handler, TellsTheAuditLogWhichProgramAnswered) {
  reporting_.revision = "1.2.3";
  const auto response = call(std::string(kSecrets), review("{}"));
  EXPECT_EQ(json::parse(response.body)
                ->at("response")
                .at("auditAnnotations")
                .at("revision")
                .string_or(""),
            "1.2.3");
}

TEST_F(Handler, LogsEachRequestWhereAskedToWithoutContents) {
  reporting_.access_log = true;
  const auto body = review(R"({"accessKeyID":"ZmFrZUtleUlkRm9yVGVzdHM=",)"
                           R"("accessKeySecret":"ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1odW50ZXIy"})");
  call(std::string(kSecrets), body);
  const auto line = json::parse(lines_);
  ASSERT_TRUE(line) << lines_;
  EXPECT_EQ(line->at("msg").string_or(""), "request");
  EXPECT_EQ(line->at("verdict").string_or(""), "allowed");
  EXPECT_EQ(line->at("bytes").string_or(""), std::to_string(body.size()));
  EXPECT_EQ(lines_.find("ZmFrZ"), std::string::npos);
}

TEST_F(Handler, KeepsBackDenialsBeyondItsBudget) {
  reporting_ = {.lines_per_second = 0, .burst = 0};
  call(std::string(kSecrets), review("{}"));
  EXPECT_EQ(lines_, "");
  EXPECT_TRUE(counted(series(kSecrets, "denied")));
}

TEST_F(Handler, CutsLongTextsBetweenCharacters) {
  std::string path = "/";
  for (int i = 0; i < 300; ++i) path += "\xC3\xA9";
  EXPECT_EQ(call(path, "{}").status, 404);
  const auto line = json::parse(lines_);
  ASSERT_TRUE(line) << lines_;
  EXPECT_LE(line->at("path").string_or("").size(), 260u);
  EXPECT_TRUE(counted(series("other", "error")));
}

TEST_F(Handler, DoesNotFindWhatIsNotServed) {
  paths_ = {};
  EXPECT_EQ(call(std::string(kSecrets), review("{}")).status, 404);
}

TEST_F(Handler, ErrorsHaveTheirOwnCount) {
  EXPECT_EQ(call(std::string(kSecrets), "hello").status, 200);
  EXPECT_TRUE(counted(series(kSecrets, "error")));
}

TEST_F(Handler, SendsAwayWhatItCannotServe) {
  const auto busy = call(std::string(kSecrets), "{}", {.in_flight = 0});
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(net_io::header(busy.headers, "Retry-After"), "1");
  EXPECT_EQ(net_io::header(busy.headers, "Connection"), "close");
  draining_ = true;
  const auto leaving = call(std::string(kSecrets), "{}", {.in_flight = 0});
  EXPECT_EQ(leaving.status, 503);
  EXPECT_EQ(net_io::header(leaving.headers, "Retry-After"), "0");
}

}  // namespace
}  // namespace webhook
