#include "net/task.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <stdexcept>
#include <vector>

#include "net/as_tuple.hpp"
#include "net/deadline.hpp"

namespace net_io {
namespace {

namespace asio = boost::asio;

struct Waiter {
  Waiter(const Executor& executor, Deadline deadline) : timer(executor, deadline.at()) {}
  asio::steady_timer timer;
  bool woken = false;
};

/// Those who wait for one thing. A waiter belongs to the coroutine that waits, so this may die
/// first.
class Waiters {
 public:
  explicit Waiters(Executor executor) : executor_(std::move(executor)) {}
  ~Waiters() { release(false); }
  Waiters(Waiters&&) = delete;

  std::shared_ptr<Waiter> join(Deadline deadline) {
    std::erase_if(waiting_, [](const auto& waiter) { return waiter.expired(); });
    auto waiter = std::make_shared<Waiter>(executor_, deadline);
    waiting_.push_back(waiter);
    return waiter;
  }

  void release(bool woken) {
    for (const auto& waiting : std::exchange(waiting_, {})) {
      if (auto waiter = waiting.lock()) {
        waiter->woken = woken;
        waiter->timer.cancel();
      }
    }
  }

 private:
  Executor executor_;
  std::vector<std::weak_ptr<Waiter>> waiting_;
};

}  // namespace

Task<bool> cancelled() {
  auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Task<bool> sleep_for(std::chrono::milliseconds time) {
  if (co_await cancelled()) co_return false;
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, Deadline::in(time).at());
  auto [failed] = co_await timer.async_wait(kTuple);
  co_return !failed;
}

struct Event::State {
  explicit State(Executor executor) : waiters(std::move(executor)) {}
  Waiters waiters;
  bool is_set = false;
};

Event::Event(Executor executor) : state_(std::make_unique<State>(std::move(executor))) {}
Event::~Event() = default;

void Event::set() {
  state_->is_set = true;
  state_->waiters.release(true);
}
void Event::reset() { state_->is_set = false; }
bool Event::is_set() const { return state_->is_set; }

Task<bool> Event::wait(std::chrono::milliseconds most) {
  if (state_->is_set) co_return true;
  if (co_await cancelled()) co_return false;
  auto waiter = state_->waiters.join(Deadline::in(most));
  co_await waiter->timer.async_wait(kTuple);
  co_return waiter->woken;  // not state_: the event may be gone
}

struct TaskGroup::State {
  State(Executor on, std::function<void(const char*)> report)
      : executor(std::move(on)), on_exception(std::move(report)), empty(executor) {}

  void emit(asio::cancellation_type type) {
    for (auto signal = signals.begin(); signal != signals.end();) (signal++)->emit(type);
  }
  void told(const std::exception_ptr& thrown) const {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& bug) {
      on_exception(bug.what());
    } catch (...) {
      on_exception("an exception of unknown type");
    }
  }

  Executor executor;
  std::function<void(const char*)> on_exception;
  std::list<asio::cancellation_signal> signals;  // one per task
  Waiters empty;
  asio::cancellation_type asked = asio::cancellation_type::none;
};

namespace {

using Signals = std::list<asio::cancellation_signal>;

/// Lives as long as the task does, also where the loop dies first.
template <class State>
class Membership {
 public:
  explicit Membership(std::shared_ptr<State> state)
      : state_(std::move(state)), signal_(state_->signals.emplace(state_->signals.end())) {}
  ~Membership() {
    state_->signals.erase(signal_);
    if (state_->signals.empty()) state_->empty.release(true);
  }
  Membership(Membership&&) = delete;

  State& state() const { return *state_; }
  asio::cancellation_signal& signal() const { return *signal_; }

 private:
  std::shared_ptr<State> state_;
  Signals::iterator signal_;
};

template <class State>
Task<> as_member(Task<> task, std::shared_ptr<Membership<State>> member) {
  // Cancellation is a state to look at, never an exception.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await asio::post(kTuple);  // the spawner goes on first
  // What was asked before the first step went to a state that is replaced by now.
  auto asked = member->state().asked;
  if (asked != asio::cancellation_type::none) member->signal().emit(asked);
  co_await std::move(task);
}

}  // namespace

TaskGroup::TaskGroup(Executor executor, std::function<void(const char*)> on_exception)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_exception))) {}

TaskGroup::~TaskGroup() {
  if (size() != 0) std::terminate();
}

void TaskGroup::spawn(Task<> task) {
  auto member = std::make_shared<Membership<State>>(state_);
  auto done = [member](const std::exception_ptr& thrown) { member->state().told(thrown); };
  asio::co_spawn(state_->executor, as_member(std::move(task), member),
                 asio::bind_cancellation_slot(member->signal().slot(), std::move(done)));
}

void TaskGroup::stop() {
  if (stopping()) return;
  state_->asked = asio::cancellation_type::total;
  state_->emit(state_->asked);
}

void TaskGroup::abort() {
  state_->asked = asio::cancellation_type::terminal;
  state_->emit(state_->asked);
}

bool TaskGroup::stopping() const { return state_->asked != asio::cancellation_type::none; }
std::size_t TaskGroup::size() const { return state_->signals.size(); }

Task<bool> TaskGroup::finished(std::chrono::milliseconds most) {
  auto state = state_;
  auto deadline = Deadline::in(most);
  while (!state->signals.empty() && !deadline.is_over()) {
    auto waiter = state->empty.join(deadline);
    co_await waiter->timer.async_wait(kTuple);
  }
  co_return state->signals.empty();
}

namespace {

Task<int> as_main(Task<int> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(task);
}

Task<> as_started(Task<> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(kTuple);
  co_await std::move(task);
}

}  // namespace

int run(Loop& loop, Task<int> main_task) {
  bool ended = false;
  int value = 0;
  std::exception_ptr thrown;
  auto done = [&](std::exception_ptr exception, int result) {
    ended = true, thrown = std::move(exception), value = result;
    loop.stop();
  };
  asio::co_spawn(loop, as_main(std::move(main_task)), std::move(done));
  loop.restart();
  loop.run();
  if (thrown) std::rethrow_exception(thrown);
  if (!ended) throw std::logic_error("the main task waits for something that cannot come");
  return value;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the header's form; callers hand over
void start(Executor executor, Task<> task, std::function<void(std::exception_ptr)> done) {
  asio::co_spawn(executor, as_started(std::move(task)), std::move(done));
}

}  // namespace net_io
