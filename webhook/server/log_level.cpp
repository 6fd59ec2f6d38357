#include "webhook/server/log_level.hpp"

#include <algorithm>

#include "webhook/server/plain_text.hpp"

namespace webhook {

namespace {

using net_io::HttpResponse;

HttpResponse line(int status, std::string_view text) {
  return plain_text(status, std::string(text) + "\n");
}

/// Of `address:port`.
bool is_local(std::string_view peer) {
  return peer.starts_with("127.") || peer.starts_with("[::1]:") || peer.starts_with("[::ffff:127.");
}

std::string_view trimmed(std::string_view word) {
  const auto end = word.find_last_not_of(" \t\r\n");
  return word.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

HttpResponse answer_log_level(const net_io::ServerRequest& request, const base::Log& log) {
  const auto& http = request.http;
  if (http.method == "GET") return line(200, to_string(log.level()));
  if (http.method != "PUT") {
    auto refused = line(405, "405 method not allowed");
    refused.headers.emplace_back("Allow", "GET, PUT");
    return refused;
  }
  if (!is_local(request.peer)) return line(403, "only from this machine: use a port-forward");
  const auto level = base::parse_log_level(trimmed(http.body));
  if (!level) return line(400, "expected debug, info, warn or error");
  const auto before = log.level();
  log.set_level(std::min(*level, base::Log::Level::warn));  // or nobody would read of it
  log.warn("log level changed",
           {{"before", std::string(to_string(before))}, {"now", std::string(to_string(*level))}});
  log.set_level(*level);
  return line(200, to_string(*level));
}

}  // namespace webhook
