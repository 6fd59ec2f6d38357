#include <gtest/gtest.h>

#include "crypto/certificate.hpp"

namespace crypto {
namespace {

using namespace std::chrono_literals;

const base::TimePoint kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
const Validity kDay{kNow - 1h, kNow + 24h};
const Validity kYear{kNow - 1h, kNow + 8760h};
constexpr std::string_view kHost = "admission.garden";

std::string new_key() { return std::string(SystemKeySource().make_key_pem().reveal()); }
std::string new_serial() { return SystemKeySource().make_serial_hex(); }

struct Ca {
  std::string key = new_key();
  std::string pem;
  explicit Ca(std::string_view name, Validity validity = kYear)
      : pem(*make_ca(name, key, validity, new_serial())) {}
  std::string leaf(Validity validity = kDay) const {
    const LeafRequest request{.common_name = std::string(kHost),
                              .dns_names = {std::string(kHost), "*.wild.svc"},
                              .ip_addresses = {"10.0.0.1", "fd00::1"},
                              .validity = validity};
    return *issue_leaf(request, new_key(), pem, key, new_serial());
  }
  std::string crossed_by(const Ca& other) const {
    return *cross_sign(pem, other.pem, other.key, kYear, new_serial());
  }
};

/// Which server chain verifies under which bundle, as measured at a real API server.
struct Row {
  const char* chain_name;
  std::string chain;
  bool old_only, new_only, joint;
};

TEST(VerifyChain, AgreesWithTheApiServerOnEveryChainAndBundle) {
  const Ca old_ca("ca-1");
  const Ca new_ca("ca-2");
  const Ca namesake("ca-1");  // another key under the old name
  const Ca unrelated("else");
  const Row rows[] = {
      {"leaf by old", old_ca.leaf(), true, false, true},
      {"leaf by new", new_ca.leaf(), false, true, true},
      {"leaf by new and the cross certificate", new_ca.leaf() + new_ca.crossed_by(old_ca), true,
       true, true},
      {"leaf by an unrelated CA", unrelated.leaf(), false, false, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(verify_chain(row.chain, old_ca.pem, kHost, kNow).has_value(), row.old_only)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, new_ca.pem, kHost, kNow).has_value(), row.new_only)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, old_ca.pem + new_ca.pem, kHost, kNow).has_value(), row.joint)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, new_ca.pem + old_ca.pem, kHost, kNow).has_value(), row.joint)
        << row.chain_name;
  }
  const Row same_name[] = {
      {"leaf by the namesake", namesake.leaf(), false, true, true},
      {"leaf by the namesake and its cross certificate",
       namesake.leaf() + namesake.crossed_by(old_ca), true, true, true},
  };
  for (const auto& row : same_name) {
    EXPECT_EQ(verify_chain(row.chain, old_ca.pem, kHost, kNow).has_value(), row.old_only)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, namesake.pem, kHost, kNow).has_value(), row.new_only)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, old_ca.pem + namesake.pem, kHost, kNow).has_value(),
              row.joint)
        << row.chain_name;
    EXPECT_EQ(verify_chain(row.chain, namesake.pem + old_ca.pem, kHost, kNow).has_value(),
              row.joint)
        << row.chain_name;
  }
}

TEST(VerifyChain, BridgesSeveralGenerationsAtOnce) {
  const Ca first("ca-1");
  const Ca second("ca-2");
  const Ca third("ca-3");
  const auto chain = third.leaf() + third.crossed_by(second) + second.crossed_by(first);
  for (const auto* ca : {&first, &second, &third})
    EXPECT_TRUE(verify_chain(chain, ca->pem, kHost, kNow).has_value())
        << read_certificate(ca->pem)->subject;
}

TEST(VerifyChain, AnchorsInTheCrossCertificateItself) {
  const Ca old_ca("ca-1");
  const Ca new_ca("ca-2");
  EXPECT_TRUE(verify_chain(new_ca.leaf(), new_ca.crossed_by(old_ca), kHost, kNow).has_value());
}

struct HostCase {
  const char* host;
  bool fits;
};

