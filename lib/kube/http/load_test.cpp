#include "kube/http/load.hpp"

#include <gtest/gtest.h>

#include "kube/http/credentials.hpp"
#include "kube/http/http_api.hpp"
#include "kube/http/test_files.hpp"

namespace kube {
namespace {

using Kind = base::Error::Kind;

std::string why(const base::Result<ClientConfig>& loaded) {
  return loaded ? "" : loaded.error().what;
}

TEST(LoadFiles, ReadsWhatTheConfigNames) {
  const TestFiles files;
  const TestAuthority authority;
  const auto pair = authority.issue();
  ClientConfig config;
  config.ca_file = files.put("ca", authority.ca_pem);
  config.certificate_file = files.put("cert", pair.certificate_pem);
  config.key_file = files.put("key", pair.key_pem.reveal());
  config.token_file = files.put("token", "  not-a-real-token\n");
  config.token = base::Secret("stale");
  const auto loaded = load_files(std::move(config));
  ASSERT_TRUE(loaded) << why(loaded);
  EXPECT_EQ(loaded->ca_pem, authority.ca_pem);
  EXPECT_EQ(loaded->certificate_pem, pair.certificate_pem);
  EXPECT_EQ(loaded->key_pem.reveal(), pair.key_pem.reveal());
  EXPECT_EQ(loaded->token.reveal(), "not-a-real-token");
}

TEST(LoadFiles, KeepsWhatIsGivenInPlace) {
  ClientConfig config;
  config.token = base::Secret("not-a-real-token");
  const auto loaded = load_files(std::move(config));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->token.reveal(), "not-a-real-token");
}

TEST(LoadFiles, RefusesFilesThatCannotBeRead) {
  const TestFiles files;
  for (const std::string& path : {files.path("missing"), files.path(".")}) {
    ClientConfig config;
    config.token_file = path;
    const auto loaded = load_files(std::move(config));
    ASSERT_FALSE(loaded) << path;
    EXPECT_TRUE(loaded.error().is(Kind::invalid));
    EXPECT_TRUE(loaded.error().what.contains(path)) << loaded.error().what;
  }
}

TEST(LoadFiles, RefusesWhatIsMalformedWithoutQuotingIt) {
  const TestFiles files;
  const std::string bad = files.put("bad", "hunter2 hunter2\nhunter2");
  for (auto member : {&ClientConfig::ca_file, &ClientConfig::certificate_file,
                      &ClientConfig::key_file, &ClientConfig::token_file}) {
    ClientConfig config;
    config.*member = bad;
    const auto loaded = load_files(std::move(config));
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(loaded.error().is(Kind::invalid));
    EXPECT_FALSE(loaded.error().what.contains("hunter2")) << loaded.error().what;
  }
}

TEST(LoadFiles, RefusesEmptyAndHugeTokens) {
  const TestFiles files;
  for (const std::string& path :
       {files.put("empty", "\n"), files.put("huge", std::string((1u << 20) + 1, 'x'))}) {
    ClientConfig config;
    config.token_file = path;
    EXPECT_FALSE(load_files(std::move(config))) << path;
  }
}

TEST(SmallFile, IsReadWholeUpToAMebibyte) {
  const TestFiles files;
  constexpr std::size_t kMost = 1u << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, kMost}) {
    const std::string text(size, 'x');
    const auto read = read_small_file(files.put("file", text));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_TRUE(*read == text) << size;
  }
  EXPECT_FALSE(read_small_file(files.put("huge", std::string(kMost + 1, 'x'))));
  EXPECT_TRUE(read_small_file("/proc/self/stat").value().contains(" "));  // says that it is empty
}

TEST(InClusterConfig, IsMadeOfTheServiceAccountsFiles) {
  const TestFiles files;
  const TestAuthority authority;
  files.put("ca.crt", authority.ca_pem);
  files.put("token", "not-a-real-token");
  files.put("namespace", "garden\n");
  const std::string directory = files.path("");
  const auto config = in_cluster_config("10.0.0.1", "443", directory);
  ASSERT_TRUE(config) << why(config);
  EXPECT_EQ(config->server, "https://10.0.0.1:443");
  EXPECT_EQ(config->default_namespace, "garden");
  EXPECT_EQ(config->token.reveal(), "not-a-real-token");
  EXPECT_EQ(config->token_file, directory + "/token");
  const auto six = in_cluster_config("fd00::1", "6443", directory);
  ASSERT_TRUE(six);
  EXPECT_EQ(six->server, "https://[fd00::1]:6443");
}

TEST(InClusterConfig, SaysThatThisIsNoPod) {
  const auto config = in_cluster_config("", "", "/nowhere");
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().what.contains("KUBERNETES_SERVICE_HOST"));
  EXPECT_FALSE(in_cluster_config("10.0.0.1", "443", "/nowhere"));
}

struct CredentialsTest : ::testing::Test {
  CredentialsTest() {
    pair = authority.issue();
    config.server = "https://127.0.0.1:1";
    config.ca_file = files.put("ca", authority.ca_pem);
    config.certificate_file = files.put("cert", pair.certificate_pem);
    config.key_file = files.put("key", pair.key_pem.reveal());
    config.token_file = files.put("token", "first-token");
  }
  TestFiles files;
  TestAuthority authority;
  TestAuthority::Pair pair;
  ClientConfig config;
};

/// Reads the files again; what changed.
base::Result<Credentials::Changes> reload(Credentials& credentials) {
  TRY(auto fresh, credentials.reloaded());
  const auto changes = credentials.differences(fresh);
  credentials = std::move(fresh);
  return changes;
}

TEST_F(CredentialsTest, SeeWhatChanged) {
  auto credentials = Credentials::load(std::move(config));
  ASSERT_TRUE(credentials);
  EXPECT_TRUE(credentials->names_files());
  EXPECT_EQ(credentials->authorization(), "Bearer first-token");

  auto same = reload(*credentials);
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->tls || same->token);

  files.put("token", "second-token");
  auto token = reload(*credentials);
  ASSERT_TRUE(token);
  EXPECT_TRUE(token->token);
  EXPECT_FALSE(token->tls);
  EXPECT_EQ(credentials->authorization(), "Bearer second-token");

  files.put("ca", authority.ca_pem + TestAuthority().ca_pem);
  auto tls = reload(*credentials);
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->tls);
  EXPECT_FALSE(tls->token);
}

TEST_F(CredentialsTest, KeepAPairUntilBothHalvesOfTheNextAreThere) {
  auto credentials = Credentials::load(std::move(config));
  ASSERT_TRUE(credentials);
  const auto next = authority.issue();
  files.put("cert", next.certificate_pem);
  EXPECT_FALSE(reload(*credentials));
  EXPECT_EQ(credentials->tls().certificate_pem, pair.certificate_pem);
  files.put("key", next.key_pem.reveal());
  const auto changes = reload(*credentials);
  ASSERT_TRUE(changes);
  EXPECT_TRUE(changes->tls);
  EXPECT_EQ(credentials->tls().certificate_pem, next.certificate_pem);
}

TEST_F(CredentialsTest, KeepATokenWhoseFileIsGone) {
  auto credentials = Credentials::load(std::move(config));
  ASSERT_TRUE(credentials);
  std::filesystem::remove(files.path("token"));
  EXPECT_FALSE(reload(*credentials));
  EXPECT_EQ(credentials->authorization(), "Bearer first-token");
}

}  // namespace
}  // namespace kube
