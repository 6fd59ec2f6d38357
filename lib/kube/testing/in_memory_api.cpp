#include "kube/testing/in_memory_api.hpp"

#include <algorithm>
#include <utility>

#include "kube/testing/cluster.hpp"
#include "kube/testing/watching.hpp"

namespace kube::testing {

struct InMemoryApi::State {
  State(const base::Clock& clock, std::uint64_t seed) : cluster(clock, seed) {}

  Answer perform(const Request& request) {
    const auto before = cluster.store().version();
    auto answer = cluster.perform(request);
    if (cluster.store().version() != before) wake_watches();
    return answer;
  }

  void wake_watches() {
    std::erase_if(waiting, [](const auto& event) { return event.expired(); });
    for (const auto& waiter : waiting) {
      if (const auto event = waiter.lock()) event->set();
    }
  }

  Cluster cluster;
  std::vector<std::weak_ptr<net_io::Event>> waiting;
  std::multiset<std::string> watches;
};

class InMemoryApi::Stream final : public WatchStream {
 public:
  Stream(std::shared_ptr<State> state, Cursor cursor, Deadline end, std::string name)
      : state_(std::move(state)),
        cursor_(std::move(cursor)),
        end_(end),
        listed_(state_->watches.insert(std::move(name))) {}
  ~Stream() override { state_->watches.erase(listed_); }

  Task<base::Result<std::optional<WatchEvent>>> next(Deadline deadline) override {
    const Deadline until = deadline.or_earlier(end_);
    while (true) {
      auto event = cursor_.next(state_->cluster.store());
      if (!event || *event) co_return event;
      if (until.is_over()) co_return at_end();
      const bool woken = co_await wait(until);
      if (!woken && !until.is_over()) co_return base::fail(base::cancelled("watching ended"));
    }
  }

 private:
  /// In order, with a bookmark before it, as the server does; or nothing came by the caller's
  /// deadline.
  base::Result<std::optional<WatchEvent>> at_end() {
    if (!end_.is_over()) return base::fail(base::transient("no event by the deadline"));
    if (std::exchange(ended_, true)) return std::nullopt;
    return cursor_.bookmark(state_->cluster.store());
  }

  Task<bool> wait(Deadline until) {
    if (!woken_) {
      woken_ = std::make_shared<net_io::Event>(co_await boost::asio::this_coro::executor);
      state_->waiting.push_back(woken_);
    }
    woken_->reset();
    co_return co_await woken_->wait(until.left());
  }

  std::shared_ptr<State> state_;
  Cursor cursor_;
  Deadline end_;
  std::multiset<std::string>::iterator listed_;
  std::shared_ptr<net_io::Event> woken_;
  bool ended_ = false;
};

InMemoryApi::InMemoryApi(const base::Clock& clock, std::uint64_t seed)
    : state_(std::make_shared<State>(clock, seed)) {}

InMemoryApi::~InMemoryApi() = default;

Task<base::Result<json::Value>> InMemoryApi::call(Request request) {
  co_return state_->perform(request);
}

Task<base::Result<std::unique_ptr<WatchStream>>> InMemoryApi::watch(Watch watch) {
  const auto end = Deadline::in(watch.timeout);
  auto cursor = Cursor::open(state_->cluster.store(), watch);
  if (!cursor) co_return base::fail(std::move(cursor).error());
  auto name = watch.resource.plural + " " + watch.namespace_name + " " + watch.label_selector +
              watch.field_selector;
  co_return std::make_unique<Stream>(state_, *std::move(cursor), end, std::move(name));
}

base::Result<json::Value> InMemoryApi::perform(const Request& request) {
  return state_->perform(request);
}

std::optional<Object> InMemoryApi::peek(const ObjectRef& ref) const {
  const auto found = state_->cluster.store().find(ref);
  return found ? std::optional(*found) : std::nullopt;
}

std::vector<Object> InMemoryApi::peek_all(const Resource& resource) const {
  const auto& store = state_->cluster.store();
  std::vector<Object> objects;
  for (const auto& object : store.list(resource, "", store.version())) objects.push_back(*object);
  return objects;
}

const std::vector<std::string>& InMemoryApi::writes() const { return state_->cluster.writes(); }

std::vector<std::string> InMemoryApi::watches() const {
  return {state_->watches.begin(), state_->watches.end()};
}

void InMemoryApi::forget(const ObjectRef& ref) {
  state_->cluster.store().remove(ref);
  state_->wake_watches();
}

void InMemoryApi::put_finalizers_in_order(std::vector<std::string> order) {
  state_->cluster.put_finalizers_in_order(std::move(order));
}

void InMemoryApi::compact() {
  state_->cluster.store().compact();
  state_->wake_watches();
}

}  // namespace kube::testing
