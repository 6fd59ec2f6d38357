#include "webhook/server/certificate_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "crypto/test_certificates.hpp"

namespace webhook {
namespace {

using crypto::make_pair;
using crypto::TemporaryFolder;
using crypto::write_pair;

namespace fs = std::filesystem;

TEST(CertificateFiles, GivesAChangeOnce) {
  const TemporaryFolder folder;
  CertificateFiles files(folder.path());
  const auto missing = files.load_if_changed();
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("tls.crt"), std::string::npos);
  const auto still_missing = files.load_if_changed();
  ASSERT_TRUE(still_missing);
  EXPECT_FALSE(*still_missing);

  write_pair(folder.path(), make_pair("first"));
  const auto first = files.load_if_changed();
  ASSERT_TRUE(first);
  ASSERT_TRUE(*first);
  EXPECT_EQ((*first)->leaf.common_name, "first");
  EXPECT_FALSE(*files.load_if_changed());

  write_pair(folder.path(), make_pair("second"));
  const auto second = files.load_if_changed();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->leaf.common_name, "second");
}

TEST(CertificateFiles, RefusesHalfOfAChangeAndTakesTheWhole) {
  const TemporaryFolder folder;
  CertificateFiles files(folder.path());
  const auto first = make_pair("first");
  const auto second = make_pair("second");
  write_pair(folder.path(), first);
  ASSERT_TRUE(*files.load_if_changed());
  write_pair(folder.path(), {.certificate = second.certificate, .key = first.key});
  const auto half = files.load_if_changed();
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().what.find("PRIVATE"), std::string::npos);
  write_pair(folder.path(), second);
  const auto whole = files.load_if_changed();
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->leaf.common_name, "second");
}

TEST(CertificateFiles, FollowsTheLinkThatAKubeletSwaps) {
  const TemporaryFolder folder;
  const fs::path root = folder.path();
  for (const char* name : {"first", "second"}) {
    fs::create_directory(root / name);
    write_pair((root / name).string(), make_pair(name));
  }
  fs::create_directory_symlink("first", root / "..data");
  fs::create_symlink("..data/tls.crt", root / "tls.crt");
  fs::create_symlink("..data/tls.key", root / "tls.key");
  CertificateFiles files(folder.path());
  EXPECT_EQ((*files.load_if_changed())->leaf.common_name, "first");
  fs::create_directory_symlink("second", root / "..new");
  fs::rename(root / "..new", root / "..data");
  EXPECT_EQ((*files.load_if_changed())->leaf.common_name, "second");
}

TEST(CertificateFiles, FollowTheAuthorityOfCallersToo) {
  const TemporaryFolder folder;
  const auto pair = make_pair("first");
  write_pair(folder.path(), pair);
  const auto ca_file = folder.path() + "/client-ca.crt";
  CertificateFiles files(folder.path(), {.ca_file = ca_file, .subjects = {"kube-apiserver"}});
  EXPECT_FALSE(files.load_if_changed()) << "callers must not go unchecked meanwhile";
  std::ofstream(ca_file) << pair.certificate;
  const auto loaded = files.load_if_changed();
  ASSERT_TRUE(loaded && *loaded);
  EXPECT_EQ((*loaded)->tls.client_ca_pem, pair.certificate);
  EXPECT_EQ((*loaded)->tls.allowed_subjects, std::vector<std::string>{"kube-apiserver"});
  std::ofstream(ca_file) << make_pair("second").certificate;
  EXPECT_TRUE(*files.load_if_changed());
  std::ofstream(ca_file).flush();
  EXPECT_FALSE(files.load_if_changed()) << "an empty file checks nobody";
}

}  // namespace
}  // namespace webhook
