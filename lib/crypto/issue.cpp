#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"

namespace crypto {
namespace {

constexpr std::size_t kMostCommonName = 64;  // RFC 5280, ub-common-name
constexpr std::size_t kMostSerialDigits = 40;

/// What all certificates of ours have in common.
struct Draft {
  const X509_NAME* subject;
  const X509_NAME* issuer;
  EVP_PKEY* subject_key;
  Validity validity;
  std::string_view serial_hex;
};

base::Result<> set_serial(X509& certificate, std::string_view hex) {
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (hex.empty() || hex.size() > kMostSerialDigits || !std::ranges::all_of(hex, is_digit))
    return base::fail(base::invalid("a serial number must be 1 to 40 hexadecimal digits"));
  BIGNUM* number = nullptr;
  require(BN_hex2bn(&number, std::string(hex).c_str()) > 0, "BN_hex2bn");
  const auto* set = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate));
  BN_free(number);
  require(set != nullptr, "BN_to_ASN1_INTEGER");
  return {};
}

base::Result<> set_validity(X509& certificate, const Validity& validity) {
  if (validity.not_after <= validity.not_before)
    return base::fail(base::invalid("a certificate must end after it begins"));
  const auto seconds = [](base::TimePoint time) {
    return static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  };
  const bool is_set =
      ASN1_TIME_set(X509_getm_notBefore(&certificate), seconds(validity.not_before)) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(&certificate), seconds(validity.not_after)) != nullptr;
  if (!is_set) return base::fail(openssl_error("writing a certificate's validity"));
  return {};
}

base::Result<CertificateHandle> begin(const Draft& draft) {
  CertificateHandle certificate(X509_new());
  require(certificate != nullptr, "X509_new");
  TRY_VOID(set_serial(*certificate, draft.serial_hex));
  TRY_VOID(set_validity(*certificate, draft.validity));
  const bool is_set = X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      X509_set_subject_name(certificate.get(), draft.subject) == 1 &&
                      X509_set_issuer_name(certificate.get(), draft.issuer) == 1 &&
                      X509_set_pubkey(certificate.get(), draft.subject_key) == 1;
  require(is_set, "X509_set_...");
  return certificate;
}

/// `value` is a constant of this file, never somebody's text: the syntax has commands of its own.
void add_extension(X509& certificate, X509& issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  require(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1,
          "X509_add_ext");
}

void add_ca_extensions(X509& certificate, X509& issuer) {
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
}

base::Result<std::string> sign(X509& certificate, EVP_PKEY& key) {
  if (X509_sign(&certificate, &key, EVP_sha256()) <= 0)
    return base::fail(openssl_error("signing a certificate"));
  return to_pem(certificate);
}

using NameHandle = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;

/// UTF8String by its number: the MBSTRING forms would refuse user names beyond 64 letters.
void add_entry(X509_NAME& name, int kind, std::string_view value) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  require(X509_NAME_add_entry_by_NID(&name, kind, V_ASN1_UTF8STRING, bytes,
                                     static_cast<int>(value.size()), -1, 0) == 1,
          "X509_NAME_add_entry_by_NID");
}

NameHandle make_name(std::string_view common_name, const std::vector<std::string>& organizations) {
  NameHandle name(X509_NAME_new());
  require(name != nullptr, "X509_NAME_new");
  for (const auto& organization : organizations)
    add_entry(*name, NID_organizationName, organization);
  if (!common_name.empty()) add_entry(*name, NID_commonName, common_name);
  return name;
}

struct Authority {
  CertificateHandle certificate;
  KeyHandle key;
};

base::Result<Authority> read_authority(std::string_view ca_pem, std::string_view key_pem) {
  TRY(auto certificate, parse_certificate(ca_pem));
  TRY(auto key, parse_key(key_pem));
  if (X509_check_ca(certificate.get()) != 1)
    return base::fail(base::invalid("the issuing certificate is no CA"));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return base::fail(base::invalid("the issuing key does not belong to the issuing certificate"));
  }
  return Authority{std::move(certificate), std::move(key)};
}

void push_name(GENERAL_NAMES& names, int type, ASN1_STRING* value, std::string_view bytes) {
  require(
      value != nullptr && ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1,
      "ASN1_STRING_set");
  auto* name = GENERAL_NAME_new();
  require(name != nullptr, "GENERAL_NAME_new");
  GENERAL_NAME_set0_value(name, type, value);
  require(sk_GENERAL_NAME_push(&names, name) > 0, "sk_GENERAL_NAME_push");
}

bool is_dns_name(std::string_view name) {
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || std::string_view("-._*").contains(letter);
  };
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, fits);
}

