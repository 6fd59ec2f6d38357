#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "net/http_server.hpp"
#include "webhook/server/admission_handler.hpp"

namespace webhook {

/// Makes the fact source of one thread.
using MakeFactSource = std::function<std::unique_ptr<FactSource>(net_io::Executor)>;

/// What all shards refer to; outlives them.
struct ShardContext {
  const base::Log& log;
  Metrics& metrics;
  const std::atomic<bool>& draining;
  std::span<const std::string_view> paths;
  HandlerLimits limits;
  Reporting reporting;
};

/// One loop with its own server and handler. The first one lives on the main loop, the others each
/// on a thread of their own; the kernel spreads connections over them (SO_REUSEPORT). The methods
/// are for the main thread.
class Shard {
 public:
  /// `loop`: the main loop, or nullptr for a thread of its own.
  Shard(std::size_t number, net_io::Loop* loop, const ShardContext& context,
        const MakeFactSource& make_source, net_io::HttpServerOptions options);
  /// Ends the thread. Nothing may be under way: after stop() and once is_stopped().
  ~Shard();
  Shard(Shard&&) = delete;

  /// Once, before start().
  base::Result<> listen(net_io::ServerTls tls);
  void start();
  void set_tls(net_io::ServerTls tls);
  void drain();
  void stop();
  bool is_stopped() const { return stopped_; }
  std::size_t open_connections() const { return open_; }
  std::uint16_t port() const { return server_.port(); }

 private:
  void run_on_loop(net_io::Task<> task);
  net_io::Task<> replace_tls(net_io::ServerTls tls);
  net_io::Task<> begin_drain();
  net_io::Task<> end();
  net_io::Task<> publish();

  std::size_t number_;
  const ShardContext& context_;
  std::unique_ptr<net_io::Loop> own_loop_;
  net_io::Loop& loop_;
  std::unique_ptr<FactSource> source_;
  AdmissionHandler handler_;
  net_io::HttpServer server_;
  std::atomic<std::size_t> open_{0};
  bool ending_ = false;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace webhook