TEST(VerifyChain, TakesTheHostFromTheAlternativeNamesOnly) {
  const Ca ca("a");
  const auto leaf = ca.leaf();
  const HostCase cases[] = {
      {"admission.garden", true},    {"ADMISSION.garden", true}, {"admission.garden.", true},
      {"x.wild.svc", true},          {"10.0.0.1", true},         {"fd00::1", true},
      {"[fd00::1]", true},           {"fd00:0:0::1", true},      {"garden", false},
      {"x.admission.garden", false}, {"wild.svc", false},        {"a.b.wild.svc", false},
      {"10.0.0.2", false},           {"fd00::2", false},         {"admission.garden.evil", false},
  };
  for (const auto& one : cases) {
    const auto verified = verify_chain(leaf, ca.pem, one.host, kNow);
    EXPECT_EQ(verified.has_value(), one.fits) << one.host;
    if (!verified) EXPECT_EQ(verified.error().reason, "HostMismatch") << verified.error().what;
  }
  const LeafRequest named{
      .common_name = "only-here", .dns_names = {"x"}, .ip_addresses = {}, .validity = kDay};
  const auto by_name = *issue_leaf(named, new_key(), ca.pem, ca.key, new_serial());
  EXPECT_FALSE(verify_chain(by_name, ca.pem, "only-here", kNow).has_value());
  EXPECT_FALSE(verify_chain(leaf, ca.pem, "", kNow).has_value());
}

TEST(VerifyChain, HoldsEveryCertificateToItsTime) {
  const Ca ca("a");
  const auto leaf = ca.leaf();
  EXPECT_TRUE(verify_chain(leaf, ca.pem, kHost, kNow - 1h).has_value());
  EXPECT_TRUE(verify_chain(leaf, ca.pem, kHost, kNow + 24h - 1s).has_value());
  const auto late = verify_chain(leaf, ca.pem, kHost, kNow + 24h + 1s);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().reason, "Expired");
  EXPECT_NE(late.error().what.find("CN=admission.garden"), std::string::npos) << late.error().what;
  const auto early = verify_chain(leaf, ca.pem, kHost, kNow - 1h - 1s);
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().reason, "NotYetValid");
  const Ca short_lived("b", {kNow - 1h, kNow + 1h});
  const auto outlived = verify_chain(short_lived.leaf(), short_lived.pem, kHost, kNow + 2h);
  ASSERT_FALSE(outlived.has_value());
  EXPECT_EQ(outlived.error().reason, "Expired");
}

TEST(VerifyChain, SaysWhyNot) {
  const Ca ca("a");
  const Ca other("b");
  const auto unknown = verify_chain(ca.leaf(), other.pem, kHost, kNow);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().kind, base::Error::Kind::invalid);
  EXPECT_EQ(unknown.error().reason, "UnknownAuthority");
  EXPECT_TRUE(
      unknown.error().what.starts_with("the chain does not verify for \"admission.garden\": "))
      << unknown.error().what;
  EXPECT_EQ(verify_chain("", ca.pem, kHost, kNow).error().what, "the chain is empty");
  EXPECT_EQ(verify_chain(ca.leaf(), "", kHost, kNow).error().what, "the bundle is empty");
  EXPECT_FALSE(verify_chain("junk", ca.pem, kHost, kNow).has_value());
  EXPECT_FALSE(verify_chain(ca.leaf(), "junk", kHost, kNow).has_value());
}

TEST(VerifyChain, RefusesALeafThatSignsAnother) {
  const Ca ca("a");
  const auto middle_key = new_key();
  const LeafRequest request{
      .common_name = "m", .dns_names = {std::string(kHost)}, .ip_addresses = {}, .validity = kDay};
  const auto middle = *issue_leaf(request, middle_key, ca.pem, ca.key, new_serial());
  // issue_leaf refuses to sign with it, so a CA of the same key and name stands in for the forger.
  const auto forged_ca = *make_ca("m", middle_key, kYear, new_serial());
  const auto forged = *issue_leaf(request, new_key(), forged_ca, middle_key, new_serial());
  EXPECT_FALSE(verify_chain(forged + middle, ca.pem, kHost, kNow).has_value());
  EXPECT_TRUE(verify_chain(forged, forged_ca, kHost, kNow).has_value());
}

}  // namespace
}  // namespace crypto
