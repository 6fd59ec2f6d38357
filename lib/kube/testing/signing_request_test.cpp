#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/test_certificates.hpp"
#include "json/parse.hpp"
#include "kube/testing/in_memory_api.hpp"

namespace kube::testing {
namespace {

using json::Value;

const ObjectRef kRef{kinds::kCertificateSigningRequest, "", "r"};

class SigningRequestTest : public ::testing::Test {
 protected:
  static std::string request_for(const std::vector<std::string>& groups) {
    crypto::SystemKeySource keys;
    return base::base64_encode(*crypto::make_csr("user", groups, keys.make_key_pem().reveal()));
  }
  static Object make(std::string_view signer = "example.org/none") {
    Object object = Object::make(kRef.resource, "", kRef.name);
    object["metadata"]["labels"]["a"] = "b";
    object["spec"] = Value::object({{"request", request_for({})},
                                    {"signerName", signer},
                                    {"usages", Value::array({"client auth"})},
                                    {"username", "somebody-else"}});
    return object;
  }
  static Value condition(std::string_view type) {
    return Value::object({{"type", type}, {"status", "True"}});
  }
  std::string outcome(const Request& request) {
    const auto answer = api_.perform(request);
    return answer ? "ok" : std::to_string(answer.error().code) + " " + answer.error().reason;
  }
  std::string create(Object object) {
    return outcome(Create{.object = std::move(object), .field_manager = "m"});
  }
  /// A PUT of what is there, with these conditions instead.
  std::string put(std::string_view subresource, Value conditions) {
    auto object = *api_.peek(kRef);
    object["status"]["conditions"] = std::move(conditions);
    return outcome(Update{.object = std::move(object),
                          .field_manager = "m",
                          .subresource = std::string(subresource)});
  }
  std::string put_certificate(std::string_view subresource, const std::string& text) {
    auto object = *api_.peek(kRef);
    object["status"]["certificate"] = base::base64_encode(text);
    return outcome(Update{.object = std::move(object),
                          .field_manager = "m",
                          .subresource = std::string(subresource)});
  }
  Value status() { return api_.peek(kRef)->at("status"); }

  base::ManualClock clock_{*base::parse_rfc3339("2026-01-02T03:04:05Z")};
  InMemoryApi api_{clock_, 7};
};

TEST_F(SigningRequestTest, IsMadeByWhoeverAsks) {
  ASSERT_EQ(create(make()), "ok");
  const auto made = *api_.peek(kRef);
  EXPECT_EQ(made.at("spec").at("username"), "in-memory");
  EXPECT_EQ(
      json::to_canonical_string(made.at("metadata").at("managedFields").items()[0].at("fieldsV1")),
      R"({"f:metadata":{"f:labels":{".":{},"f:a":{}}}})");
  auto changed = made;
  changed["spec"]["signerName"] = "example.org/another";
  changed["status"]["conditions"] = Value::array({condition("Approved")});
  EXPECT_EQ(outcome(Update{.object = changed, .field_manager = "m"}), "ok");
  EXPECT_EQ(api_.peek(kRef)->document(), made.document());
}

TEST_F(SigningRequestTest, IsCheckedBeforeItIsKept) {
  const auto with = [](std::string_view member, Value value) {
    auto object = make();
    object["spec"][member] = std::move(value);
    return object;
  };
  const auto no_request = base::base64_encode("no PEM");
  EXPECT_EQ(create(with("request", "no base64!")), "400 BadRequest");
  EXPECT_EQ(create(with("request", no_request)), "422 Invalid");
  EXPECT_EQ(create(with("usages", json::Array())), "422 Invalid");
  EXPECT_EQ(create(with("usages", Value::array({"flying"}))), "422 Invalid");
  EXPECT_EQ(create(with("usages", Value::array({"any", "any"}))), "422 Invalid");
  EXPECT_EQ(create(with("expirationSeconds", 599)), "422 Invalid");
  for (const auto* signer :
       {"", "none", "none/none", "example.org/a/b", "kubernetes.io/legacy-unknown"})
    EXPECT_EQ(create(make(signer)), "422 Invalid") << signer;
  auto masters = make("kubernetes.io/kube-apiserver-client");
  masters["spec"]["request"] = request_for({"system:masters"});
  EXPECT_EQ(create(masters), "403 Forbidden");
  masters["spec"]["signerName"] = "example.org/none";
  EXPECT_EQ(create(masters), "ok");
}

TEST_F(SigningRequestTest, IsApprovedOnceAndForGood) {
  ASSERT_EQ(create(make()), "ok");
  EXPECT_EQ(put("status", Value::array({condition("Approved")})), "422 Invalid");
  EXPECT_EQ(put("approval", Value::array({condition("Approved"), condition("Approved")})),
            "422 Invalid");
  ASSERT_EQ(put("approval", Value::array({condition("Approved")})), "ok");
  const auto approved = status();
  EXPECT_EQ(approved.at("conditions").items()[0].at("lastUpdateTime"), "2026-01-02T03:04:05Z");

  clock_.jump(std::chrono::seconds(5));
  EXPECT_EQ(put("approval", Value::array({condition("Denied")})), "422 Invalid");
  EXPECT_EQ(put("approval", Value::array({condition("Approved"), condition("Denied")})),
            "422 Invalid");
  EXPECT_EQ(put("approval", json::Array()), "422 Invalid");
  EXPECT_EQ(status(), approved);
  ASSERT_EQ(put("approval", Value::array({condition("Approved")})), "ok");
  const auto again = status().at("conditions").items()[0];
  EXPECT_EQ(again.at("lastUpdateTime"), "2026-01-02T03:04:10Z");
  EXPECT_EQ(again.at("lastTransitionTime"), "2026-01-02T03:04:05Z");
}

TEST_F(SigningRequestTest, IsGivenOneCertificateThroughItsStatus) {
  const auto one = crypto::make_pair("one").certificate;
  ASSERT_EQ(create(make()), "ok");
  EXPECT_EQ(put_certificate("approval", one), "ok");
  EXPECT_TRUE(status().at("certificate").is_null());
  EXPECT_EQ(put_certificate("status", "no PEM"), "422 Invalid");
  ASSERT_EQ(put_certificate("status", one), "ok");
  EXPECT_EQ(status().at("certificate"), base::base64_encode(one));
  EXPECT_EQ(put_certificate("status", crypto::make_pair("two").certificate), "422 Invalid");
  // Whoever writes the status leaves verdicts as they are.
  ASSERT_EQ(put("approval", Value::array({condition("Approved")})), "ok");
  auto other = condition("Approved");
  other["reason"] = "Changed";
  ASSERT_EQ(put("status", Value::array({other, condition("Failed")})), "ok");
  EXPECT_TRUE(status().at("conditions").items()[0].at("reason").is_null());
  EXPECT_EQ(put("status", Value::array({other})), "422 Invalid");
}

}  // namespace
}  // namespace kube::testing
