#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/http_server.hpp"
#include "webhook/alicloud/admission.hpp"
#include "webhook/server/certificate_files.hpp"
#include "webhook/server/metrics.hpp"
#include "webhook/server/probes.hpp"
#include "webhook/server/shard.hpp"

namespace webhook {

/// host and port; an empty host is every address of the machine.
struct BindAddress {
  std::string host;
  std::uint16_t port = 0;
};

struct ServerSettings {
  BindAddress webhook{.host = "", .port = 10250};
  std::optional<BindAddress> health = BindAddress{.host = "", .port = 8081};
  std::optional<BindAddress> metrics = BindAddress{.host = "", .port = 8080};
  std::string certificate_folder;
  ClientCheck clients;
  std::size_t threads = 2;
  std::chrono::milliseconds certificate_poll{2'000};
  /// After SIGTERM the listener stays open for at least this long: endpoints elsewhere still name
  /// us.
  std::chrono::milliseconds drain_delay{5'000};
  /// ... and at most this long: API servers drop idle connections after 90 s.
  std::chrono::milliseconds drain_timeout{95'000};
  /// Then an answer closes its connection, so that load finds new replicas; 0: never.
  std::chrono::milliseconds connection_age{0};
  /// The webhooks that are served; the path of another one is not found.
  std::vector<std::string_view> paths{alicloud::served_paths().begin(),
                                      alicloud::served_paths().end()};
  HandlerLimits limits;
  Reporting reporting;
};

/// The whole server: admission over TLS on several threads; probes, the log level and metrics over
/// plain HTTP.
class WebhookServer {
 public:
  WebhookServer(net_io::Loop& loop, ServerSettings settings, const base::Log& log,
                std::shared_ptr<prometheus::Registry> registry, std::string version,
                MakeFactSource make_source, std::vector<ReadyCheck> checks = {});
  ~WebhookServer();
  WebhookServer(WebhookServer&&) = delete;

  /// Serves probes and metrics at once, admission as soon as there is a certificate; comes back
  /// then. `invalid` where an address cannot be bound, `cancelled` when stop was asked for before.
  net_io::Task<base::Result<>> start();
  /// Reloads the certificate until drained.
  net_io::Task<> watch_certificate();
  /// Readiness goes off at once and every answer closes its connection; comes back when no
  /// connection is left, or at the bound.
  net_io::Task<> drain();

  std::uint16_t webhook_port() const;
  std::uint16_t health_port() const { return health_ ? health_->port() : std::uint16_t{0}; }
  std::uint16_t metrics_port() const {
    return metrics_server_ ? metrics_server_->port() : std::uint16_t{0};
  }

 private:
  base::Result<> serve_plain(std::unique_ptr<net_io::HttpServer>& server, const BindAddress& at,
                             net_io::Handler handler);
  base::Result<> serve_admission(const net_io::ServerTls& tls);
  std::optional<LoadedCertificate> look_at_certificate();
  std::size_t open_connections() const;
  net_io::Task<net_io::HttpResponse> probe(net_io::ServerRequest request);
  net_io::Task<net_io::HttpResponse> metrics_text(net_io::ServerRequest request);

  net_io::Loop& loop_;
  ServerSettings settings_;
  const base::Log& log_;
  std::shared_ptr<prometheus::Registry> registry_;
  Metrics metrics_;
  MakeFactSource make_source_;
  std::vector<ReadyCheck> checks_;
  CertificateFiles certificate_;
  std::atomic<bool> draining_{false};
  bool serving_ = false;
  ShardContext context_;
  std::unique_ptr<net_io::HttpServer> health_;
  std::unique_ptr<net_io::HttpServer> metrics_server_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace webhook
