#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/backoff.hpp"
#include "kube/api.hpp"

namespace kube::watch {

/// What a store is told. A relist is visible, so that a store swaps atomically: Init, InitApply*,
/// InitDone.
struct Init {};
struct InitApply {
  Object object;
};
struct InitDone {
  std::string resource_version;
};
struct Applied {
  Object object;
};
struct Removed {
  Object object;
};
using Change = std::variant<Init, InitApply, InitDone, Applied, Removed>;

/// Lists are made at the most recent state; `resource_version` is only what was seen before, and a
/// list that is older is not believed. (Five times in a row it is: then the server was restored
/// from a backup.) Failed, gone: from the first page. Failed otherwise: the same page. Both after
/// back-off.
struct Listing {
  std::string resource_version = {};
  std::string continue_token = {};
  bool first_page = true;
  int refused = 0;
};
/// Failed, gone, `invalid` (an event that cannot be read), not_found, or a version that the server
/// does not have yet: Listing. Failed otherwise, or ended: Watching again from the last version
/// seen. After back-off, but for an end in order after a while.
struct Watching {
  std::string resource_version;
};
using State = std::variant<Listing, Watching>;

struct Listed {
  Page page;
};
struct Seen {
  WatchEvent event;
};
struct Ended {
  bool too_soon = false;
};  ///< by the server, in order; too_soon: within a second without an event
struct Failed {
  base::Error error;
};
using Input = std::variant<Listed, Seen, Ended, Failed>;

struct Step {
  State state;
  std::vector<Change> changes;
  bool back_off = false;  ///< wait before going on (failures are counted by the reflector)
};
/// Pure. Versions never move backwards: a watch event that is not newer than what was seen is
/// dropped, and so are objects without a name. An input that does not belong to the state changes
/// nothing.
Step step(State now, Input input);

/// Whether `object` can be kept at all: it has a name.
bool is_usable(const Object& object);

}  // namespace kube::watch
