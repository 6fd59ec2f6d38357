#include "operator/reconcile/cluster_view.hpp"

#include <algorithm>
#include <utility>

#include "operator/desired/item.hpp"

namespace reconcile {
namespace {

/// How long an own write stands in for a cache that has not shown it. Watches deliver in
/// milliseconds; a cache that is slower than this is in trouble anyway.
constexpr std::chrono::seconds kWrittenLasts{5};

json::Value trim(json::Value document) {
  if (document.at("kind").string_or("") == "Secret") document.as_object()->erase("data");
  if (auto* metadata = document["metadata"].as_object()) metadata->erase("managedFields");
  return document;
}

/// What a cache is to those who use it.
enum class State { reading, in_step, lost };

State state_of(const kube::watch::ReflectorHealth& health) {
  // One failure of a cache that was in step is what a restarting API server looks like.
  if (health.last_error && (!health.synced || health.failures >= 2)) return State::lost;
  return health.synced ? State::in_step : State::reading;
}

}  // namespace

ClusterView::ClusterView(std::string name, kube::Api& api, Parts parts)
    : name_(std::move(name)),
      api_(api),
      parts_(std::move(parts)),
      health_changed_(parts_.executor) {}

ClusterView::~ClusterView() = default;

kube::watch::ReflectorOptions ClusterView::options(const Watched& what) const {
  kube::watch::ReflectorOptions made{.resource = what.kind,
                                     .namespace_name = what.namespace_name,
                                     .metadata_only = what.metadata_only,
                                     .backoff = parts_.backoff,
                                     .trim = trim};
  if (what.name.empty())
    made.label_selector = desired::kNameLabel;
  else
    made.field_selector = "metadata.name=" + what.name;
  if (parts_.on_watch_event) {
    made.on_event = [this, resource = what.kind.name()](std::string_view type) {
      parts_.on_watch_event(name_, resource, type);
    };
  }
  return made;
}

void ClusterView::watch(const Watched& what) {
  if (closed_ || caches_.contains(what)) return;
  auto reflector = std::make_unique<kube::watch::Reflector>(api_, options(what),
                                                            parts_.log.named(name_), parts_.random);
  reflector->store().on_change(
      [this](const kube::Object* before, const kube::Object* after) { changed(before, after); });
  reflector->on_health([this, watched = reflector.get(), known = State::reading](
                           const kube::watch::ReflectorHealth& health) mutable {
    if (parts_.on_reflector) parts_.on_reflector(name_, *watched);
    health_changed_.set();
    // Each further failure says nothing new: nobody has to look for it.
    const auto now = state_of(health);
    const auto before = std::exchange(known, now);
    if (parts_.on_health && now != before) parts_.on_health();
  });
  auto task =
      std::make_unique<net_io::TaskGroup>(parts_.executor, [log = parts_.log](const char* thrown) {
        log.error("a task of a cluster view threw", {{"what", thrown}});
        std::terminate();
      });
  task->spawn(reflector->run());
  caches_.emplace(what, Cache{std::move(reflector), std::move(task)});
}

void ClusterView::changed(const kube::Object* before, const kube::Object* after) {
  const auto& object = after ? *after : *before;
  const auto own = written_.find(object.ref());
  const bool is_overtaken =
      own != written_.end() &&
      (after ? !is_newer(own->second, after) : own->second.object.uid() == object.uid());
  if (is_overtaken) written_.erase(own);
  if (!parts_.on_change) return;
  // A hand that takes our mark away must not hide the object from whom it belonged to.
  const auto owner = [](const kube::Object& one) {
    return one.annotation(desired::kOwnerAnnotation);
  };
  if (before && after && owner(*before) != owner(*after)) parts_.on_change(*before);
  parts_.on_change(object);
}

net_io::Task<> ClusterView::forget(std::set<Watched> what) {
  std::vector<Cache> ended;
  for (const auto& one : what)
    if (auto node = caches_.extract(one)) ended.push_back(std::move(node.mapped()));
  for (const auto& cache : ended) cache.task->stop(), cache.task->abort();
  for (const auto& cache : ended) {
    co_await cache.task->finished(std::chrono::seconds(10));
    if (parts_.on_forgotten) parts_.on_forgotten(name_, *cache.reflector);
  }
}

net_io::Task<> ClusterView::close() {
  closed_ = true;
  for (const auto& [what, cache] : caches_) cache.task->stop(), cache.task->abort();
  for (const auto& [what, cache] : caches_) {
    co_await cache.task->finished(std::chrono::seconds(10));
    if (parts_.on_forgotten) parts_.on_forgotten(name_, *cache.reflector);
  }
}

const kube::watch::ReflectorHealth* ClusterView::health(const Watched& what) const {
  const auto cache = caches_.find(what);
  return cache == caches_.end() ? nullptr : &cache->second.reflector->health();
}

net_io::Task<bool> ClusterView::wait_synced(std::set<Watched> needed, kube::Deadline deadline) {
  const auto is_synced = [this](const Watched& what) {
    const auto* seen = health(what);
    return seen && seen->synced;
  };
  const auto has_failed = [&](const Watched& what) {
    const auto* seen = health(what);
    return !seen || (!seen->synced && seen->last_error);
  };
  while (!std::ranges::all_of(needed, is_synced)) {
    if (std::ranges::any_of(needed, has_failed)) co_return false;
    health_changed_.reset();
    if (!co_await health_changed_.wait(deadline.left())) co_return false;
  }
  co_return true;
}

std::optional<base::Error> ClusterView::trouble(const std::set<Watched>& needed) const {
  std::optional<base::Error> found;
  for (const auto& what : needed) {
    const auto* seen = health(what);
    if (seen && state_of(*seen) == State::lost) return seen->last_error;
    if (!seen || !seen->synced) found = base::transient("still reading what is there");
  }
  return found;
}

bool ClusterView::is_newer(const Written& written, const kube::Object* cached) const {
  if (parts_.clock.since_boot() - written.at > kWrittenLasts) return false;
  if (!cached) return true;
  if (cached->uid() != written.object.uid()) return false;
  const auto order = kube::compare_versions(written.object.resource_version().value,
                                            cached->resource_version().value);
  return order && *order == std::strong_ordering::greater;
}

std::vector<kube::Object> ClusterView::objects() const {
  std::vector<kube::Object> all;
  std::set<kube::ObjectRef> seen;
  for (const auto& [what, cache] : caches_) {
    if (!what.name.empty()) continue;
    for (const auto* object : cache.reflector->store().all()) {
      const auto ref = object->ref();
      if (!seen.insert(ref).second) continue;
      const auto own = written_.find(ref);
      const bool newer = own != written_.end() && is_newer(own->second, object);
      all.push_back(newer ? own->second.object : *object);
    }
  }
  for (const auto& [ref, written] : written_)
    if (!seen.contains(ref) && is_newer(written, nullptr)) all.push_back(written.object);
  return all;
}

std::optional<kube::Object> ClusterView::find(const kube::ObjectRef& ref) const {
  const kube::Object* cached = nullptr;
  for (const auto& [what, cache] : caches_)
    if (what.name.empty() && !cached) cached = cache.reflector->store().find(ref);
  const auto own = written_.find(ref);
  if (own != written_.end() && is_newer(own->second, cached)) return own->second.object;
  return cached ? std::optional(*cached) : std::nullopt;
}

std::optional<kube::Object> ClusterView::find_named(const kube::ObjectRef& ref) const {
  const auto cache =
      caches_.find({.kind = ref.resource, .namespace_name = ref.namespace_name, .name = ref.name});
  if (cache == caches_.end()) return std::nullopt;
  const auto* object = cache->second.reflector->store().find(ref);
  return object ? std::optional(*object) : std::nullopt;
}

void ClusterView::removed(const kube::ObjectRef& ref) {
  written_.erase(ref);
  memory_.erase(ref);
}

void ClusterView::wrote(kube::Object object) {
  const auto now = parts_.clock.since_boot();
  std::erase_if(written_, [&](const auto& entry) { return now - entry.second.at > kWrittenLasts; });
  object.document() = trim(std::move(object.document()));
  const auto ref = object.ref();
  written_.insert_or_assign(ref, Written{std::move(object), now});
}

}  // namespace reconcile
