#pragma once

#include <string>

#include "kube/watch/store.hpp"

namespace app {

/// What the status of each resource says, in Prometheus' text format: its conditions, and when what
/// it uses ends. Every replica tells it, also one that does not lead.
std::string resource_metrics(const kube::watch::Store& resources);

}  // namespace app
