#include <gtest/gtest.h>

#include "kube/config/kubeconfig.hpp"

namespace kube {
namespace {

const std::string kCa = "-----BEGIN CERTIFICATE-----\nZmFrZSBjYQ==\n-----END CERTIFICATE-----\n";

TEST(WriteKubeconfig, SaysTheSameInTheSameBytes) {
  const KubeconfigSpec spec{.server = "https://a:6443",
                            .tls_server_name = "kube",
                            .ca_pem = "pem",
                            .default_namespace = "garden",
                            .token_file = "/x/token"};
  EXPECT_EQ(write_kubeconfig(spec), R"({
  "apiVersion": "v1",
  "kind": "Config",
  "current-context": "target",
  "clusters": [
    {
      "name": "target",
      "cluster": {
        "server": "https://a:6443",
        "tls-server-name": "kube",
        "certificate-authority-data": "cGVt"
      }
    }
  ],
  "users": [
    {
      "name": "portcullis",
      "user": {
        "tokenFile": "/x/token"
      }
    }
  ],
  "contexts": [
    {
      "name": "target",
      "context": {
        "cluster": "target",
        "user": "portcullis",
        "namespace": "garden"
      }
    }
  ]
}
)");
}

TEST(WriteKubeconfig, IsReadBackByItsOwnReader) {
  const KubeconfigPolicy policy{.allowed_directories = {"/x"}};
  const KubeconfigSpec token{.server = "https://a:6443", .ca_pem = kCa, .token_file = "/x/token"};
  const auto by_token = parse_kubeconfig(write_kubeconfig(token), policy);
  ASSERT_TRUE(by_token.has_value()) << by_token.error().what;
  EXPECT_EQ(by_token->server, token.server);
  EXPECT_EQ(by_token->ca_pem, kCa);
  EXPECT_EQ(by_token->token_file, "/x/token");
  EXPECT_EQ(by_token->default_namespace, "");

  const KubeconfigSpec pair{.server = "https://a",
                            .tls_server_name = "b",
                            .ca_pem = kCa,
                            .user_name = "someone",
                            .context_name = "here",
                            .default_namespace = "n",
                            .certificate_file = "/x/tls.crt",
                            .key_file = "/x/tls.key"};
  const auto by_pair = parse_kubeconfig(write_kubeconfig(pair), policy);
  ASSERT_TRUE(by_pair.has_value()) << by_pair.error().what;
  EXPECT_EQ(by_pair->tls_server_name, "b");
  EXPECT_EQ(by_pair->certificate_file, "/x/tls.crt");
  EXPECT_EQ(by_pair->key_file, "/x/tls.key");
  EXPECT_EQ(by_pair->default_namespace, "n");
}

}  // namespace
}  // namespace kube
