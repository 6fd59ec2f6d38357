#include "net/test_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls_context.hpp"

namespace net_io {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string to_pem(X509* x509) {
  auto* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, x509);
  return text_of(bio);
}

std::string to_pem(EVP_PKEY* key) {
  auto* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio);
}

void add_extension(X509* x509, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& common_name, EVP_PKEY* key) {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_pubkey(made.get(), key);
  return made;
}

Key new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

BIO* memory(const std::string& text) {
  return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

}  // namespace

std::shared_ptr<const base::Secret> as_secret(const std::string& text) {
  return std::make_shared<const base::Secret>(text);
}

TestAuthority::TestAuthority(const std::string& common_name) {
  auto key = new_key();
  auto made = make(common_name, key.get());
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash");
  X509_sign(made.get(), key.get(), EVP_sha256());
  ca_ = {.certificate_pem = to_pem(made.get()), .key_pem = to_pem(key.get())};
}

TestLeaf TestAuthority::issue(const std::string& common_name, const std::string& names) const {
  auto* ca_bio = memory(ca_.certificate_pem);
  Certificate ca(PEM_read_bio_X509(ca_bio, nullptr, nullptr, nullptr), X509_free);
  BIO_free(ca_bio);
  auto* key_bio = memory(ca_.key_pem);
  Key ca_key(PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr), EVP_PKEY_free);
  BIO_free(key_bio);
  auto key = new_key();
  auto leaf = make(common_name, key.get());
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
  if (!names.empty()) add_extension(leaf.get(), ca.get(), NID_subject_alt_name, names);
  add_extension(leaf.get(), ca.get(), NID_authority_key_identifier, "keyid");
  X509_sign(leaf.get(), ca_key.get(), EVP_sha256());
  return {.certificate_pem = to_pem(leaf.get()), .key_pem = to_pem(key.get())};
}

ServerTls TestAuthority::server(const std::string& common_name) const {
  auto leaf = issue(common_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  ServerTls tls;
  tls.certificate_pem = leaf.certificate_pem;
  tls.key_pem = as_secret(leaf.key_pem);
  return tls;
}

ClientTls TestAuthority::client() const {
  ClientTls tls;
  tls.ca_pem = ca_pem();
  return tls;
}

ClientTls TestAuthority::client_as(const std::string& common_name) const {
  auto leaf = issue(common_name, "");
  auto tls = client();
  tls.certificate_pem = leaf.certificate_pem;
  tls.key_pem = as_secret(leaf.key_pem);
  return tls;
}

namespace {

TEST(Tls, AcceptsAKeyThatFitsItsCertificate) {
  TestAuthority authority;
  EXPECT_TRUE(check(authority.server()));
}

TEST(Tls, RefusesAForeignKeyWithoutShowingIt) {
  TestAuthority authority;
  auto tls = authority.server();
  auto foreign = authority.issue("other", "DNS:other").key_pem;
  tls.key_pem = as_secret(foreign);
  auto checked = check(tls);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().is(base::Error::Kind::invalid));
  EXPECT_EQ(checked.error().what, "using the private key: key values mismatch");
}

TEST(Tls, SaysWhichPartDoesNotParse) {
  TestAuthority authority;
  auto good = authority.server();
  auto broken = good;
  broken.certificate_pem = "no PEM";
  EXPECT_EQ(check(broken).error().what, "reading the certificate chain: no start line");
  broken = good;
  broken.certificate_pem += "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
  EXPECT_THAT(check(broken).error().what, testing::HasSubstr("reading the certificate chain"));
  broken = good;
  broken.key_pem = nullptr;
  EXPECT_EQ(check(broken).error().what, "the private key is missing");
  broken = good;
  broken.client_ca_pem = "nonsense";
  EXPECT_EQ(check(broken).error().what, "reading the CA certificates: no start line");
}

TEST(Tls, ServesTheWholeChain) {
  TestAuthority authority;
  auto tls = authority.server();
  tls.certificate_pem += authority.ca_pem();
  auto context = make_server_context(tls);
  ASSERT_TRUE(context);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context->get(), &chain);
  EXPECT_EQ(sk_X509_num(chain), 1);
}

}  // namespace
}  // namespace net_io
