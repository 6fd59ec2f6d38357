#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/backoff.hpp"
#include "kube/api.hpp"

namespace kube::watch {

/// What a store is told. A relist is visible, so that a store swaps atomically: Init, InitApply*, InitDone.
struct Init {};
struct InitApply { Object object; };
struct InitDone {};
struct Applied { Object object; };
struct Removed { Object object; };
using Change = std::variant<Init, InitApply, InitDone, Applied, Removed>;

/// The states of one reflector. After each failure the doc says where it leads.
struct Listing { std::string resource_version; std::string continue_token; bool first_page = true; };  ///< gone: list again at ""; else the same page after back-off
struct Watching { std::string resource_version; };  ///< gone: Listing; end in order or transient: Watching again from the last version seen
using State = std::variant<Listing, Watching>;

struct Listed { Page page; };
struct Seen { WatchEvent event; };
struct Ended { bool too_soon = false; };  ///< by the server, in order; too_soon: within a second without an event
struct Failed { base::Error error; };
using Input = std::variant<Listed, Seen, Ended, Failed>;

struct Step {
  State state;
  std::vector<Change> changes;
  bool back_off = false;  ///< wait before going on (failures are counted by the reflector)
};
/// Pure. Versions never move backwards: a watch event older than what was seen is dropped.
Step step(State now, Input input);

}  // namespace kube::watch