base::Result<NamesHandle> alternative_names(const LeafRequest& request) {
  if (request.dns_names.empty() && request.ip_addresses.empty())
    return base::fail(base::invalid("a serving certificate needs a DNS name or an IP address"));
  NamesHandle names(GENERAL_NAMES_new());
  require(names != nullptr, "GENERAL_NAMES_new");
  for (const auto& name : request.dns_names) {
    if (!is_dns_name(name)) return base::fail(base::invalid("\"" + name + "\" is no DNS name"));
    push_name(*names, GEN_DNS, ASN1_IA5STRING_new(), name);
  }
  for (const auto& address : request.ip_addresses) {
    const auto bytes = address_bytes(address);
    if (bytes.empty()) return base::fail(base::invalid("\"" + address + "\" is no IP address"));
    push_name(*names, GEN_IPADD, ASN1_OCTET_STRING_new(), bytes);
  }
  return names;
}

}  // namespace

base::Result<std::string> make_ca(std::string_view common_name, std::string_view key_pem,
                                  Validity validity, std::string_view serial_hex) {
  if (common_name.empty() || common_name.size() > kMostCommonName)
    return base::fail(base::invalid("a CA's common name must be 1 to 64 bytes"));
  TRY(const auto key, parse_key(key_pem));
  const auto name = make_name(common_name, {});
  TRY(const auto certificate, begin({name.get(), name.get(), key.get(), validity, serial_hex}));
  add_ca_extensions(*certificate, *certificate);
  add_extension(*certificate, *certificate, NID_subject_key_identifier, "hash");
  add_extension(*certificate, *certificate, NID_authority_key_identifier, "keyid:always");
  return sign(*certificate, *key);
}

base::Result<std::string> cross_sign(std::string_view ca_pem, std::string_view by_ca_pem,
                                     std::string_view by_key_pem, Validity validity,
                                     std::string_view serial_hex) {
  TRY(const auto by, read_authority(by_ca_pem, by_key_pem));
  TRY(const auto subject, parse_certificate(ca_pem));
  if (X509_check_ca(subject.get()) != 1)
    return base::fail(base::invalid("the certificate to cross-sign is no CA"));
  TRY(const auto certificate,
      begin({X509_get_subject_name(subject.get()), X509_get_subject_name(by.certificate.get()),
             X509_get0_pubkey(subject.get()), validity, serial_hex}));
  add_ca_extensions(*certificate, *by.certificate);
  // Copied, not computed: leaves name their issuer by exactly this id.
  const int at = X509_get_ext_by_NID(subject.get(), NID_subject_key_identifier, -1);
  if (at >= 0)
    require(X509_add_ext(certificate.get(), X509_get_ext(subject.get(), at), -1) == 1,
            "X509_add_ext");
  add_extension(*certificate, *by.certificate, NID_authority_key_identifier, "keyid");
  return sign(*certificate, *by.key);
}

base::Result<std::string> issue_leaf(const LeafRequest& request, std::string_view leaf_key_pem,
                                     std::string_view ca_pem, std::string_view ca_key_pem,
                                     std::string_view serial_hex) {
  TRY(const auto by, read_authority(ca_pem, ca_key_pem));
  TRY(const auto key, parse_key(leaf_key_pem));
  TRY(const auto names, alternative_names(request));
  const bool has_name = request.common_name.size() <= kMostCommonName;
  const auto subject = make_name(has_name ? request.common_name : "", {});
  TRY(const auto certificate, begin({subject.get(), X509_get_subject_name(by.certificate.get()),
                                     key.get(), request.validity, serial_hex}));
  add_extension(*certificate, *by.certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(*certificate, *by.certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(*certificate, *by.certificate, NID_ext_key_usage, "serverAuth");
  add_extension(*certificate, *by.certificate, NID_subject_key_identifier, "hash");
  add_extension(*certificate, *by.certificate, NID_authority_key_identifier, "keyid");
  // RFC 5280 4.2.1.6: critical where there is no subject.
  const int is_critical = X509_NAME_entry_count(subject.get()) == 0 ? 1 : 0;
  require(
      X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, names.get(), is_critical, 0) == 1,
      "X509_add1_ext_i2d");
  return sign(*certificate, *by.key);
}

base::Result<std::string> make_csr(std::string_view common_name,
                                   const std::vector<std::string>& organizations,
                                   std::string_view key_pem) {
  if (common_name.empty())
    return base::fail(base::invalid("a client certificate needs a user name"));
  TRY(const auto key, parse_key(key_pem));
  const auto subject = make_name(common_name, organizations);
  const RequestHandle request(X509_REQ_new());
  require(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
              X509_REQ_set_subject_name(request.get(), subject.get()) == 1 &&
              X509_REQ_set_pubkey(request.get(), key.get()) == 1,
          "X509_REQ_set_...");
  if (X509_REQ_sign(request.get(), key.get(), EVP_sha256()) <= 0)
    return base::fail(openssl_error("signing a certificate request"));
  const BioHandle out(BIO_new(BIO_s_mem()));
  require(out != nullptr && PEM_write_bio_X509_REQ(out.get(), request.get()) == 1,
          "PEM_write_bio_X509_REQ");
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace crypto
