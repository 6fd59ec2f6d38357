#include <gtest/gtest.h>

#include "crypto/certificate.hpp"

namespace crypto {
namespace {

using namespace std::chrono_literals;

const base::TimePoint kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);

std::string new_key() { return std::string(SystemKeySource().make_key_pem().reveal()); }
std::string new_ca(std::string_view name) {
  return *make_ca(name, new_key(), {kNow, kNow + 1h}, SystemKeySource().make_serial_hex());
}

TEST(Pem, SplitsABundleInOrder) {
  const auto a = new_ca("a");
  const auto b = new_ca("b");
  EXPECT_EQ(*split_pem(a + b), (std::vector{a, b}));
  EXPECT_EQ(*split_pem("# comment\n" + a + "\n\ntext between\n" + b), (std::vector{a, b}));
  EXPECT_EQ(*split_pem(new_key() + a), std::vector{a});
  EXPECT_TRUE(split_pem(" \n")->empty());
}

TEST(Pem, RefusesWhatIsNoCertificate) {
  const auto a = new_ca("a");
  for (const auto& text :
       {std::string("hello"), a.substr(0, 100), new_key(), a + a.substr(0, 100),
        std::string("-----BEGIN CERTIFICATE-----\nZmFrZQ==\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        std::string((5U << 20), 'a')}) {
    const auto split = split_pem(text);
    ASSERT_FALSE(split.has_value()) << text.substr(0, 200);
    EXPECT_EQ(split.error().kind, base::Error::Kind::invalid);
    EXPECT_FALSE(read_certificate(text).has_value());
  }
  EXPECT_FALSE(read_certificate("").has_value());
}

TEST(Pem, MergesWithoutRepetitionAndInTheSameBytes) {
  const auto a = new_ca("a");
  const auto b = new_ca("b");
  EXPECT_EQ(*merge_bundles(a, b), a + b);
  EXPECT_EQ(*merge_bundles(b, a), b + a);
  EXPECT_EQ(*merge_bundles(a + b, b + a + a), a + b);
  EXPECT_EQ(*merge_bundles("\n" + a + "\n# note\n", a), a);
  EXPECT_EQ(*merge_bundles("", a), a);
  EXPECT_EQ(*merge_bundles(a, ""), a);
  EXPECT_EQ(*merge_bundles("", ""), "");
  EXPECT_FALSE(merge_bundles(a, "garbage").has_value());
}

TEST(Pem, TellsCertificatesOfOneNameApart) {
  const auto one = new_ca("same");
  const auto two = new_ca("same");
  EXPECT_EQ(*merge_bundles(one, two), one + two);
  EXPECT_NE(read_certificate(one)->fingerprint, read_certificate(two)->fingerprint);
}

TEST(Pem, KeyFitsNothingThatIsBroken) {
  const auto key = new_key();
  const auto ca = *make_ca("a", key, {kNow, kNow + 1h}, "01");
  EXPECT_TRUE(key_fits(ca, key));
  EXPECT_FALSE(key_fits(ca, ""));
  EXPECT_FALSE(key_fits("", key));
  EXPECT_FALSE(key_fits(ca, ca));
  EXPECT_FALSE(key_fits(ca, key.substr(0, 60)));
}

}  // namespace
}  // namespace crypto
