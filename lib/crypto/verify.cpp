#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <chrono>
#include <ctime>

#include "crypto/certificate.hpp"
#include "crypto/openssl.hpp"

namespace crypto {
namespace {

using StoreHandle = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using ContextHandle = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackHandle = std::unique_ptr<STACK_OF(X509), FreeStack>;

/// Without the brackets of a URL's IPv6 address and the dot of a fully qualified name.
std::string_view plain_host(std::string_view host) {
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']'))
    return host.substr(1, host.size() - 2);
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  return host;
}

void expect_host(X509_VERIFY_PARAM& rules, std::string_view host) {
  const auto address = address_bytes(host);
  if (!address.empty()) {
    require(
        X509_VERIFY_PARAM_set1_ip(&rules, reinterpret_cast<const unsigned char*>(address.data()),
                                  address.size()) == 1,
        "X509_VERIFY_PARAM_set1_ip");
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(
      &rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  require(X509_VERIFY_PARAM_set1_host(&rules, host.data(), host.size()) == 1,
          "X509_VERIFY_PARAM_set1_host");
}

/// As Go's verifier, which is the API server's: any certificate of the bundle is an anchor,
/// self-signed or not; names come from the SANs only.
void set_rules(X509_VERIFY_PARAM& rules, std::string_view host, base::TimePoint when) {
  X509_VERIFY_PARAM_set_flags(&rules, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_purpose(&rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_auth_level(&rules, 1);
  X509_VERIFY_PARAM_set_time(
      &rules, static_cast<std::time_t>(
                  std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count()));
  expect_host(rules, host);
}

StoreHandle make_store(const std::vector<CertificateHandle>& anchors) {
  StoreHandle store(X509_STORE_new());
  require(store != nullptr, "X509_STORE_new");
  for (const auto& anchor : anchors)
    require(X509_STORE_add_cert(store.get(), anchor.get()) == 1, "X509_STORE_add_cert");
  return store;
}

/// Borrows all but the first.
StackHandle make_intermediates(const std::vector<CertificateHandle>& chain) {
  StackHandle stack(sk_X509_new_null());
  require(stack != nullptr, "sk_X509_new_null");
  for (std::size_t i = 1; i < chain.size(); ++i)
    require(sk_X509_push(stack.get(), chain[i].get()) > 0, "sk_X509_push");
  return stack;
}

/// A word for programs, beside the text for people.
std::string reason_of(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "Expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "NotYetValid";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "HostMismatch";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "UnknownAuthority";
    default:
      return "BadCertificate";
  }
}

base::Error verification_error(X509_STORE_CTX& context, std::string_view host) {
  const int code = X509_STORE_CTX_get_error(&context);
  std::string text = "the chain does not verify for \"" + std::string(host) + "\": ";
  text += X509_verify_cert_error_string(code);
  if (const auto* at = X509_STORE_CTX_get_current_cert(&context))
    text += " (certificate " + std::to_string(X509_STORE_CTX_get_error_depth(&context)) + ", " +
            to_text(X509_get_subject_name(at)) + ")";
  auto error = base::invalid(std::move(text));
  error.reason = reason_of(code);
  return error;
}

}  // namespace

base::Result<> verify_chain(std::string_view chain_pem, std::string_view bundle_pem,
                            std::string_view host, base::TimePoint when) {
  TRY(const auto chain, parse_certificates(chain_pem));
  TRY(const auto anchors, parse_certificates(bundle_pem));
  if (chain.empty()) return base::fail(base::invalid("the chain is empty"));
  if (anchors.empty()) return base::fail(base::invalid("the bundle is empty"));
  const auto name = plain_host(host);
  if (name.empty()) return base::fail(base::invalid("no host to verify the chain for"));
  const auto store = make_store(anchors);
  const auto intermediates = make_intermediates(chain);
  const ContextHandle context(X509_STORE_CTX_new());
  require(context != nullptr && X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(),
                                                    intermediates.get()) == 1,
          "X509_STORE_CTX_init");
  set_rules(*X509_STORE_CTX_get0_param(context.get()), name, when);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (verified) return {};
  return base::fail(verification_error(*context, name));
}

}  // namespace crypto
