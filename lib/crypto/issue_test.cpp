#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/base64.hpp"
#include "crypto/certificate.hpp"
#include "crypto/request.hpp"

namespace crypto {
namespace {

using namespace std::chrono_literals;
using base::TimePoint;

const TimePoint kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
const Validity kYear{kNow - 1h, kNow + 8760h};

std::string new_key() { return std::string(SystemKeySource().make_key_pem().reveal()); }
std::string new_serial() { return SystemKeySource().make_serial_hex(); }

struct Ca {
  std::string key = new_key();
  std::string pem;
  explicit Ca(std::string_view name) : pem(*make_ca(name, key, kYear, new_serial())) {}
};

/// The reference implementation's own words: `openssl ARGUMENTS < input`.
std::string openssl(const std::string& arguments, std::string_view input) {
  std::string folder = std::filesystem::temp_directory_path() / "crypto-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return "no folder";
  std::ofstream(folder + "/in") << input;
  const auto command = "openssl " + arguments + " < " + folder + "/in 2>&1";
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): constants of this file
  for (int letter = 0; pipe != nullptr && (letter = std::fgetc(pipe)) != EOF;)
    output += static_cast<char>(letter);
  if (pipe != nullptr) pclose(pipe);
  std::filesystem::remove_all(folder);
  return output;
}

void expect_contains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " in:\n" << text;
}

