#include "webhook/cloud/client.hpp"

#include "webhook/cloud/answer.hpp"

namespace cloud {

namespace {

using net_io::Deadline;
using net_io::Task;

constexpr std::size_t kMostServers = 64;
constexpr std::size_t kMostVSwitches = 10'000;  ///< far above any quota: a server that never ends
constexpr std::size_t kResponseLimit = 4u << 20;
constexpr std::string_view kUserAgent = "portcullis-webhook-alicloud";

std::string_view version_of(Product product) {
  return product == Product::ecs ? "2014-05-26" : "2016-04-28";
}

std::string_view result_of(const base::Result<json::Value>& answer) {
  if (answer) return "ok";
  const auto& error = answer.error();
  if (error.reason.starts_with("Throttling") || error.code == 429) return "throttled";
  return error.is(base::Error::Kind::transient) ? "unavailable" : "refused";
}

}  // namespace

void Client::observe(std::string_view action, const base::Result<json::Value>& answer,
                     std::chrono::steady_clock::time_point started) const {
  if (!options_.observer) return;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  options_.observer(action, result_of(answer), took.count());
}

net_io::HttpRequest Client::request_of(const Call& call) {
  auto parameters = call.parameters;
  parameters["AccessKeyId"] = call.credentials.key_id;
  parameters["Format"] = "JSON";
  parameters["RegionId"] = call.region;
  parameters["SignatureMethod"] = "HMAC-SHA1";
  parameters["SignatureNonce"] = random_.suffix(32);
  parameters["SignatureVersion"] = "1.0";
  parameters["Timestamp"] = base::to_rfc3339(clock_.now());
  parameters["Version"] = version_of(call.product);
  const base::Secret none;
  const auto* secret = call.credentials.key_secret.get();
  parameters["Signature"] = signature(parameters, secret != nullptr ? *secret : none);
  net_io::HttpRequest request;
  request.target = "/?" + canonical_query(parameters);
  request.headers = {{"Accept", "application/json"}, {"User-Agent", std::string(kUserAgent)}};
  return request;
}

base::Result<std::shared_ptr<net_io::HttpClient>> Client::connection_to(const Call& call) {
  std::string url = options_.endpoint;
  if (url.empty()) {
    TRY(const auto host, endpoint_host(call.product, call.region));
    url = "https://" + host;
  }
  if (const auto known = servers_.find(url); known != servers_.end()) return known->second;
  TRY(auto endpoint, net_io::parse_endpoint(url));
  // Regions come from users: whoever makes many up does not make this grow.
  if (servers_.size() >= kMostServers) servers_.clear();
  const net_io::ClientTls tls{
      .ca_pem = options_.ca_pem, .certificate_pem = {}, .key_pem = nullptr, .server_name = {}};
  net_io::HttpClientOptions options;
  options.response_limit = kResponseLimit;
  auto client = std::make_shared<net_io::HttpClient>(executor_, std::move(endpoint), tls, options);
  servers_.emplace(std::move(url), client);
  return client;
}

Task<base::Result<json::Value>> Client::ask(Call call, Deadline deadline) {
  const auto action = call.parameters.at("Action");
  CO_TRY(const auto server, connection_to(call));
  for (int attempt = 1;; ++attempt) {
    auto request = request_of(call);  // each with its own nonce: the cloud takes none twice
    const auto until = Deadline::in(options_.attempt_timeout).or_earlier(deadline);
    const auto started = std::chrono::steady_clock::now();
    auto answer = co_await server->send(std::move(request), until);
    auto document = answer ? read_answer(action, *answer)
                           : base::fail(base::explain(action, std::move(answer).error()));
    observe(action, document, started);
    const bool is_final = document || !document.error().is(base::Error::Kind::transient);
    const auto wait = base::next_delay(options_.backoff, attempt, random_.unit());
    if (is_final || attempt >= options_.attempts || wait >= deadline.left()) co_return document;
    if (!co_await net_io::sleep_for(wait)) co_return base::fail(base::cancelled("cancelled"));
  }
}

Task<base::Result<bool>> Client::is_customised(alicloud::ImageQuestion question,
                                               Deadline deadline) {
  Call call{.product = Product::ecs,
            .region = std::move(question.region),
            .credentials = std::move(question.credentials),
            .parameters = {{"Action", "DescribeImages"}, {"ImageId", question.image_id}}};
  auto answer = co_await ask(std::move(call), deadline);
  CO_TRY(const auto images, std::move(answer));
  co_return cloud::is_customised(images);
}

Task<base::Result<std::vector<alicloud::VSwitch>>> Client::vswitches(
    alicloud::VSwitchQuestion question, Deadline deadline) {
  std::vector<alicloud::VSwitch> all;
  for (int number = 1;; ++number) {
    Call call{.product = Product::vpc,
              .region = question.region,
              .credentials = question.credentials,
              .parameters = {{"Action", "DescribeVSwitches"},
                             {"VpcId", question.vpc_id},
                             {"PageNumber", std::to_string(number)},
                             {"PageSize", std::to_string(options_.page_size)}}};
    auto answer = co_await ask(std::move(call), deadline);
    CO_TRY(const auto document, std::move(answer));
    auto page = read_page(document);
    const bool is_last = page.items.empty();
    std::ranges::move(page.items, std::back_inserter(all));
    if (is_last || static_cast<std::int64_t>(all.size()) >= page.total) co_return all;
    if (all.size() > kMostVSwitches)
      co_return base::fail(base::invalid("DescribeVSwitches: the list does not end"));
  }
}

}  // namespace cloud
