#pragma once

#include <memory>
#include <optional>

#include "kube/api.hpp"
#include "operator/plan/snapshot.hpp"

namespace reconcile {

/// How the token at the well-known path came into a Pod, by its spec; nullopt where nothing is
/// mounted there.
std::optional<plan::Automount> automount_of(const kube::Object& pod);

/// The worst of this resource's Pods that run; nullopt where none has a token.
kube::Task<base::Result<std::optional<plan::Automount>>> read_automount(
    kube::Api& runtime, std::shared_ptr<const plan::Snapshot> seen);

}  // namespace reconcile
