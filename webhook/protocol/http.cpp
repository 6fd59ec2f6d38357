#include "webhook/protocol/http.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace protocol {

namespace {

constexpr std::string_view kJson = "application/json";

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

Refused plain(int status, std::string body, std::string header = {}, std::string value = {}) {
  Answer answer{.status = status,
                .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                .body = std::move(body)};
  if (!header.empty()) answer.headers.emplace_back(std::move(header), std::move(value));
  return {.answer = std::move(answer), .verdict = std::nullopt};
}

Refused refused(std::string message, int code = 400) {
  auto verdict = refuse(std::move(message), code);
  return {.answer = answer({}, verdict), .verdict = std::move(verdict)};
}

/// As Go's ServeMux: one slash between elements, "." and ".." resolved, a slash at the end kept.
std::string clean(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto element = path.substr(at, end - at);
    if (element == ".." && !kept.empty()) kept.pop_back();
    if (!element.empty() && element != "." && element != "..") kept.push_back(element);
    at = end + 1;
  }
  std::string cleaned;
  for (const auto element : kept) cleaned.append("/").append(element);
  if (cleaned.empty() || path.ends_with('/')) cleaned += '/';
  return cleaned;
}

/// Parameters are accepted; case and blanks matter, as they do for the Go program.
bool is_json(std::string_view content_type) {
  if (!content_type.starts_with(kJson)) return false;
  const auto rest = content_type.substr(kJson.size());
  if (rest.empty()) return true;
  const auto first = rest.find_first_not_of(" \t");
  return first != std::string_view::npos && rest[first] == ';';
}

std::optional<Refused> misdirected(const Call& call, std::span<const std::string_view> served) {
  const auto path = path_of(call.target);
  if (std::ranges::find(served, path) == served.end()) {
    auto cleaned = clean(path);
    if (cleaned == path) return plain(404, "404 page not found\n");
    return plain(307, "", "Location", cleaned.append(call.target.substr(path.size())));
  }
  if (call.method != "POST") return plain(405, "405 method not allowed\n", "Allow", "POST");
  return std::nullopt;
}

}  // namespace

Answer answer(const Addressee& to, const Verdict& verdict, std::string_view revision) {
  return {.status = 200,
          .headers = {{"Content-Type", std::string(kJson)}},
          .body = encode(to, verdict, revision)};
}

Refused too_large() {
  auto refusal = refused(
      "request entity is too large; limit is " + std::to_string(kBodyLimit) + " bytes", 413);
  refusal.answer.headers.emplace_back("Connection", "close");
  return refusal;
}

std::variant<Routed, Refused> route(Call call, std::span<const std::string_view> served) {
  if (auto refusal = misdirected(call, served)) return *std::move(refusal);
  if (call.body.empty()) return refused("request body is empty");
  if (call.body.size() > kBodyLimit) return too_large();
  if (!is_json(call.content_type)) {
    return refused("contentType=" + std::string(call.content_type) + ", expected application/json");
  }
  auto review = decode(std::move(call.body), call.pool);
  if (!review) return refused(std::move(review.error().what));
  return Routed{.path = *std::ranges::find(served, path_of(call.target)),
                .review = *std::move(review)};
}

std::optional<std::chrono::milliseconds> timeout_of(std::string_view target) {
  const auto query = target.substr(std::min(target.find('?'), target.size()));
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at + 1), query.size());
    constexpr std::string_view kName = "timeout=";
    if (const auto pair = query.substr(at + 1, end - at - 1); pair.starts_with(kName)) {
      return base::parse_duration(pair.substr(kName.size()));
    }
    at = end;
  }
  return std::nullopt;
}

}  // namespace protocol
