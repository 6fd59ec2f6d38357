#include "webhook/protocol/verdict.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "json/parse.hpp"

namespace protocol {
namespace {

constexpr Addressee kSender{
    .api_version = "admission.k8s.io/v1", .kind = "AdmissionReview", .uid = "u-1"};

TEST(Verdict, AllowedSaysNothingMore) {
  EXPECT_EQ(encode(kSender, allow()),
            R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":)"
            R"({"uid":"u-1","allowed":true,"status":{"metadata":{},"code":200}}})"
            "\n");
}

TEST(Verdict, DeniedIsForbidden) {
  EXPECT_EQ(encode(kSender, deny("no")),
            R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":)"
            R"({"uid":"u-1","allowed":false,)"
            R"("status":{"metadata":{},"message":"no","reason":"Forbidden","code":403}}})"
            "\n");
}

TEST(Verdict, RefusedHasNoReasonAndMayHaveNoAddressee) {
  EXPECT_EQ(encode({}, refuse("what?")),
            R"({"response":{"uid":"","allowed":false,)"
            R"("status":{"metadata":{},"message":"what?","code":400}}})"
            "\n");
}

TEST(Verdict, PatchAndItsTypeComeTogether) {
  const std::string patch = R"([{"op":"add","path":"/a","value":1}])";
  const auto answer = json::parse(encode(kSender, allow_with(patch)));
  ASSERT_TRUE(answer);
  const auto& response = answer->at("response");
  EXPECT_EQ(response.at("patchType").string_or(""), "JSONPatch");
  EXPECT_EQ(base::base64_decode(response.at("patch").string_or("")), patch);
  const auto none = json::parse(encode(kSender, allow_with({})));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->at("response").at("patch").is_null());
  EXPECT_TRUE(none->at("response").at("patchType").is_null());
}

TEST(Verdict, HasANameForMetrics) {
  EXPECT_EQ(name_of(allow()), "allowed");
  EXPECT_EQ(name_of(deny("no")), "denied");
  EXPECT_EQ(name_of(refuse("what?")), "error");
}

}  // namespace
}  // namespace protocol
