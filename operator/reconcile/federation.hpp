#pragma once

#include <memory>
#include <string>

#include "operator/reconcile/observe.hpp"

// Tokens of the runtime cluster that the target maps to a user.
namespace reconcile {

/// Asks the runtime cluster for a token like those that kubelets will project, and the target whom
/// it takes it for. An error with reason NotTrusted says what the target's administrator has to set
/// up: trust is theirs to give.
kube::Task<base::Result<>> verify_trust(kube::Api& runtime, Connection& target,
                                        std::shared_ptr<const Observation> seen);

/// For the target's administrator: an AuthenticationConfiguration, and an OpenIDConnect object
/// where one can say it.
std::string trust_instructions(const api::FederatedToken& wanted, const std::string& issuer,
                               const std::string& subject);

}  // namespace reconcile
