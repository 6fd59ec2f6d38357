#include "webhook/cloud/signature.hpp"

#include <gtest/gtest.h>

#include "webhook/cloud/endpoints.hpp"

namespace cloud {
namespace {

// The example of the API's documentation, with its parameters and its signature.
TEST(Signature, IsThatOfTheDocumentedExample) {
  const Parameters parameters{{"Timestamp", "2016-02-23T12:46:24Z"},
                              {"Format", "XML"},
                              {"AccessKeyId", "testid"},
                              {"Action", "DescribeRegions"},
                              {"SignatureMethod", "HMAC-SHA1"},
                              {"SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"},
                              {"Version", "2014-05-26"},
                              {"SignatureVersion", "1.0"}};
  const base::Secret secret(std::string_view("testsecret"));
  EXPECT_EQ(signature(parameters, secret), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

TEST(Signature, EncodesAllButTheUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(percent_encode("a b*+/:\xC3\xA9"), "a%20b%2A%2B%2F%3A%C3%A9");
  EXPECT_EQ(canonical_query({{"b", "2&"}, {"a", "1"}}), "a=1&b=2%26");
}

TEST(Endpoints, AreThoseOfTheRegion) {
  EXPECT_EQ(endpoint_host(Product::ecs, "eu-central-1"), "ecs.eu-central-1.aliyuncs.com");
  EXPECT_EQ(endpoint_host(Product::vpc, "ap-southeast-5"), "vpc.ap-southeast-5.aliyuncs.com");
  EXPECT_EQ(endpoint_host(Product::ecs, "cn-shanghai"), "ecs-cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(endpoint_host(Product::vpc, "cn-shanghai"), "vpc.aliyuncs.com");
}

TEST(Endpoints, NameNoHostOfSomebodyElse) {
  for (const auto* region : {"", "evil.example/", "a@b", "x.y", "-a", "a-", "A"})
    EXPECT_FALSE(endpoint_host(Product::ecs, region)) << region;
}

}  // namespace
}  // namespace cloud
