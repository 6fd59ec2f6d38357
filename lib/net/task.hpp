#pragma once

// The one header of Asio that others may include: coroutines and timers, no sockets, no TLS.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace net_io {

template <class T = void>
using Task = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;
using Loop = boost::asio::io_context;

/// Waits; false when the wait was cancelled. Never throws.
Task<bool> sleep_for(std::chrono::milliseconds time);

/// An event that tasks of one loop can wait for. set() wakes all waiters; stays set until reset().
class Event {
 public:
  explicit Event(Executor executor);
  ~Event();
  Event(Event&&) = delete;
  void set();
  void reset();
  bool is_set() const;
  /// true when set; false after `most`, or when the waiting task was cancelled.
  Task<bool> wait(std::chrono::milliseconds most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Owns tasks: nothing is detached, every exception is reported, and nothing outlives the group.
/// One loop, one thread. Use: spawn while running; stop() once; co_await finished(). The destructor
/// requires that no task is left (it terminates otherwise: a bug).
class TaskGroup {
 public:
  /// `on_exception` is told what() of a task that threw: a bug; the usual answer is to log it and
  /// end the process.
  TaskGroup(Executor executor, std::function<void(const char*)> on_exception);
  ~TaskGroup();
  TaskGroup(TaskGroup&&) = delete;

  /// The task begins in a later turn of the loop.
  void spawn(Task<> task);
  /// Asks every task to end: emits Asio's `total` cancellation (finish the exchange, start no new
  /// one). Tasks spawned after it start cancelled.
  void stop();
  /// Emits `terminal`: aborts I/O in flight.
  void abort();
  bool stopping() const;
  std::size_t size() const;
  /// Waits until no task is left, at most `most`, also in a cancelled task (whose own group must
  /// still end); whether none is left.
  Task<bool> finished(std::chrono::milliseconds most);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Whether the calling task was asked to end. (Loops test this between exchanges.)
Task<bool> cancelled();

/// Runs `loop` until `main_task` is done, and gives its value: for main() and for tests.
int run(Loop& loop, Task<int> main_task);

/// Spawns `task` and tells `done` of its end; for bridging to callbacks and tests. Prefer
/// TaskGroup.
void start(Executor executor, Task<> task, std::function<void(std::exception_ptr)> done);

/// SIGTERM or SIGINT: waits for the first, gives its number. 0 when cancelled.
Task<int> wait_for_signal();

}  // namespace net_io
