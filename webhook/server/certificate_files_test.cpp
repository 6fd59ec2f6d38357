#include "webhook/server/certificate_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "webhook/server/test_certificates.hpp"

namespace webhook {
namespace {

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

}  // namespace
}  // namespace webhook
