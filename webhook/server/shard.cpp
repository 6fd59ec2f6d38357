#include "webhook/server/shard.hpp"

#include <exception>

namespace webhook {

namespace {

using net_io::Task;
using std::chrono::milliseconds;

constexpr milliseconds kPublish(100);
constexpr milliseconds kLast(1'000);

/// A task that throws is a bug, and what it would have done is not done: the process must not go on
/// as if it were.
void end_on_bug(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

Shard::Shard(std::size_t number, net_io::Loop* loop, const ShardContext& context,
             const MakeFactSource& make_source, net_io::HttpServerOptions options)
    : number_(number),
      context_(context),
      own_loop_(loop == nullptr ? std::make_unique<net_io::Loop>(1) : nullptr),
      loop_(loop == nullptr ? *own_loop_ : *loop),
      source_(make_source(loop_.get_executor())),
      handler_(context.log, context.metrics, *source_, context.draining, context.paths,
               context.limits, context.reporting),
      server_(
          loop_.get_executor(), std::move(options),
          [this](net_io::ServerRequest request) { return handler_.handle(std::move(request)); },
          [this](const char* what) {
            context_.log.error("a request met a bug", {{"error", what}});
          }) {}

Shard::~Shard() {
  if (!thread_.joinable()) return;
  own_loop_->stop();
  thread_.join();
}

base::Result<> Shard::listen(net_io::ServerTls tls) {
  TRY_VOID(server_.set_tls(std::move(tls)));
  return server_.listen();
}

void Shard::start() {
  run_on_loop(publish());
  if (own_loop_) thread_ = std::thread([this] { own_loop_->run(); });
}

void Shard::run_on_loop(Task<> task) {
  net_io::start(loop_.get_executor(), std::move(task), end_on_bug);
}

void Shard::set_tls(net_io::ServerTls tls) { run_on_loop(replace_tls(std::move(tls))); }
void Shard::drain() { run_on_loop(begin_drain()); }
void Shard::stop() { run_on_loop(end()); }

Task<> Shard::replace_tls(net_io::ServerTls tls) {
  const auto done = server_.set_tls(std::move(tls));
  if (!done)
    context_.log.error("a checked certificate was refused", {{"error", done.error().what}});
  co_return;
}

Task<> Shard::begin_drain() {
  server_.drain();
  co_return;
}

Task<> Shard::end() {
  co_await server_.stop(kLast);
  ending_ = true;
}

// The counts of a server belong to its loop; this is how others learn of them.
Task<> Shard::publish() {
  while (!ending_) {
    open_ = server_.stats().open;
    context_.metrics.connections(number_, open_);
    if (!co_await net_io::sleep_for(kPublish)) break;
  }
  stopped_ = true;  // the last thing that any task of this shard does
}

}  // namespace webhook
