#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <memory>
#include <optional>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"
#include "crypto/request.hpp"

namespace crypto {
namespace {

base::Result<base::TimePoint> to_time(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1)
    return base::fail(openssl_error("reading a certificate's validity"));
  return base::TimePoint(std::chrono::seconds(timegm(&broken_down)));
}

std::string to_utf8(const ASN1_STRING* text) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, text);
  if (size < 0) return {};
  std::string copy(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return copy;
}

std::vector<std::string> entries(const X509_NAME* name, int kind) {
  std::vector<std::string> found;
  for (int at = X509_NAME_get_index_by_NID(name, kind, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, kind, at))
    found.push_back(to_utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
  return found;
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void read_names(const X509& certificate, CertificateInfo& info) {
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) info.dns_names.emplace_back(bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD)
      info.ip_addresses.push_back(address_text(bytes_of(name->d.iPAddress)));
  }
}

std::string hex_of(const ASN1_OCTET_STRING* id) {
  if (id == nullptr) return {};
  return to_hex(ASN1_STRING_get0_data(id), static_cast<std::size_t>(ASN1_STRING_length(id)));
}

std::string last_or_empty(const std::vector<std::string>& texts) {
  return texts.empty() ? std::string() : texts.back();
}

}  // namespace

base::Result<CertificateInfo> read_certificate(std::string_view pem) {
  TRY(const auto certificate, parse_certificate(pem));
  const auto* subject = X509_get_subject_name(certificate.get());
  CertificateInfo info;
  info.subject = to_text(subject);
  info.issuer = to_text(X509_get_issuer_name(certificate.get()));
  info.common_name = last_or_empty(entries(subject, NID_commonName));
  info.organizations = entries(subject, NID_organizationName);
  read_names(*certificate, info);
  TRY(info.validity.not_before, to_time(X509_get0_notBefore(certificate.get())));
  TRY(info.validity.not_after, to_time(X509_get0_notAfter(certificate.get())));
  info.is_ca = X509_check_ca(certificate.get()) == 1;
  info.serial_hex = hex_of(X509_get0_serialNumber(certificate.get()));
  info.fingerprint = fingerprint(*certificate);
  info.subject_key_id = hex_of(X509_get0_subject_key_id(certificate.get()));
  info.authority_key_id = hex_of(X509_get0_authority_key_id(certificate.get()));
  return info;
}

base::Result<RequestInfo> read_csr(std::string_view pem) {
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(in != nullptr, "BIO_new_mem_buf");
  const RequestHandle request(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
  if (request == nullptr) return base::fail(openssl_error("reading a certificate request"));
  if (X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1)
    return base::fail(openssl_error("verifying a certificate request"));
  ERR_clear_error();
  const auto* subject = X509_REQ_get_subject_name(request.get());
  return RequestInfo{.common_name = last_or_empty(entries(subject, NID_commonName)),
                     .organizations = entries(subject, NID_organizationName)};
}

}  // namespace crypto
