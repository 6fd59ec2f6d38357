#include "net/http.hpp"

#include <algorithm>
#include <cctype>

#include "net/http_client.hpp"

namespace net_io {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_port(std::string_view text) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  int number = std::stoi(std::string(text));
  return number > 0 && number < 65536;
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

/// "host", "host:port", "[v6]", "[v6]:port".
base::Result<Endpoint> parse_authority(std::string_view text) {
  Endpoint server;
  std::string_view rest;
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos)
      return base::fail(base::invalid("the bracket of an IPv6 address is open"));
    server.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
    if (server.host.find_first_not_of("0123456789abcdefABCDEF:.") != server.host.npos)
      return base::fail(base::invalid("no IPv6 address between the brackets"));
  } else {
    auto colon = text.find(':');
    server.host = text.substr(0, colon);
    rest = colon == text.npos ? "" : text.substr(colon);
    if (!std::ranges::all_of(server.host, is_host_character))
      return base::fail(base::invalid("the host has a character no host has"));
  }
  if (server.host.empty()) return base::fail(base::invalid("the host is missing"));
  if (rest.empty()) return server;
  if (!rest.starts_with(':') || !is_port(rest.substr(1)))
    return base::fail(base::invalid("the port is not a number from 1 to 65535"));
  server.port = rest.substr(1);
  return server;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

std::size_t count(const Headers& headers, std::string_view name) {
  auto is_it = [name](const auto& field) { return same_name(field.first, name); };
  return static_cast<std::size_t>(std::ranges::count_if(headers, is_it));
}

base::Result<Endpoint> parse_endpoint(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) return base::fail(base::invalid("the URL is not https://"));
  url.remove_prefix(kScheme.size());
  if (url.find_first_of("@?# \t\r\n") != url.npos)
    return base::fail(base::invalid("the URL has user info, a query, a fragment or a space"));
  auto slash = url.find('/');
  TRY(auto server, parse_authority(url.substr(0, slash)));
  if (slash != url.npos) server.path_prefix = url.substr(slash);
  while (server.path_prefix.ends_with('/')) server.path_prefix.pop_back();
  return server;
}

}  // namespace net_io
