#include "kube/watch/reflector.hpp"

#include <algorithm>
#include <utility>

namespace kube::watch {
namespace {

using Steady = Deadline::Clock;

/// How far a back-off has come.
struct Pace {
  int attempts = 0;
  std::optional<Steady::time_point> last;
};

std::string_view name_of(WatchEvent::Type type) {
  switch (type) {
    case WatchEvent::Type::added:
      return "ADDED";
    case WatchEvent::Type::modified:
      return "MODIFIED";
    case WatchEvent::Type::deleted:
      return "DELETED";
    case WatchEvent::Type::bookmark:
      return "BOOKMARK";
  }
  return "UNKNOWN";
}

}  // namespace

/// What lives as long as run(): the state of the machine, and what decides when to try again.
class Reflector::Run {
 public:
  explicit Run(Reflector& reflector) : self_(reflector) {}
  Task<> loop();

 private:
  Task<bool> list_page();  ///< whether to back off before going on, as watch()
  Task<bool> watch();
  Task<bool> follow(std::shared_ptr<WatchStream> stream, Deadline deadline);
  Task<bool> wait();  ///< false: cancelled

  bool feed(Input input);
  bool fail(base::Error error);
  void note(base::Error error);
  void eased();
  void recovered();
  void tell();
  Watch watch_request();
  void told(std::string_view what) const;
  void accept(Object& object) const;

