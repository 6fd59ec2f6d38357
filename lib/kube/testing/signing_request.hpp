#pragma once

#include <string>
#include <string_view>

#include "kube/object/object.hpp"
#include "kube/testing/field_set.hpp"

namespace kube::testing {

// CertificateSigningRequests: the spec stays as it was made, and every subresource writes its own
// part of the status.

/// The server says itself who asks.
void set_requester(Object& request);
/// Why a new one is forbidden, though it is valid. Empty: it is not, or is of another kind.
std::string why_not_to_be_signed(const Object& object);

/// What an endpoint never writes.
FieldSet ignored_of_signing_request(std::string_view subresource);
/// Gives the conditions times where they have none, and makes what the endpoint does not write what
/// it was.
void restore_signing_request(const Object& live, Object& next, std::string_view subresource,
                             const std::string& now);

std::string why_not_signing_request(const Object& request);
/// Verdicts stay; only `approval` adds them, and a certificate is given once.
std::string why_not_signed_so(const Object& before, const Object& after,
                              std::string_view subresource);

}  // namespace kube::testing
