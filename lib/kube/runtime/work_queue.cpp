#include "kube/runtime/work_queue.hpp"

#include <algorithm>

namespace kube {

WorkQueue::WorkQueue(base::Backoff per_item) : policy_(per_item) {}

void WorkQueue::add(const std::string& key, Time due) {
  const auto [at, is_new] = due_.try_emplace(key, due);
  if (!is_new && at->second <= due) return;
  const bool is_ready = !working_.contains(key);
  if (is_ready && !is_new) ready_.erase({at->second, key});
  at->second = due;
  if (is_ready) ready_.emplace(due, key);
}

std::optional<std::string> WorkQueue::take(Time now) {
  if (ready_.empty() || ready_.begin()->first > now) return std::nullopt;
  std::string key = ready_.begin()->second;
  ready_.erase(ready_.begin());
  due_.erase(key);
  working_.insert(key);
  return key;
}

void WorkQueue::done(const std::string& key) {
  if (working_.erase(key) == 0) return;
  if (const auto at = due_.find(key); at != due_.end()) ready_.emplace(at->second, key);
}

void WorkQueue::failed(const std::string& key, Time now, base::Millis at_least,
                       double unit_random) {
  const auto own = base::next_delay(policy_, ++failures_[key], unit_random);
  add(key, now + std::max(own, at_least));
}

void WorkQueue::forget(const std::string& key) { failures_.erase(key); }

std::optional<WorkQueue::Time> WorkQueue::next_due() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->first;
}

int WorkQueue::failures(const std::string& key) const {
  const auto at = failures_.find(key);
  return at == failures_.end() ? 0 : at->second;
}

std::size_t WorkQueue::depth() const { return due_.size(); }

std::size_t WorkQueue::due(Time now) const {
  const auto is_due = [&](const auto& entry) { return entry.first <= now; };
  return static_cast<std::size_t>(
      std::ranges::distance(ready_.begin(), std::ranges::find_if_not(ready_, is_due)));
}

}  // namespace kube
