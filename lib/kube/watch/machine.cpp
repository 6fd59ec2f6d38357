#include "kube/watch/machine.hpp"

#include <utility>

namespace kube::watch {
namespace {

constexpr int kRefusals = 5;

bool is_older(std::string_view a, std::string_view b) {
  const auto order = compare_versions(a, b);
  return order && *order == std::strong_ordering::less;
}

bool is_newer(std::string_view a, std::string_view b) {
  const auto order = compare_versions(a, b);
  return !order || *order == std::strong_ordering::greater;
}

Step stay(State state) { return {std::move(state), {}, false}; }
Step retry(State state) { return {std::move(state), {}, true}; }
Step relist(std::string seen) { return retry(Listing{std::move(seen), "", true}); }

Step on(Listing now, Listed listed) {
  Page& page = listed.page;
  if (page.resource_version.empty()) return relist(std::move(now.resource_version));
  if (now.first_page && now.refused < kRefusals &&
      is_older(page.resource_version, now.resource_version)) {
    return retry(Listing{now.resource_version, "", true, now.refused + 1});
  }
  Step next;
  if (now.first_page) next.changes.emplace_back(Init{});
  for (Object& item : page.items) {
    if (is_usable(item)) next.changes.emplace_back(InitApply{std::move(item)});
  }
  if (!page.continue_token.empty()) {
    next.state = Listing{std::move(now.resource_version), std::move(page.continue_token), false};
    return next;
  }
  next.changes.emplace_back(InitDone{page.resource_version});
  next.state = Watching{std::move(page.resource_version)};
  return next;
}

Step on(Listing now, const Failed& failed) {
  if (failed.error.is(base::Error::Kind::gone)) return relist(std::move(now.resource_version));
  return retry(std::move(now));
}

Step on(Watching now, Seen seen) {
  Object& object = seen.event.object;
  std::string version = object.resource_version().value;
  const bool is_bookmark = seen.event.type == WatchEvent::Type::bookmark;
  if (version.empty()) {  // what cannot be ordered cannot be trusted; a bookmark is only a hint
    return is_bookmark ? stay(std::move(now)) : relist(std::move(now.resource_version));
  }
  if (!is_newer(version, now.resource_version)) return stay(std::move(now));
  Step next = stay(Watching{std::move(version)});
  if (is_bookmark || !is_usable(object)) return next;
  if (seen.event.type == WatchEvent::Type::deleted) {
    next.changes.emplace_back(Removed{std::move(object)});
  } else {
    next.changes.emplace_back(Applied{std::move(object)});
  }
  return next;
}

Step on(Watching now, Ended ended) {
  return ended.too_soon ? retry(std::move(now)) : stay(std::move(now));
}

bool ends_the_history(const base::Error& error) {
  using enum base::Error::Kind;
  return error.is(gone) || error.is(invalid) || error.is(not_found);
}

Step on(Watching now, const Failed& failed) {
  if (ends_the_history(failed.error)) return relist(std::move(now.resource_version));
  return retry(std::move(now));
}

template <class S, class I>
Step on(S now, const I&) {
  return stay(std::move(now));
}

}  // namespace

bool is_usable(const Object& object) { return !object.name().empty(); }

Step step(State now, Input input) {
  return std::visit(
      [](auto&& state, auto&& in) -> Step {
        return on(std::forward<decltype(state)>(state), std::forward<decltype(in)>(in));
      },
      std::move(now), std::move(input));
}

}  // namespace kube::watch
