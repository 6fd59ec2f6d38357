#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/api.hpp"
#include "kube/watch/reflector.hpp"
#include "net/task.hpp"

namespace reconcile {

/// Desired hash and live version of an object that a dry run found to be as it should be, and who
/// took what back.
struct Memory {
  std::string hash;
  kube::ResourceVersion version;
  std::map<std::string, int>
      takes;  ///< JSON pointer -> how often another writer changed it under the same wish
  std::map<std::string, std::string>
      contested;  ///< JSON pointer -> that writer; left alone until the wish changes
  base::BootTime last_take{};
};

/// What a cache holds: objects of a kind that carry our label, in a namespace or ("") in all; or
/// one object by name, whoever made it, for its changes only.
struct Watched {
  kube::Resource kind;
  std::string namespace_name;
  bool metadata_only = true;
  std::string name{};
  auto operator<=>(const Watched&) const = default;
};

/// One cluster as the operator sees it: an Api, caches of what carries our label, and what we wrote
/// that the caches do not show yet. One loop, one thread.
class ClusterView {
 public:
  struct Parts {
    net_io::Executor executor;
    const base::Clock& clock;
    base::Random& random;
    base::Log log;
    std::function<void(const kube::Object&)>
        on_change;                    ///< an object of ours came, changed or went
    std::function<void()> on_health;  ///< a cache was lost or is in step again
    // Optional, for metrics; `cluster` is this view's name.
    using OnReflector =
        std::function<void(const std::string& cluster, const kube::watch::Reflector&)>;
    OnReflector on_reflector;  ///< its health changed
    std::function<void(const std::string& cluster, const std::string& resource,
                       std::string_view type)>
        on_watch_event;          ///< see ReflectorOptions::on_event
    OnReflector on_forgotten{};  ///< it has ended
    base::Backoff backoff{};     ///< of each cache
  };
  ClusterView(std::string name, kube::Api& api, Parts parts);
  ~ClusterView();

  const std::string& name() const { return name_; }
  kube::Api& api() const { return api_; }

  /// Keeps a cache of it in step; once for each.
  void watch(const Watched& what);
  /// Ends these caches: what they show is nobody's any more.
  net_io::Task<> forget(std::set<Watched> what);
  /// Ends all of them; what they show stays as it was.
  net_io::Task<> close();

  /// Waits until all of these have been filled once; false at the deadline, and as soon as one of
  /// them cannot be filled.
  net_io::Task<bool> wait_synced(std::set<Watched> needed, kube::Deadline deadline);
  /// Why these cannot be trusted now, if so. Others do not matter.
  std::optional<base::Error> trouble(const std::set<Watched>& needed) const;

  /// Everything in the caches, own younger writes included.
  std::vector<kube::Object> objects() const;
  std::optional<kube::Object> find(const kube::ObjectRef& ref) const;
  /// One that is watched by its name, whoever made it: metadata.
  std::optional<kube::Object> find_named(const kube::ObjectRef& ref) const;
  /// An object as the server answered it to our write, until the caches show it.
  void wrote(kube::Object object);
  /// Our delete was done: what we wrote before it stands for nothing any more.
  void removed(const kube::ObjectRef& ref);
  base::BootTime since_boot() const { return parts_.clock.since_boot(); }

  std::map<kube::ObjectRef, Memory>& memory() { return memory_; }

 private:
  struct Written {
    kube::Object object;
    base::BootTime at;
  };
  struct Cache {
    std::unique_ptr<kube::watch::Reflector> reflector;
    std::unique_ptr<net_io::TaskGroup> task;
  };
  const kube::watch::ReflectorHealth* health(const Watched& what) const;
  kube::watch::ReflectorOptions options(const Watched& what) const;
  void changed(const kube::Object* before, const kube::Object* after);
  bool is_newer(const Written& written, const kube::Object* cached) const;

  std::string name_;
  kube::Api& api_;
  Parts parts_;
  net_io::Event health_changed_;
  bool closed_ = false;
  std::map<Watched, Cache> caches_;
  std::map<kube::ObjectRef, Written> written_;
  std::map<kube::ObjectRef, Memory> memory_;
};

}  // namespace reconcile
