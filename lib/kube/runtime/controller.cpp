#include "kube/runtime/controller.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <utility>

namespace kube {
namespace {

/// At least this often the loop looks around, so that last_progress() tells a stuck process from an
/// idle one.
constexpr std::chrono::milliseconds kLookAround{1'000};

double seconds(base::BootTime time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

struct Controller::State {
  State(std::string n, const net_io::Executor& executor, Reconcile r, const base::Clock& c,
        base::Random& rnd, base::Log l, RuntimeMetrics* m, std::size_t w)
      : name(std::move(n)),
        reconcile(std::move(r)),
        clock(c),
        random(rnd),
        log(std::move(l)),
        metrics(m),
        workers(w),
        wake(executor),
        group(executor, [this](const char* what) { bug(what); }),
        progress(c.since_boot()) {}

  void bug(const char* what) const {
    log.error("a reconcile threw", {{"controller", name}, {"what", what}});
    std::terminate();
  }
  void report() const;
  void finish(const std::string& key, const base::Result<Done>& result, base::BootTime started);
  std::string_view settle(const std::string& key, const base::Result<Done>& result);
  void start_due(const std::shared_ptr<State>& self);
  std::chrono::milliseconds pause() const;

  std::string name;
  Reconcile reconcile;
  const base::Clock& clock;
  base::Random& random;
  base::Log log;
  RuntimeMetrics* metrics;
  std::size_t workers;
  std::map<std::string, base::BootTime> running;  ///< since when; a task lives a little longer
  WorkQueue queue;
  net_io::Event wake;
  net_io::TaskGroup group;
  base::BootTime progress;

  static net_io::Task<> work(std::shared_ptr<State> state, std::string key);
};

net_io::Task<> Controller::State::work(std::shared_ptr<State> state, std::string key) {
  const auto started = state->clock.since_boot();
  auto result = co_await state->reconcile(key);
  state->finish(key, result, started);
}

void Controller::State::finish(const std::string& key, const base::Result<Done>& result,
                               base::BootTime started) {
  const std::string_view outcome = settle(key, result);
  queue.done(key);
  running.erase(key);
  progress = clock.since_boot();
  if (metrics != nullptr) metrics->reconcile(name, outcome, seconds(progress - started));
  report();
  wake.set();
}

std::string_view Controller::State::settle(const std::string& key,
                                           const base::Result<Done>& result) {
  const auto now = clock.since_boot();
  if (!result) {
    const base::Error& error = result.error();
    queue.failed(key, now, error.retry_after, random.unit());
    if (metrics != nullptr) metrics->queue_retry(name);
    log.warn("reconcile failed", {{"controller", name},
                                  {"key", key},
                                  {"failures", std::to_string(queue.failures(key))},
                                  {"kind", std::string(to_string(error.kind))},
                                  {"error", error.what}});
    return "error";
  }
  queue.forget(key);
  if (!result->again_after) return "success";
  queue.add(key, now + *result->again_after);
  return "requeue";
}

void Controller::State::start_due(const std::shared_ptr<State>& self) {
  while (running.size() < workers) {
    progress = clock.since_boot();
    const auto due = queue.next_due();
    auto key = queue.take(progress);
    if (!key) break;
    if (metrics != nullptr) metrics->queue_take(name, seconds(progress - *due));
    running.emplace(*key, progress);
    group.spawn(work(self, std::move(*key)));
  }
  report();
}

void Controller::State::report() const {
  if (metrics == nullptr) return;
  const auto now = clock.since_boot();
  auto first = now;
  for (const auto& [key, since] : running) first = std::min(first, since);
  const auto due = queue.due(now);
  metrics->queue(name, due, queue.depth() - due, seconds(now - first));
}

std::chrono::milliseconds Controller::State::pause() const {
  const auto due = queue.next_due();
  if (!due || running.size() >= workers) return kLookAround;
  const auto left = *due - clock.since_boot();
  return std::clamp(left, std::chrono::milliseconds(0), kLookAround);
}

Controller::Controller(std::string name, net_io::Executor executor, Reconcile reconcile,
                       const base::Clock& clock, base::Random& random, base::Log log,
                       RuntimeMetrics* metrics, std::size_t workers)
    : state_(std::make_shared<State>(std::move(name), executor, std::move(reconcile), clock, random,
                                     std::move(log), metrics, workers)) {}

void Controller::enqueue(const std::string& key, std::chrono::milliseconds after) {
  state_->queue.add(key, state_->clock.since_boot() + after);
  if (state_->metrics != nullptr) state_->metrics->queue_add(state_->name);
  state_->report();
  state_->wake.set();
}

net_io::Task<> Controller::run() {
  auto state = state_;
  while (!co_await net_io::cancelled()) {
    state->wake.reset();
    state->start_due(state);
    co_await state->wake.wait(state->pause());
  }
  // What is under way is finished, unless the owner of this task aborts it.
  co_await boost::asio::this_coro::reset_cancellation_state();
  while (!co_await state->group.finished(kLookAround)) {
    if (co_await net_io::cancelled()) state->group.abort();
  }
}

base::BootTime Controller::last_progress() const { return state_->progress; }

std::size_t Controller::waiting() const { return state_->queue.depth(); }

}  // namespace kube
