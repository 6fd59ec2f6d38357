#include "operator/app/http_connector.hpp"

#include <algorithm>
#include <random>

#include "json/parse.hpp"
#include "operator/app/dispatch.hpp"
#include "operator/reconcile/discovery.hpp"

namespace app {
namespace {

/// The parts of a config that say where, not who.
struct Address {
  std::string cluster;  ///< as the caches are named
  std::string server, tls_server_name, ca_pem;
};

kube::RequestObserver observer(kube::RuntimeMetrics& metrics, const std::string& cluster) {
  return [&metrics, name = named(cluster)](auto verb, auto resource, int code, double seconds) {
    metrics.request(name, verb, resource, code, seconds);
  };
}

base::Result<std::unique_ptr<kube::HttpApi>> client(const HttpConnector::Parts& parts,
                                                    const std::string& cluster,
                                                    kube::ClientConfig config) {
  return kube::HttpApi::make(parts.executor, std::move(config), parts.clock, parts.log,
                             {.user_agent = parts.user_agent, .seed = std::random_device{}()},
                             observer(parts.metrics, cluster));
}

class HttpConnection final : public reconcile::Connection {
 public:
  HttpConnection(HttpConnector::Parts parts, std::unique_ptr<kube::HttpApi> api, Address at)
      : parts_(std::move(parts)), http_(std::move(api)), at_(std::move(at)) {
    http_->fence(parts_.may_write);
  }

  kube::Api& api() override { return *http_; }

  base::Result<> use(kube::ClientConfig config) override {
    at_ = {at_.cluster, config.server, config.tls_server_name, config.ca_pem};
    return http_->use(std::move(config));
  }

  base::Result<std::unique_ptr<kube::Api>> as(kube::ClientConfig credential) override {
    credential.server = at_.server;
    credential.tls_server_name = at_.tls_server_name;
    credential.ca_pem = at_.ca_pem;
    return client(parts_, at_.cluster, std::move(credential));
  }

  std::optional<std::chrono::milliseconds> clock_skew() const override {
    return http_->server_clock_skew();
  }

  kube::Task<base::Result<std::vector<kube::Resource>>> namespaced_kinds() override {
    auto answer = co_await document("/apis");
    CO_TRY(const auto groups, std::move(answer));
    auto paths = reconcile::paths_of_groups(groups);
    paths.insert(paths.begin(), "/api/v1");
    std::vector<kube::Resource> all;
    for (auto& path : paths) {
      auto listed = co_await document(std::move(path));
      CO_TRY(const auto list, std::move(listed));
      std::ranges::move(reconcile::namespaced_kinds_of(list), std::back_inserter(all));
    }
    co_return all;
  }

 private:
  kube::Task<base::Result<json::Value>> document(std::string path) {
    auto answer = co_await http_->get_raw(std::move(path));
    CO_TRY(const auto text, std::move(answer));
    co_return json::parse(text);
  }

  HttpConnector::Parts parts_;
  std::unique_ptr<kube::HttpApi> http_;
  Address at_;
};

/// The runtime cluster in the role of a target: shared, never re-credentialed from a resource.
class RuntimeConnection final : public reconcile::Connection {
 public:
  explicit RuntimeConnection(HttpConnector::Parts parts) : parts_(std::move(parts)) {}
  kube::Api& api() override { return parts_.runtime; }
  base::Result<> use(kube::ClientConfig) override {
    return base::fail(base::invalid("the runtime cluster's own access cannot be replaced"));
  }
  base::Result<std::unique_ptr<kube::Api>> as(kube::ClientConfig credential) override {
    return client(parts_, "runtime", std::move(credential));
  }
  std::optional<std::chrono::milliseconds> clock_skew() const override {
    return std::nullopt;  // known of the runtime cluster anyway
  }
  kube::Task<base::Result<std::vector<kube::Resource>>> namespaced_kinds() override {
    co_return base::fail(base::invalid("no namespace of the runtime cluster is ours to delete"));
  }

 private:
  HttpConnector::Parts parts_;
};

}  // namespace

base::Result<std::unique_ptr<reconcile::Connection>> HttpConnector::connect(
    const std::string& cluster, kube::ClientConfig config) {
  Address at{cluster, config.server, config.tls_server_name, config.ca_pem};
  TRY(auto api, client(parts_, cluster, std::move(config)));
  return std::make_unique<HttpConnection>(parts_, std::move(api), std::move(at));
}

std::unique_ptr<reconcile::Connection> HttpConnector::runtime() {
  return std::make_unique<RuntimeConnection>(parts_);
}

}  // namespace app
