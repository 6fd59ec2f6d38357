#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "json/parse.hpp"
#include "kube/request/wire.hpp"

namespace kube {
namespace {

using Kind = base::Error::Kind;

constexpr std::size_t kMostText = 1024;
constexpr std::int64_t kMostWaitSeconds = 3600;

struct Meaning {
  std::string_view reason;
  Kind kind;
};

/// What the reason says better than the code does: 409 and 410 have several.
constexpr std::array kByReason = {
    Meaning{"AlreadyExists", Kind::exists},
    Meaning{"Conflict", Kind::conflict},
    Meaning{"NotFound", Kind::not_found},
    Meaning{"Gone", Kind::gone},
    Meaning{"Expired", Kind::gone},
    Meaning{"Unauthorized", Kind::unauthenticated},
    Meaning{"Forbidden", Kind::denied},
    Meaning{"Invalid", Kind::invalid},
    Meaning{"TooManyRequests", Kind::transient},
    Meaning{"ServerTimeout", Kind::transient},
    Meaning{"Timeout", Kind::transient},
    Meaning{"InternalError", Kind::transient},
    Meaning{"ServiceUnavailable", Kind::transient},
};

Kind kind_by_code(int code) {
  switch (code) {
    case 401:
      return Kind::unauthenticated;
    case 403:
      return Kind::denied;
    case 404:
      return Kind::not_found;
    case 409:
      return Kind::conflict;
    case 410:
      return Kind::gone;
    case 408:
    case 429:
      return Kind::transient;
    default:
      return code >= 400 && code < 500 ? Kind::invalid : Kind::transient;
  }
}

Kind kind_of(std::string_view reason, int code) {
  const auto known = std::ranges::find(kByReason, reason, &Meaning::reason);
  return known != kByReason.end() ? known->kind : kind_by_code(code);
}

/// Causes that decide more than the reason they come with.
std::optional<std::string> telling_cause(const json::Value& details) {
  static constexpr std::array<std::string_view, 3> kTelling = {
      "NamespaceTerminating", "FieldManagerConflict", "ResourceVersionTooLarge"};
  for (const auto& cause : details.at("causes").items()) {
    const auto reason = cause.at("reason").string_or("");
    if (std::ranges::find(kTelling, reason) != kTelling.end()) return std::string(reason);
  }
  return std::nullopt;
}

/// One line, at most kMostText bytes, no letter cut in two.
std::string cleaned(std::string text) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
  if (text.size() <= kMostText) return text;
  auto end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

std::string to_text(const json::Value& cause) {
  const auto field = cause.at("field").string_or("");
  const auto message = cause.at("message").string_or("");
  return field.empty() ? std::string(message) : std::string(field) + ": " + std::string(message);
}

/// The message, and those causes that it does not already contain.
std::string message_of(const json::Value& status, int code) {
  std::string text(status.at("message").string_or(""));
  if (text.empty()) text = "the server answered " + std::to_string(code) + " without a message";
  std::string more;
  for (const auto& cause : status.at("details").at("causes").items()) {
    const auto message = cause.at("message").string_or("");
    if (message.empty() || text.contains(message)) continue;
    more += (more.empty() ? "" : "; ") + to_text(cause);
  }
  return cleaned(more.empty() ? text : text + ": " + more);
}

base::Millis wait_of(std::int64_t seconds) {
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMostWaitSeconds));
}

/// Whole seconds only, as the API server's own client reads it; a date gives zero.
base::Millis parse_retry_after(std::string_view header) {
  std::int64_t seconds = 0;
  const auto* end = header.data() + header.size();
  const auto [stop, failed] = std::from_chars(header.data(), end, seconds);
  return failed == std::errc() && stop == end ? wait_of(seconds) : base::Millis{};
}

bool is_json(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type == "application/json" || type.ends_with("+json");
}

/// 404 included: that "404 page not found" comes from a proxy, or from a server that does not serve
/// the group, proves nothing about the object.
base::Error not_from_kubernetes(int status, std::string_view content_type, std::size_t length,
                                std::string_view why) {
  const auto type = content_type.empty() ? std::string("no content type")
                                         : cleaned(std::string(content_type.substr(0, 100)));
  base::Error error = base::transient("the server (or a proxy before it) answered " +
                                      std::to_string(status) + " with " + std::string(why) + " (" +
                                      type + ", " + std::to_string(length) + " bytes)");
  error.code = status;
  return error;
}

bool is_success(int status) { return status >= 200 && status < 300; }

bool is_status(const json::Value& document) {
  return document.at("kind").string_or("") == "Status" &&
         document.at("apiVersion").string_or("") == "v1";
}

base::Result<json::Value> read_document(int status, std::string_view content_type,
                                        std::string_view body, const json::Limits& limits) {
  const auto foreign = [&](std::string_view why) {
    return base::fail(not_from_kubernetes(status, content_type, body.size(), why));
  };
  if (!is_json(content_type)) return foreign("something that is not JSON");
  auto document = json::parse(body, json::Duplicates::last_wins, limits);
  if (!document) return foreign("broken JSON");
  if (document->as_object() == nullptr) return foreign("no JSON object");
  return document;
}

}  // namespace

base::Error to_error(const json::Value& status_document, int http_status) {
  const auto own_code = status_document.at("code").int_or(0);
  const int code = own_code >= 400 && own_code < 600 ? static_cast<int>(own_code) : http_status;
  const auto& details = status_document.at("details");
  const std::string reason(status_document.at("reason").string_or(""));

  base::Error error;
  error.kind = kind_of(reason, code);
  error.what = message_of(status_document, code);
  error.retry_after = wait_of(details.at("retryAfterSeconds").int_or(0));
  error.code = code;
  error.reason = telling_cause(details).value_or(reason);
  // This server has not yet seen (or, restored from a backup, will never see) that version: list
  // again.
  if (error.reason == "ResourceVersionTooLarge") error.kind = Kind::gone;
  return error;
}

base::Result<json::Value> from_wire(int status, std::string_view content_type,
                                    std::string_view body, std::string_view retry_after_header,
                                    const json::Limits& limits) {
  auto document = read_document(status, content_type, body, limits);
  if (document && is_success(status) &&
      !(is_status(*document) && document->at("status").string_or("") == "Failure"))
    return document;
  auto error = document && is_status(*document) ? to_error(*document, status)
               : document ? not_from_kubernetes(status, content_type, body.size(),
                                                "JSON that is no Kubernetes Status")
                          : std::move(document).error();
  if (error.retry_after == base::Millis{})
    error.retry_after = parse_retry_after(retry_after_header);
  return base::fail(std::move(error));
}

}  // namespace kube