TEST(Keys, ArePkcs8AndNeverTheSame) {
  const auto one = new_key();
  EXPECT_TRUE(one.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(one.ends_with("-----END PRIVATE KEY-----\n"));
  EXPECT_NE(one, new_key());
  expect_contains(openssl("pkey -noout -text", one), "NIST CURVE: P-256");
}

TEST(Keys, SerialsArePositiveAndOfFullLength) {
  for (int i = 0; i < 50; ++i) {
    const auto serial = new_serial();
    EXPECT_EQ(serial.size(), 32U);
    EXPECT_TRUE(serial[0] >= '4' && serial[0] <= '7') << serial;
  }
  EXPECT_NE(new_serial(), new_serial());
}

TEST(Ca, SaysWhatItIs) {
  const auto key = new_key();
  const auto pem = make_ca("portcullis ca", key, kYear, "40ff");
  ASSERT_TRUE(pem.has_value()) << pem.error().what;
  const auto info = read_certificate(*pem);
  ASSERT_TRUE(info.has_value()) << info.error().what;
  EXPECT_EQ(info->subject, "CN=portcullis ca");
  EXPECT_EQ(info->issuer, info->subject);
  EXPECT_TRUE(info->is_ca);
  EXPECT_EQ(info->serial_hex, "40ff");
  EXPECT_EQ(info->validity.not_before, kYear.not_before);
  EXPECT_EQ(info->validity.not_after, kYear.not_after);
  EXPECT_EQ(info->subject_key_id, info->authority_key_id);
  EXPECT_EQ(info->subject_key_id.size(), 40U);
  EXPECT_EQ(info->fingerprint.size(), 64U);
  EXPECT_TRUE(key_fits(*pem, key));
  EXPECT_FALSE(key_fits(*pem, new_key()));
}

TEST(Ca, HasNoPathLengthAndMaySignOnly) {
  const auto text = openssl("x509 -noout -text", Ca("a").pem);
  expect_contains(text, "X509v3 Basic Constraints: critical\n                CA:TRUE\n");
  expect_contains(text, "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n");
  EXPECT_EQ(text.find("pathlen"), std::string::npos);
}

TEST(CrossSigned, KeepsSubjectKeyAndKeyIdOfTheCa) {
  const Ca old_ca("old");
  const Ca new_ca("new");
  const auto cross = cross_sign(new_ca.pem, old_ca.pem, old_ca.key, kYear, new_serial());
  ASSERT_TRUE(cross.has_value()) << cross.error().what;
  const auto info = *read_certificate(*cross);
  const auto own = *read_certificate(new_ca.pem);
  EXPECT_EQ(info.subject, "CN=new");
  EXPECT_EQ(info.issuer, "CN=old");
  EXPECT_TRUE(info.is_ca);
  EXPECT_EQ(info.subject_key_id, own.subject_key_id);
  EXPECT_EQ(info.authority_key_id, read_certificate(old_ca.pem)->subject_key_id);
  EXPECT_NE(info.fingerprint, own.fingerprint);
  EXPECT_TRUE(key_fits(*cross, new_ca.key));
}

TEST(Leaf, SaysWhatItIs) {
  const Ca ca("a");
  const auto key = new_key();
  const LeafRequest request{.common_name = "x.garden.svc",
                            .dns_names = {"x.garden", "*.x.garden.svc"},
                            .ip_addresses = {"10.0.0.1", "fd00::1"},
                            .validity = kYear};
  const auto leaf = issue_leaf(request, key, ca.pem, ca.key, new_serial());
  ASSERT_TRUE(leaf.has_value()) << leaf.error().what;
  const auto info = *read_certificate(*leaf);
  EXPECT_EQ(info.subject, "CN=x.garden.svc");
  EXPECT_EQ(info.common_name, "x.garden.svc");
  EXPECT_EQ(info.issuer, "CN=a");
  EXPECT_EQ(info.dns_names, request.dns_names);
  EXPECT_EQ(info.ip_addresses, request.ip_addresses);
  EXPECT_FALSE(info.is_ca);
  EXPECT_EQ(info.authority_key_id, read_certificate(ca.pem)->subject_key_id);
  EXPECT_TRUE(key_fits(*leaf, key));
  EXPECT_FALSE(key_fits(*leaf, ca.key));
  const auto text = openssl("x509 -noout -text", *leaf);
  expect_contains(text, "X509v3 Key Usage: critical\n                Digital Signature\n");
  expect_contains(text, "TLS Web Server Authentication\n");
  expect_contains(text, "DNS:x.garden, DNS:*.x.garden.svc, IP Address:10.0.0.1, IP Address:FD00:");
}

TEST(Leaf, LeavesOutACommonNameThatIsTooLong) {
  const Ca ca("a");
  const LeafRequest request{.common_name = std::string(65, 'x'),
                            .dns_names = {"x"},
                            .ip_addresses = {},
                            .validity = kYear};
  const auto leaf = issue_leaf(request, new_key(), ca.pem, ca.key, new_serial());
  ASSERT_TRUE(leaf.has_value()) << leaf.error().what;
  EXPECT_EQ(read_certificate(*leaf)->subject, "");
  expect_contains(openssl("x509 -noout -text", *leaf), "X509v3 Subject Alternative Name: critical");
  EXPECT_TRUE(verify_chain(*leaf, ca.pem, "x", kNow).has_value());
}

TEST(Csr, CarriesUserAndGroupsForTheSigner) {
  const auto csr = make_csr("portcullis:garden:x", {"group-a", "group-b"}, new_key());
  ASSERT_TRUE(csr.has_value()) << csr.error().what;
  EXPECT_TRUE(csr->starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
  const auto text = openssl("req -noout -verify -subject -nameopt RFC2253", *csr);
  expect_contains(text, "self-signature verify OK");
  expect_contains(text, "CN=portcullis:garden:x,O=group-b,O=group-a");
}

TEST(Csr, TakesUserNamesBeyondTheLimitOfX520) {
  const auto csr = make_csr(std::string(120, 'u'), {}, new_key());
  ASSERT_TRUE(csr.has_value()) << csr.error().what;
  expect_contains(openssl("req -noout -subject -nameopt RFC2253", *csr),
                  "CN=" + std::string(120, 'u'));
}

/// The request with one bit of its last byte, which is the signature's, the other way.
std::string forged(const std::string& pem) {
  const auto body = pem.find('\n') + 1;
  const auto end = pem.find("-----END");
  auto der = base::base64_decode(pem.substr(body, end - body)).value();
  der.back() ^= 1;
  return pem.substr(0, body) + base::base64_encode(der) + "\n" + pem.substr(end);
}

TEST(Csr, IsReadOnlyWithTheSignatureOfItsKey) {
  const auto csr = make_csr("user", {"group-a", "group-b"}, new_key()).value();
  const auto read = read_csr(csr);
  ASSERT_TRUE(read.has_value()) << read.error().what;
  EXPECT_EQ(read->common_name, "user");
  const std::vector<std::string> groups{"group-a", "group-b"};
  EXPECT_EQ(read->organizations, groups);
  const auto refused = read_csr(forged(csr));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().what.starts_with("verifying a certificate request: "));
  for (const auto& other :
       {std::string(), std::string("text"), csr.substr(0, csr.size() / 2), Ca("a").pem}) {
    const auto none = read_csr(other);
    ASSERT_FALSE(none.has_value()) << other;
    EXPECT_TRUE(none.error().what.starts_with("reading a certificate request: ")) << other;
  }
}

struct Refused {
  const char* what;
  base::Result<std::string> result;
  const char* part;
};

TEST(Issue, RefusesWhatWouldNotServe) {
  const Ca ca("a");
  const auto key = new_key();
  const LeafRequest good{
      .common_name = "x", .dns_names = {"x"}, .ip_addresses = {}, .validity = kYear};
  auto without_names = good;
  without_names.dns_names.clear();
  auto odd_name = good;
  odd_name.dns_names = {"a b"};
  auto injected = good;
  injected.dns_names = {"a,IP:10.0.0.1"};
  auto odd_address = good;
  odd_address.ip_addresses = {"10.0.0.256"};
  auto backwards = good;
  std::swap(backwards.validity.not_before, backwards.validity.not_after);
  const auto leaf = *issue_leaf(good, key, ca.pem, ca.key, "01");
  const auto issue = [&](const LeafRequest& request) {
    return issue_leaf(request, key, ca.pem, ca.key, "01");
  };
  const Refused cases[] = {
      {"no names", issue(without_names), "needs a DNS name or an IP address"},
      {"a blank", issue(odd_name), "\"a b\" is no DNS name"},
      {"an injection", issue(injected), "is no DNS name"},
      {"no address", issue(odd_address), "\"10.0.0.256\" is no IP address"},
      {"backwards", issue(backwards), "must end after it begins"},
      {"a serial", issue_leaf(good, key, ca.pem, ca.key, "xyz"), "serial number"},
      {"no serial", issue_leaf(good, key, ca.pem, ca.key, ""), "serial number"},
      {"another's key", issue_leaf(good, key, ca.pem, key, "01"), "does not belong"},
      {"a leaf as CA", issue_leaf(good, key, leaf, key, "01"), "is no CA"},
      {"no key", issue_leaf(good, "key", ca.pem, ca.key, "01"), "reading a private key"},
      {"no CA", issue_leaf(good, key, "ca", ca.key, "01"), "no certificate in this PEM"},
      {"a nameless CA", make_ca("", key, kYear, "01"), "common name"},
      {"a long-winded CA", make_ca(std::string(65, 'x'), key, kYear, "01"), "common name"},
      {"a leaf crossed", cross_sign(leaf, ca.pem, ca.key, kYear, "01"), "to cross-sign is no CA"},
      {"crossed by a leaf", cross_sign(ca.pem, leaf, key, kYear, "01"), "is no CA"},
      {"a nameless user", make_csr("", {}, key), "needs a user name"},
  };
  for (const auto& one : cases) {
    ASSERT_FALSE(one.result.has_value()) << one.what;
    EXPECT_EQ(one.result.error().kind, base::Error::Kind::invalid);
    expect_contains(one.result.error().what, one.part);
  }
}

}  // namespace
}  // namespace crypto
