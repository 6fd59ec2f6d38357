#include "webhook/alicloud/validator/cidr.hpp"

#include <gtest/gtest.h>

namespace alicloud {
namespace {

bool parses(std::string_view text) { return Cidr::parse(text).has_value(); }
bool contains(const char* a, const char* b) { return Cidr::parse(a)->contains(*Cidr::parse(b)); }
bool overlaps(const char* a, const char* b) { return Cidr::parse(a)->overlaps(*Cidr::parse(b)); }

TEST(Cidr, IsWrittenAsGoReadsIt) {
  for (const char* fine : {"10.0.0.0/8", "0.0.0.0/0", "1.2.3.4/32", "10.250.0.0/019", "::/0",
                           "2001:db8::/32", "::ffff:10.250.0.0/115", "fe80::1/128"}) {
    EXPECT_TRUE(parses(fine)) << fine;
  }
  for (const char* wrong : {"",
                            "/",
                            "/8",
                            "10.0.0.0",
                            "10.0.0.0/",
                            "10.0.0.0/33",
                            "10.0.0.0/-1",
                            "10.0.0.0/+8",
                            "10.0.0.0/1e1",
                            "10.0.0/8",
                            "10..0.0/8",
                            "256.0.0.0/8",
                            "010.0.0.0/8",
                            " 10.0.0.0/8",
                            "10.0.0.0/8 ",
                            "10.0.0.0 /8",
                            "::/129",
                            "fe80::%eth0/64",
                            "1:2/64",
                            "10.0.0.0/8/8",
                            "x/8",
                            "10.0.0.0/99999999999999999999"}) {
    EXPECT_FALSE(parses(wrong)) << wrong;
  }
  EXPECT_FALSE(parses(std::string_view("10.0.0.0\0/8", 11)));
}

TEST(Cidr, IsCanonicalWhereItNamesItsFirstAddress) {
  EXPECT_TRUE(Cidr::parse("10.250.0.0/19")->is_canonical());
  EXPECT_FALSE(Cidr::parse("10.250.0.1/19")->is_canonical());
  EXPECT_TRUE(Cidr::parse("10.250.0.1/32")->is_canonical());
  EXPECT_FALSE(Cidr::parse("2001:db8::1/32")->is_canonical());
}

TEST(Cidr, ContainsWhatLiesInsideOfTheSameFamily) {
  EXPECT_TRUE(contains("10.250.0.0/16", "10.250.255.255/32"));
  EXPECT_TRUE(contains("10.250.0.0/16", "10.250.0.0/16"));
  EXPECT_FALSE(contains("10.250.0.0/16", "10.250.0.0/15"));
  EXPECT_FALSE(contains("10.250.0.0/16", "10.251.0.0/32"));
  EXPECT_FALSE(contains("::/0", "10.0.0.0/8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::/32"));
  EXPECT_TRUE(contains("10.250.0.0/16", "::ffff:10.250.0.0/115"));
}

TEST(Cidr, OverlapsWhereOneHoldsTheOthersStart) {
  EXPECT_TRUE(overlaps("10.0.0.0/8", "10.250.0.0/16"));
  EXPECT_TRUE(overlaps("10.250.0.0/16", "10.0.0.0/8"));
  EXPECT_FALSE(overlaps("10.250.0.0/19", "10.250.32.0/19"));
  EXPECT_FALSE(overlaps("0.0.0.0/0", "::/0"));
}

}  // namespace
}  // namespace alicloud
