#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/reconcile/observe.hpp"

// Whether a credential is good for what it is made for, asked of the target with the credential
// itself before any replica gets it.
namespace reconcile {

struct Identity {
  std::string user;
  std::vector<std::string> groups;
};

/// Error.reason where the target takes the credential for somebody else.
inline constexpr std::string_view kOtherIdentity = "OtherIdentity";

/// Whom the target takes the credential for.
kube::Task<base::Result<Identity>> ask_who(Connection& connection, kube::ClientConfig credential);

/// That it is `expected` (at least those groups), and may do what the resource's rules say: one
/// review for each rule, and one request that a rule allows. A right that is missing is an error
/// only for the first credential: a successor can do what the one in use can.
kube::Task<base::Result<>> verify(Connection& connection, std::shared_ptr<const Observation> seen,
                                  kube::ClientConfig credential, Identity expected);

}  // namespace reconcile
