#include "kube/runtime/leader_election.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "kube/runtime/lease.hpp"

namespace kube {

namespace {

constexpr const char* kManager = "portcullis-leader-election";

Task<> finish(std::function<Task<>()> work, std::shared_ptr<net_io::Event> done) {
  co_await work();
  done->set();
}

template <class T>
Task<> keep(Task<base::Result<T>> call, std::shared_ptr<std::optional<base::Result<T>>> answer) {
  answer->emplace(co_await std::move(call));
}

/// The call's answer; one that takes longer is aborted. In a task that was asked to end, too.
template <class T>
Task<base::Result<T>> within(std::chrono::milliseconds most, Task<base::Result<T>> call) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto answer = std::make_shared<std::optional<base::Result<T>>>();
  net_io::TaskGroup calls(executor, [](const char*) { std::terminate(); });
  calls.spawn(keep(std::move(call), answer));
  if (co_await calls.finished(most)) co_return std::move(**answer);
  calls.abort();
  while (!co_await calls.finished(std::chrono::seconds(1))) {
  }
  co_return base::fail(base::transient("no answer within " + std::to_string(most.count()) + " ms"));
}

}  // namespace

class LeaderElection::State {
 public:
  State(Api& api, LeaseOptions options, const base::Clock& clock, base::Random& random,
        base::Log log, RuntimeMetrics* metrics)
      : api_(api),
        options_(std::move(options)),
        clock_(clock),
        random_(random),
        log_(std::move(log)),
        metrics_(metrics) {}

  Task<> run(Callbacks callbacks);
  bool may_write() const {
    return last_renewed_ && clock_.since_boot() - *last_renewed_ < options_.renew_deadline;
  }

 private:
  enum class End { lost, interrupted };

  Task<bool> acquire();  ///< false: cancelled
  Task<End> hold();      ///< renews for as long as it can
  Task<> wind_down();
  Task<> release();

  Task<bool> observe();         ///< what the cluster says now; false: it did not say
  Task<base::Result<>> take();  ///< writes the lease as ours
  Task<bool> renew();
  std::chrono::milliseconds patience() const;
  void learn(Object lease);
  void note_holder(const std::string& holder);
  Task<bool> pause(std::chrono::milliseconds time);  ///< false: interrupted
  LeaderAction next_action() {
    return decide(options_, seen_, last_renewed_, clock_.since_boot(), random_.unit());
  }
  void failed(std::string_view doing, const base::Error& error) const;

  Api& api_;
  LeaseOptions options_;
  const base::Clock& clock_;
  base::Random& random_;
  base::Log log_;
  RuntimeMetrics* metrics_;
  Callbacks callbacks_;
  std::optional<Object> lease_;  ///< as last seen; unset: not there, or to be read again
  std::optional<LeaseView> seen_;
  std::string last_holder_;  ///< also of a lease that is gone
  std::optional<base::BootTime> last_renewed_;
  std::shared_ptr<net_io::Event> stopped_;  ///< set once work has ended; null before the shutdown
};

Task<> LeaderElection::State::run(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  if (!co_await acquire()) co_return;
  log_.info("leading", {{"identity", options_.identity}});
  if (callbacks_.on_acquired) callbacks_.on_acquired();
  if (co_await hold() == End::interrupted) {
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await wind_down();
    co_return;
  }
  last_renewed_.reset();
  log_.error("the lease is lost", {{"identity", options_.identity}});
  if (callbacks_.on_lost) callbacks_.on_lost();
}

Task<bool> LeaderElection::State::acquire() {
  while (!co_await net_io::cancelled()) {
    auto wait = options_.retry;
    if (co_await observe()) {
      const LeaderAction action = next_action();
      if (const auto* told = std::get_if<WaitFor>(&action)) wait = told->time;
      if (std::holds_alternative<TryAcquire>(action) && co_await take()) co_return true;
    }
    if (!co_await pause(wait)) co_return false;
  }
  co_return false;
}

Task<LeaderElection::State::End> LeaderElection::State::hold() {
  while (true) {
    const LeaderAction action = next_action();
    if (std::holds_alternative<StepDown>(action)) co_return End::lost;
    auto wait = std::chrono::milliseconds(0);
    const auto began = net_io::Deadline::in(options_.retry);
    if (const auto* told = std::get_if<WaitFor>(&action)) {
      wait = told->time;
    } else if (!co_await renew()) {
      const auto right = *last_renewed_ + options_.renew_deadline - clock_.since_boot();
      wait = std::max(std::chrono::milliseconds(1), std::min(right, began.left()));
    }
    if (!co_await pause(wait)) co_return End::interrupted;
  }
}

