#include <ctime>

#include "net/http_parser.hpp"
#include "net/server_core.hpp"

namespace net_io {
namespace {

void add_clean(std::string& wire, std::string_view text) {
  for (char c : text) wire.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

void add_clean_field(std::string& wire, std::string_view name, std::string_view value) {
  add_clean(wire, name);
  wire.append(": ");
  add_clean(wire, value);
  wire.append("\r\n");
}

void add_own_field(std::string& wire, std::string_view name, std::string_view value) {
  wire.append(name).append(": ").append(value).append("\r\n");
}

bool is_ours(std::string_view name) {
  return same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding") ||
         same_name(name, "Connection") || same_name(name, "Date");
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string_view ServerCore::date() {
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now == date_at_) return date_;
  date_at_ = now;
  std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm broken{};
  char text[64];
  auto size =
      std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &broken));
  date_.assign(text, size);
  return date_;
}

void write_answer(std::string& wire, const HttpResponse& response, std::string_view date,
                  AnswerForm form) {
  wire.clear();
  wire.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  wire.append(reason_phrase(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers)
    if (!is_ours(name)) add_clean_field(wire, name, value);
  add_own_field(wire, "Date", date);
  if (form.closes) add_own_field(wire, "Connection", "close");
  if (!form.closes && form.is_http_10) add_own_field(wire, "Connection", "keep-alive");
  bool no_body = has_no_body(response.status);
  if (!no_body) add_own_field(wire, "Content-Length", std::to_string(response.body.size()));
  wire.append("\r\n");
  if (!no_body && !form.without_body) wire.append(response.body);
}

}  // namespace net_io