  Reflector& self_;
  State state_ = Listing{};
  base::Millis server_wish_{};
  bool history_lost_ = false;  ///< by the last failure
  Pace after_failure_;
  Pace after_gone_;  ///< a server that says "gone" lives: its outage before does not count
};

Task<> Reflector::Run::loop() {
  while (!co_await net_io::cancelled()) {
    const bool back_off =
        std::holds_alternative<Listing>(state_) ? co_await list_page() : co_await watch();
    if (back_off && !co_await wait()) co_return;
  }
}

Task<bool> Reflector::Run::list_page() {
  const auto& listing = std::get<Listing>(state_);
  if (listing.first_page) {
    ++self_.health_.lists;
    told("LIST");
  }
  List request{.resource = self_.options_.resource,
               .namespace_name = self_.options_.namespace_name,
               .label_selector = self_.options_.label_selector,
               .field_selector = self_.options_.field_selector,
               .limit = self_.options_.page,
               .continue_token = listing.continue_token,
               .resource_version = {},
               .metadata_only = self_.options_.metadata_only};
  auto page = co_await list(self_.api_, std::move(request));
  if (!page) co_return fail(std::move(page).error());
  for (Object& item : page->items) accept(item);
  Listed listed{std::move(*page)};
  if (feed(std::move(listed))) {
    note(base::transient("a list has no version, or one older than what was seen before"));
    co_return true;
  }
  recovered();
  co_return false;
}

Watch Reflector::Run::watch_request() {
  const auto most = std::chrono::duration<double>(self_.options_.watch_timeout);
  const auto asked = most * (1 - 0.1 * self_.random_.unit());
  return {.resource = self_.options_.resource,
          .namespace_name = self_.options_.namespace_name,
          .label_selector = self_.options_.label_selector,
          .field_selector = self_.options_.field_selector,
          .resource_version = std::get<Watching>(state_).resource_version,
          .timeout = std::chrono::ceil<std::chrono::seconds>(asked),
          .metadata_only = self_.options_.metadata_only};
}

Task<bool> Reflector::Run::watch() {
  ++self_.health_.watches;
  told("WATCH");
  Watch request = watch_request();
  const auto deadline = Deadline::in(request.timeout + self_.options_.idle_margin);
  auto opened = co_await self_.api_.watch(std::move(request));
  if (!opened) co_return fail(std::move(opened).error());
  eased();
  std::shared_ptr<WatchStream> stream = std::move(*opened);
  co_return co_await follow(std::move(stream), deadline);
}

Task<bool> Reflector::Run::follow(std::shared_ptr<WatchStream> stream, Deadline deadline) {
  const auto started = Steady::now();
  bool silent = true;
  while (std::holds_alternative<Watching>(state_)) {
    auto event = co_await stream->next(deadline);
    if (!event) co_return fail(std::move(event).error());
    if (!*event) {
      const bool too_soon = silent && Steady::now() - started < self_.options_.too_soon;
      if (too_soon) note(base::transient("a watch ended at once, without an event"));
      if (!too_soon) recovered();
      co_return feed(Ended{too_soon});
    }
    silent = false;
    recovered();
    ++self_.health_.events;
    told(name_of((*event)->type));
    if ((*event)->type != WatchEvent::Type::bookmark) accept((*event)->object);
    Seen seen{std::move(**event)};
    if (feed(std::move(seen))) {
      note(base::transient("a watch event has no version"));
      co_return true;
    }
  }
  co_return false;
}

void Reflector::Run::told(std::string_view what) const {
  if (self_.options_.on_event) self_.options_.on_event(what);
}

void Reflector::Run::accept(Object& object) const {
  if (!is_usable(object)) {
    self_.log_.warn("passing over an object without a name",
                    {{"resource", self_.options_.resource.name()}});
  } else if (self_.options_.trim) {
    object = Object(object.resource(), self_.options_.trim(std::move(object.document())));
  }
}

bool Reflector::Run::feed(Input input) {
  Step next = step(std::move(state_), std::move(input));
  state_ = std::move(next.state);
  for (const Change& change : next.changes) self_.store_.apply(change);
  if (self_.store_.is_synced() && !self_.health_.synced) {
    self_.health_.synced = true;
    for (const auto& event : self_.waiting_) event->set();
    self_.waiting_.clear();
    tell();
  }
  return next.back_off;
}

bool Reflector::Run::fail(base::Error error) {
  note(error);
  Failed failed{std::move(error)};
  return feed(std::move(failed));
}

void Reflector::Run::note(base::Error error) {
  if (error.is(base::Error::Kind::cancelled))
    return;  // the end of a task says nothing of the cluster
  told("FAILURE");
  auto& health = self_.health_;
  ++health.failures;
  server_wish_ = error.retry_after;
  history_lost_ = error.is(base::Error::Kind::gone);
  self_.log_.warn("list or watch failed", {{"resource", self_.options_.resource.name()},
                                           {"failures", std::to_string(health.failures)},
                                           {"error", error.what}});
  health.last_error = std::move(error);
  tell();
}

/// The server takes watches again: a quiet one may say nothing for a minute. Not a recovery yet,
/// since it may end at once.
void Reflector::Run::eased() {
  auto& health = self_.health_;
  if (health.failures <= 1) return;
  health.failures = 1;
  tell();
}

void Reflector::Run::recovered() {
  auto& health = self_.health_;
  if (health.failures == 0) return;
  health.failures = 0;
  health.last_error.reset();
  tell();
}

void Reflector::Run::tell() {
  for (const auto& listener : self_.listeners_) listener(self_.health_);
}

Task<bool> Reflector::Run::wait() {
  Pace& pace = std::exchange(history_lost_, false) ? after_gone_ : after_failure_;
  const auto now = Steady::now();
  if (pace.last && now - *pace.last > self_.options_.backoff_reset) pace.attempts = 0;
  const auto own = base::next_delay(self_.options_.backoff, ++pace.attempts, self_.random_.unit());
  const auto delay = std::max(own, std::exchange(server_wish_, {}));
  pace.last = now + delay;
  return net_io::sleep_for(delay);
}

Reflector::Reflector(Api& api, ReflectorOptions options, base::Log log, base::Random& random)
    : api_(api), options_(std::move(options)), log_(std::move(log)), random_(random) {}

void Reflector::on_health(std::function<void(const ReflectorHealth&)> listener) {
  listeners_.push_back(std::move(listener));
}

Task<> Reflector::run() {
  Run run(*this);
  co_await run.loop();
}

Task<bool> Reflector::wait_synced(Deadline deadline) {
  if (health_.synced) co_return true;
  const auto executor = co_await boost::asio::this_coro::executor;
  auto synced = std::make_shared<net_io::Event>(executor);
  waiting_.push_back(synced);
  co_await synced->wait(deadline.left());
  std::erase(waiting_, synced);
  co_return health_.synced;
}

}  // namespace kube::watch
