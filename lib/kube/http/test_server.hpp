#pragma once

// For tests: an API server over TLS that says what it is told.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/http/http_api.hpp"
#include "kube/http/test_files.hpp"
#include "net/http_server.hpp"

namespace kube {

using Kind = base::Error::Kind;
using std::chrono::milliseconds;

inline constexpr auto kSecret =
    R"({"kind":"Secret","apiVersion":"v1","metadata":{"name":"x","namespace":"garden","resourceVersion":"7"}})";
inline const ObjectRef kRef{kinds::kSecret, "garden", "x"};

inline net_io::HttpResponse json(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

inline net_io::HttpResponse refusal(int status, const std::string& reason) {
  return json(
      status,
      R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":"refused","reason":")" +
          reason + "\",\"code\":" + std::to_string(status) + "}");
}

inline net_io::HttpResponse later(net_io::HttpResponse response, const char* seconds) {
  response.headers.emplace_back("Retry-After", seconds);
  return response;
}

using Answer = std::function<net_io::HttpResponse(const net_io::HttpRequest&)>;

inline net_io::Task<net_io::HttpResponse> answered(net_io::HttpResponse response,
                                                   milliseconds after) {
  if (after.count() > 0) co_await net_io::sleep_for(after);
  co_return response;
}

/// A server over TLS, an HttpApi for it, and what either saw.
class HttpApiTest : public ::testing::Test {
 protected:
  HttpApiTest() {
    auto pair = authority.issue();
    net_io::ServerTls tls;
    tls.certificate_pem = pair.certificate_pem;
    tls.key_pem = std::make_shared<const base::Secret>(std::move(pair.key_pem));
    EXPECT_TRUE(server.set_tls(std::move(tls)));
    EXPECT_TRUE(server.listen());
    options.request_timeout = milliseconds(2'000);
    options.user_agent = "portcullis-test";
  }

  net_io::Task<net_io::HttpResponse> handle(const net_io::ServerRequest& request) {
    requests.push_back(request.http);
    return answered(answer(request.http), delay);
  }

  ClientConfig config() const {
    ClientConfig made;
    made.server = "https://127.0.0.1:" + std::to_string(server.port());
    made.ca_pem = authority.ca_pem;
    made.token = base::Secret("not-a-real-token");
    return made;
  }

  std::unique_ptr<HttpApi> make(ClientConfig with) {
    auto made = HttpApi::make(
        loop.get_executor(), std::move(with), clock, base::Log::to_string(log), options,
        [this](std::string_view verb, std::string_view resource, int code, double seconds) {
          EXPECT_GE(seconds, 0);
          observed.push_back(std::string(verb) + " " + std::string(resource) + " " +
                             std::to_string(code));
        });
    if (!made) ADD_FAILURE() << made.error().what;
    return made ? std::move(*made) : nullptr;
  }

  base::Result<json::Value> call(Request request) {
    if (!api) api = make(config());
    base::Result<json::Value> result;
    net_io::run(loop, call_into(api.get(), std::move(request), &result));
    return result;
  }
  static Task<int> call_into(HttpApi* api, Request request, base::Result<json::Value>* result) {
    *result = co_await api->call(std::move(request));
    co_return 0;
  }

  std::string authorization(std::size_t i) const {
    return std::string(net_io::header(requests.at(i).headers, "Authorization"));
  }

  TestAuthority authority;
  net_io::Loop loop;
  base::ManualClock clock{base::SystemClock().now()};
  std::string log;
  Answer answer = [](const net_io::HttpRequest&) { return json(200, kSecret); };
  milliseconds delay{0};
  std::vector<net_io::HttpRequest> requests;
  std::vector<std::string> observed;
  HttpApiOptions options;
  net_io::HttpServer server{loop.get_executor(),
                            {.address = "127.0.0.1"},
                            [this](net_io::ServerRequest request) { return handle(request); },
                            [](const char* what) { ADD_FAILURE() << what; }};
  std::unique_ptr<HttpApi> api;
};

}  // namespace kube
