#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "kube/api.hpp"

namespace kube::testing {

/// A cluster in memory that answers as kube-apiserver does, within the kinds the operator writes:
/// resourceVersion, UID, generation, conflicts, preconditions, finalizers and deletionTimestamp,
/// server-side apply with managedFields per manager (conflicts, force, giving up fields), merge and
/// JSON patch, label and field selectors, paged lists with continue tokens, watch history with
/// bookmarks and 410, subresources status, scale, approval, token. e2e/conformance checks it
/// against a real API server. Single-threaded; answers at once.
class InMemoryApi final : public Api {
 public:
  InMemoryApi(const base::Clock& clock, std::uint64_t seed);
  ~InMemoryApi() override;
  Task<base::Result<json::Value>> call(Request request) override;
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override;

  /// The same without a coroutine, for tests' set-up and assertions.
  base::Result<json::Value> perform(const Request& request);
  std::optional<Object> peek(const ObjectRef& ref) const;
  std::vector<Object> peek_all(const Resource& resource) const;
  /// Every mutating request since the start that changed something, in order: describe() texts.
  const std::vector<std::string>& writes() const;
  /// Those that are open now: "<plural> <namespace> <label selector><field selector>", sorted.
  std::vector<std::string> watches() const;
  /// Takes an object away as the server's own controllers do in the end, whatever holds it: a
  /// namespace that is empty.
  void forget(const ObjectRef& ref);
  /// The server leaves to chance in which order a Namespace that is deleted has its finalizers:
  /// where they are these, they have this order.
  void put_finalizers_in_order(std::vector<std::string> order);
  /// Forgets the watch history: watches from older versions get 410.
  void compact();

 private:
  struct State;
  class Stream;
  std::shared_ptr<State> state_;
};

/// Fails or delays chosen calls: `decide` sees each request (and its number) and may give an error
/// to answer instead of calling (before), or after the call was performed but its answer is lost
/// (after).
class FaultyApi final : public Api {
 public:
  struct Verdict {
    std::optional<base::Error> before, after;
  };
  using Decide = std::function<Verdict(const Request&, std::uint64_t number)>;
  FaultyApi(Api& inner, Decide decide) : inner_(inner), decide_(std::move(decide)) {}
  Task<base::Result<json::Value>> call(Request request) override;
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override;

 private:
  Api& inner_;
  Decide decide_;
  std::uint64_t number_ = 0;
};

}  // namespace kube::testing
