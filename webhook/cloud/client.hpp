#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/http_client.hpp"
#include "webhook/alicloud/facts/facts.hpp"
#include "webhook/cloud/endpoints.hpp"
#include "webhook/cloud/signature.hpp"

namespace cloud {

/// Told about every attempt, for metrics. `result`: ok, throttled, refused, or unavailable.
using CallObserver =
    std::function<void(std::string_view action, std::string_view result, double seconds)>;

struct ClientOptions {
  std::string endpoint;  ///< https://host[:port] for all products and regions; empty: the public
                         ///< ones of each region
  std::string ca_pem;    ///< what is trusted
  std::chrono::milliseconds attempt_timeout{5'000};
  int attempts = 3;  ///< in all, where the cloud throttles or does not answer
  base::Backoff backoff{
      .first = base::Millis(200), .factor = 2, .most = base::Millis(2'000), .jitter = 1};
  int page_size = 50;
  CallObserver observer{};
};

/// Reads AliCloud's API (RPC style, signature version 1.0). One loop, one thread. Whatever fails is
/// an error whose text a user may see; none holds a secret.
class Client {
 public:
  Client(net_io::Executor executor, ClientOptions options, const base::Clock& clock,
         base::Random random)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        clock_(clock),
        random_(random) {}
  Client(Client&&) = delete;

  net_io::Task<base::Result<bool>> is_customised(alicloud::ImageQuestion question,
                                                 net_io::Deadline deadline);
  /// All pages.
  net_io::Task<base::Result<std::vector<alicloud::VSwitch>>> vswitches(
      alicloud::VSwitchQuestion question, net_io::Deadline deadline);

 private:
  struct Call {
    Product product = Product::ecs;
    std::string region;
    alicloud::CloudCredentials credentials;
    Parameters parameters;
  };
  net_io::Task<base::Result<json::Value>> ask(Call call, net_io::Deadline deadline);
  void observe(std::string_view action, const base::Result<json::Value>& answer,
               std::chrono::steady_clock::time_point started) const;
  net_io::HttpRequest request_of(const Call& call);
  base::Result<std::shared_ptr<net_io::HttpClient>> connection_to(const Call& call);

  net_io::Executor executor_;
  ClientOptions options_;
  const base::Clock& clock_;
  base::Random random_;
  std::map<std::string, std::shared_ptr<net_io::HttpClient>> servers_;  ///< by URL
};

}  // namespace cloud
