#include <gtest/gtest.h>

#include <algorithm>

#include "base/base64.hpp"
#include "kube/config/kubeconfig.hpp"

namespace kube {
namespace {

std::string url_encoded(std::string_view text) {
  auto encoded = base::base64_encode(text);
  std::ranges::replace(encoded, '+', '-');
  std::ranges::replace(encoded, '/', '_');
  std::erase(encoded, '=');
  return encoded;
}

std::string token_of(std::string_view payload,
                     std::string_view header = R"({"alg":"RS256","kid":"key-1"})") {
  return url_encoded(header) + "." + url_encoded(payload) + ".c2lnbmF0dXJl";
}

TEST(TokenFacts, OfATokenBoundToASecret) {
  const auto facts = read_token_facts(token_of(R"({
      "aud": ["https://kubernetes.default.svc", "b"], "exp": 1767322445, "iat": 1767318845,
      "iss": "https://issuer",
      "kubernetes.io": {"namespace": "garden", "secret": {"name": "generation-1", "uid": "u-1"},
                        "serviceaccount": {"name": "x", "uid": "u-2"}},
      "sub": "system:serviceaccount:garden:x"})"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->issuer, "https://issuer");
  EXPECT_EQ(facts->subject, "system:serviceaccount:garden:x");
  EXPECT_EQ(facts->key_id, "key-1");
  EXPECT_EQ(facts->audiences, (std::vector<std::string>{"https://kubernetes.default.svc", "b"}));
  EXPECT_EQ(facts->issued_at, 1767318845);
  EXPECT_EQ(facts->expires_at, 1767322445);
  EXPECT_EQ(facts->bound_kind, "Secret");
  EXPECT_EQ(facts->bound_name, "generation-1");
  EXPECT_EQ(facts->bound_uid, "u-1");
  EXPECT_EQ(facts->service_account_uid, "u-2");
}

TEST(TokenFacts, OfAPodsTokenNameThePodAndNotItsNode) {
  const auto facts = read_token_facts(token_of(
      R"({"kubernetes.io": {"node": {"name": "n", "uid": "1"},
                         "pod": {"name": "p", "uid": "2"}}})"));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->bound_kind, "Pod");
  EXPECT_EQ(facts->bound_uid, "2");
}

TEST(TokenFacts, OfAnUnboundOrStrangeTokenAreFewer) {
  const auto plain =
      read_token_facts(token_of(R"({"aud": "one", "exp": 12.75, "iat": "soon"})", "{}"));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->audiences, std::vector<std::string>{"one"});
  EXPECT_EQ(plain->expires_at, 12);
  EXPECT_EQ(plain->issued_at, std::nullopt);
  EXPECT_EQ(plain->bound_kind, "");
  EXPECT_EQ(plain->key_id, "");
  const auto odd = read_token_facts(token_of(R"({"aud": [1], "exp": 1e300, "kubernetes.io": []})"));
  ASSERT_TRUE(odd.has_value());
  EXPECT_TRUE(odd->audiences.empty());
  EXPECT_EQ(odd->expires_at, std::nullopt);
}

TEST(TokenFacts, OfWhatIsNoTokenAreNone) {
  const auto good = token_of("{}");
  ASSERT_TRUE(read_token_facts(good).has_value());
  std::string deep(100, '[');
  for (const auto& text :
       {std::string(), std::string("opaque"), std::string("a.b"), std::string("a.b.c.d"),
        good + ".x", token_of("[]"), token_of("{"), token_of("{}", "3"), token_of(deep),
        std::string("..."), "{}." + good, token_of("{\"a\":\"" + std::string(70'000, 'x') + "\"}")})
    EXPECT_FALSE(read_token_facts(text).has_value()) << text.substr(0, 80);
}

}  // namespace
}  // namespace kube
