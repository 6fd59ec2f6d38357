#pragma once

#include <string>

#include "kube/object/object.hpp"

namespace kube::testing {

/// What the kind's own validation says, metadata aside. Empty: fine.
std::string why_not_kind(const Object& object);
/// What may not change in this kind.
std::string why_not_kind_change(const Object& before, const Object& after);
/// Webhooks of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
std::string why_not_webhooks(const Object& configuration);
/// ReplicaSets and what they are made of.
std::string why_not_replica_set(const Object& object);
std::string why_not_service(const Object& service);

}  // namespace kube::testing
