#include "operator/reconcile/cluster_view.hpp"

#include <algorithm>

#include "operator/desired/item.hpp"

namespace reconcile {
namespace {

/// How long an own write stands in for a cache that has not shown it. Watches deliver in
/// milliseconds; a cache that is slower than this is in trouble anyway.
constexpr std::chrono::seconds kWrittenLasts{5};

json::Value trim(json::Value document) {
  if (auto* metadata = document["metadata"].as_object()) metadata->erase("managedFields");
  return document;
}

}  // namespace

ClusterView::ClusterView(std::string name, kube::Api& api, Parts parts)
    : name_(std::move(name)),
      api_(api),
      parts_(std::move(parts)),
      health_changed_(parts_.executor),
      tasks_(parts_.executor, [log = parts_.log](const char* what) {
        log.error("a task of a cluster view threw", {{"what", what}});
        std::terminate();
      }) {}

ClusterView::~ClusterView() = default;

void ClusterView::start(kube::watch::ReflectorOptions options, bool ours) {
  const auto id =
      options.resource.name() + "|" + options.namespace_name + "|" + options.field_selector;
  if (caches_.contains(id)) return;
  options.trim = trim;
  if (parts_.on_watch_event) {
    options.on_event = [this, resource = options.resource.name()](std::string_view type) {
      parts_.on_watch_event(resource, type);
    };
  }
  auto reflector = std::make_unique<kube::watch::Reflector>(api_, std::move(options),
                                                            parts_.log.named(name_), parts_.random);
  reflector->store().on_change(
      [this](const kube::Object* before, const kube::Object* after) { changed(before, after); });
  reflector->on_health([this, watched = reflector.get()](const kube::watch::ReflectorHealth&) {
    if (parts_.on_reflector) parts_.on_reflector(*watched);
    health_changed_.set();
    if (parts_.on_health) parts_.on_health();
  });
  tasks_.spawn(reflector->run());
  caches_.emplace(id, Cache{std::move(reflector), ours});
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

void ClusterView::watch(const kube::Resource& kind, const std::string& namespace_name,
                        bool metadata_only) {
  start({.resource = kind,
         .namespace_name = namespace_name,
         .label_selector = std::string(desired::kNameLabel),
         .metadata_only = metadata_only},
        true);
}

void ClusterView::watch_named(const kube::Resource& kind, const std::string& namespace_name,
                              const std::string& name) {
  start({.resource = kind,
         .namespace_name = namespace_name,
         .field_selector = "metadata.name=" + name,
         .metadata_only = true},
        false);
}

net_io::Task<> ClusterView::close() {
  tasks_.stop();
  tasks_.abort();
  co_await tasks_.finished(std::chrono::seconds(10));
}

net_io::Task<bool> ClusterView::wait_synced(kube::Deadline deadline) {
  const auto is_synced = [](const auto& entry) { return entry.second.reflector->health().synced; };
  const auto has_failed = [&](const auto& entry) {
    return !is_synced(entry) && entry.second.reflector->health().last_error;
  };
  while (!std::ranges::all_of(caches_, is_synced)) {
    if (std::ranges::any_of(caches_, has_failed)) co_return false;
    health_changed_.reset();
    if (!co_await health_changed_.wait(deadline.left())) co_return false;
  }
  co_return true;
}

std::optional<base::Error> ClusterView::trouble() const {
  for (const auto& [id, cache] : caches_) {
    const auto& health = cache.reflector->health();
    // One failure of a cache that was in step is what a restarting API server looks like.
    if (health.last_error && (!health.synced || health.failures >= 2)) return health.last_error;
    if (!health.synced) return base::transient("still reading what is there");
  }
  return std::nullopt;
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
  for (const auto& [id, cache] : caches_) {
    if (!cache.ours) continue;
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
  for (const auto& [id, cache] : caches_)
    if (cache.ours && !cached) cached = cache.reflector->store().find(ref);
  const auto own = written_.find(ref);
  if (own != written_.end() && is_newer(own->second, cached)) return own->second.object;
  return cached ? std::optional(*cached) : std::nullopt;
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
