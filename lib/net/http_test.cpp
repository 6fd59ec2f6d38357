#include "net/http.hpp"

#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace net_io {
namespace {

TEST(Headers, CompareWithoutCaseAndGiveTheFirst) {
  Headers headers{{"Retry-After", "1"}, {"X", ""}, {"retry-after", "2"}};
  EXPECT_EQ(header(headers, "RETRY-AFTER"), "1");
  EXPECT_EQ(header(headers, "x"), "");
  EXPECT_EQ(header(headers, "Retry"), "");
  EXPECT_EQ(count(headers, "Retry-After"), 2u);
}

struct Good {
  const char* url;
  Endpoint endpoint;
};

TEST(Endpoint, ReadsServerUrls) {
  const Good good[] = {
      {"https://kube.test", {"kube.test", "443", ""}},
      {"https://kube.test:6443/", {"kube.test", "6443", ""}},
      {"https://10.0.0.1:6443/k8s/clusters/x/", {"10.0.0.1", "6443", "/k8s/clusters/x"}},
      {"https://[2001:db8::1]", {"2001:db8::1", "443", ""}},
      {"https://[::1]:8443/a", {"::1", "8443", "/a"}},
  };
  for (const auto& [url, endpoint] : good) {
    auto read = parse_endpoint(url);
    ASSERT_TRUE(read) << url << ": " << read.error().what;
    EXPECT_EQ(read->host, endpoint.host);
    EXPECT_EQ(read->port, endpoint.port);
    EXPECT_EQ(read->path_prefix, endpoint.path_prefix);
  }
}

TEST(Endpoint, RefusesWhatItCannotSpeakTo) {
  for (const char* url : {"",
                          "kube.test",
                          "http://kube.test",
                          "https://",
                          "https://:443",
                          "https://a:",
                          "https://a:0",
                          "https://a:65536",
                          "https://a:b",
                          "https://a:1:2",
                          "https://u:p@a",
                          "https://a?b",
                          "https://a/#b",
                          "https://a b",
                          "https://[::1",
                          "https://[x]",
                          "https://[]",
                          "https://[::1]x",
                          "https://a\r\nb",
                          "https://\xc3\xa4.test"}) {
    auto read = parse_endpoint(url);
    ASSERT_FALSE(read) << url;
    EXPECT_TRUE(read.error().is(base::Error::Kind::invalid));
  }
}

}  // namespace
}  // namespace net_io
