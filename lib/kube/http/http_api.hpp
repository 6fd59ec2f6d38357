#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "kube/api.hpp"
#include "kube/config/kubeconfig.hpp"

namespace kube {

/// Gives the config as it is now, its files read.
using ConfigSource = std::function<base::Result<ClientConfig>()>;

struct HttpApiOptions {
  std::string user_agent = "portcullis";
  std::chrono::milliseconds request_timeout{15'000};  ///< each call; watches have their own rules
  int attempts = 4;                                   ///< in all, within the timeout
  std::chrono::milliseconds file_poll{
      10'000};  ///< how often files of credentials are looked at again
  /// Where the config itself stands in a file: asked as often, for the server as well.
  ConfigSource source{};
  std::uint64_t seed = 0;  ///< spreads repeated attempts: another one in each process
};

/// Told about every request, for metrics: verb, resource name, HTTP code (0: no answer), seconds.
using RequestObserver =
    std::function<void(std::string_view verb, std::string_view resource, int code, double seconds)>;

/// Api over HTTPS. Token, CA and client certificate files are read again when they change, and the
/// kubeconfig where options.source reads one; use() swaps the whole credential. None of that drops
/// a watch, but another server does: its objects have other versions, so they are listed again. 401
/// reads the files again and tries once
/// more. Redirects are errors. GET and list are retried on transport errors after a short wait, and
/// on 429 and 5xx with Retry-After; writes are never repeated, except on 429 and 503 answers with
/// Retry-After (the server has not begun). The start of a watch is left to its caller, who backs
/// off anyway. Errors carry describe(request) in front. What a server says of a Secret that it
/// refuses is withheld: it may quote it.
class HttpApi final : public Api {
 public:
  /// `invalid` for files that cannot be read, or a server that is no https address.
  static base::Result<std::unique_ptr<HttpApi>> make(net_io::Executor executor, ClientConfig config,
                                                     const base::Clock& clock, const base::Log& log,
                                                     HttpApiOptions options = {},
                                                     RequestObserver observer = {});
  ~HttpApi() override;
  Task<base::Result<json::Value>> call(Request request) override;
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override;

  /// From now on a request that changes something goes out only while `may_write` says so, asked
  /// right before the first byte of each attempt; else it fails as `cancelled`.
  void fence(std::function<bool()> may_write);
  base::Result<> use(ClientConfig config);  ///< same server; else make another HttpApi
  /// Reads the files again now: for whoever only watches, and asks for nothing in between.
  void refresh();
  /// GET of a path that is no resource: /version, /readyz, /metrics of a Pod.
  Task<base::Result<std::string>> get_raw(std::string path);
  std::optional<std::chrono::milliseconds> server_clock_skew() const;

 private:
  class State;
  explicit HttpApi(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Reads the files a config names; `invalid` for unreadable or malformed ones.
/// What a file says wins over what stood beside its name.
base::Result<ClientConfig> load_files(ClientConfig config);
/// The Pod's own ServiceAccount: KUBERNETES_SERVICE_HOST/PORT and
/// /var/run/secrets/kubernetes.io/serviceaccount.
base::Result<ClientConfig> in_cluster_config();
/// What whoever starts a program names: a kubeconfig, which may name any file, or "" for the Pod's
/// own ServiceAccount. Files are read.
base::Result<ClientConfig> own_config(const std::string& kubeconfig);

}  // namespace kube
