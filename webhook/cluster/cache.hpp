#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/random.hpp"
#include "kube/watch/reflector.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace cluster {

/// Copies of all cloud profiles and bindings, watched. What was read once goes on being answered
/// while the cluster is away. find() is for any thread, all else for the loop that runs it.
class Cache {
 public:
  using Answer = alicloud::ObjectQuestion::Answer;

  /// `api` and `random` outlive it.
  Cache(kube::Api& api, const base::Log& log, base::Random& random, base::Backoff backoff = {});
  Cache(Cache&&) = delete;

  /// Keeps the copies until the group ends.
  void start(net_io::TaskGroup& tasks);
  /// Empty: each kind has been listed, or the cluster says that there is no such kind, or that we
  /// may not read it: who needs none of that kind is not held up. Else what is missing.
  std::string why_not_ready() const;
  /// nullopt: not listed yet.
  std::optional<base::Result<Answer>> find(const alicloud::ObjectQuestion& question) const;

 private:
  using Name = std::pair<std::string, std::string>;  ///< namespace, name
  struct Copy {
    std::map<Name, Answer> objects;
    bool is_listed = false;
    std::optional<base::Error> refusal;  ///< why there will be nothing
  };
  void watch(alicloud::ReadKind kind, kube::Api& api, const base::Backoff& backoff);
  void keep(alicloud::ReadKind kind, const kube::Object* before, const kube::Object* after);
  void note(alicloud::ReadKind kind, const kube::watch::ReflectorHealth& health);

  base::Log log_;
  base::Random& random_;
  std::vector<std::unique_ptr<kube::watch::Reflector>> reflectors_;
  // Readers on other loops hold this for one look-up; writers for one object.
  mutable std::mutex mutex_;
  std::map<alicloud::ReadKind, Copy> copies_;
};

}  // namespace cluster
