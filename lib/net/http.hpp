#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net_io {

/// Header names compare without case; order is kept.
using Headers = std::vector<std::pair<std::string, std::string>>;
/// First value, or "" where there is none.
std::string_view header(const Headers& headers, std::string_view name);
/// How many fields have that name.
std::size_t count(const Headers& headers, std::string_view name);
bool same_name(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  ///< path and query
  Headers headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// https://host:port of a server, IPv6 in brackets. Only https, no user info, no path but "/"
/// prefix kept.
struct Endpoint {
  std::string host;
  std::string port = "443";
  std::string path_prefix;  ///< "" or "/k8s/clusters/x", without a slash at the end
  bool operator==(const Endpoint&) const = default;
};

}  // namespace net_io