Task<bool> LeaderElection::State::renew() {
  if (callbacks_.is_alive && !callbacks_.is_alive()) {
    log_.error("not renewing the lease: the work has stopped moving");
    co_return false;
  }
  const auto written = co_await take();
  // Only a refusal says that the lease is not what it was.
  if (!written && !written.error().is(base::Error::Kind::transient)) co_await observe();
  co_return written.has_value();
}

/// No call outlives the right to write: its loss is to be seen at once.
std::chrono::milliseconds LeaderElection::State::patience() const {
  if (!last_renewed_) return options_.patience;
  const auto right = *last_renewed_ + options_.renew_deadline - clock_.since_boot();
  return std::clamp(right, std::chrono::milliseconds(0), options_.patience);
}

Task<bool> LeaderElection::State::observe() {
  auto found = co_await within(patience(), find(api_, options_.lease));
  if (!found) {
    failed("reading the lease", found.error());
    co_return false;
  }
  if (*found) {
    learn(std::move(**found));
  } else {
    lease_.reset();
    seen_.reset();
  }
  co_return true;
}

Task<base::Result<>> LeaderElection::State::take() {
  const auto sent = clock_.since_boot();
  const bool is_there = lease_.has_value();
  const ObjectRef& ref = options_.lease;
  Object blank = Object::make(ref.resource, ref.namespace_name, ref.name);
  Object wanted = taken(is_there ? *lease_ : std::move(blank), options_, clock_.now());
  Update renewal{.object = wanted, .field_manager = kManager, .subresource = {}, .dry_run = false};
  Create first{.object = std::move(wanted), .field_manager = kManager, .dry_run = false};
  auto call = is_there ? update(api_, std::move(renewal)) : create(api_, std::move(first));
  auto written = co_await within(patience(), std::move(call));
  const std::chrono::duration<double> took = clock_.since_boot() - sent;
  if (metrics_ != nullptr) metrics_->lease_write(written.has_value(), took.count());
  if (!written) {
    failed("writing the lease", written.error());
    co_return base::fail(std::move(written).error());
  }
  learn(std::move(*written));
  last_renewed_ = sent;
  co_return base::Result<>{};
}

void LeaderElection::State::learn(Object lease) {
  LeaseView view = view_of(lease, clock_.since_boot());
  note_holder(view.holder);
  if (!seen_ || seen_->record != view.record) seen_ = std::move(view);
  lease_ = std::move(lease);
}

/// A released lease has none: that the same takes it again is no change.
void LeaderElection::State::note_holder(const std::string& holder) {
  if (holder.empty()) return;
  const bool has_moved = !last_holder_.empty() && last_holder_ != holder;
  if (has_moved && metrics_ != nullptr) metrics_->lease_transition();
  last_holder_ = holder;
}

Task<bool> LeaderElection::State::pause(std::chrono::milliseconds time) {
  if (!stopped_) co_return co_await net_io::sleep_for(time);
  const bool has_stopped = co_await stopped_->wait(time);
  co_return !has_stopped && !co_await net_io::cancelled();
}

Task<> LeaderElection::State::wind_down() {
  const auto executor = co_await boost::asio::this_coro::executor;
  stopped_ = std::make_shared<net_io::Event>(executor);
  net_io::TaskGroup work(executor, [](const char*) { std::terminate(); });
  if (callbacks_.before_release) {
    work.spawn(finish(callbacks_.before_release, stopped_));
  } else {
    stopped_->set();
  }
  const End end = co_await hold();
  if (co_await net_io::cancelled()) work.abort();
  while (!co_await work.finished(options_.retry)) {
    if (co_await net_io::cancelled()) work.abort();
  }
  last_renewed_.reset();
  if (end == End::interrupted && stopped_->is_set()) co_await release();
}

Task<> LeaderElection::State::release() {
  if (!lease_) co_return;
  Update request{.object = released(std::move(*lease_), clock_.now()),
                 .field_manager = kManager,
                 .subresource = {},
                 .dry_run = false};
  auto written = co_await within(patience(), update(api_, std::move(request)));
  if (!written) failed("releasing the lease", written.error());
}

void LeaderElection::State::failed(std::string_view doing, const base::Error& error) const {
  log_.warn(doing, {{"lease", to_string(options_.lease)},
                    {"kind", std::string(to_string(error.kind))},
                    {"error", error.what}});
}

LeaderElection::LeaderElection(Api& api, LeaseOptions options, const base::Clock& clock,
                               base::Random& random, base::Log log, RuntimeMetrics* metrics)
    : state_(std::make_shared<State>(api, std::move(options), clock, random, std::move(log),
                                     metrics)) {}

Task<> LeaderElection::run(Callbacks callbacks) {
  const auto state = state_;
  co_await state->run(std::move(callbacks));
}

bool LeaderElection::may_write() const { return state_->may_write(); }

}  // namespace kube
