#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "webhook/protocol/review.hpp"
#include "webhook/protocol/verdict.hpp"

namespace protocol {

constexpr std::size_t kBodyLimit = 7u << 20;

/// One HTTP request as far as it matters here. `target` is path and query as they came.
struct Call {
  std::string_view method;
  std::string_view target;
  std::string_view content_type;
  std::string body;
  json::DomPool* pool = nullptr;  ///< for the review, which it outlives
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// A call that got as far as a decoded review.
struct Routed {
  std::string_view path;  ///< one of the served ones
  Review review;
};

/// A call that is answered without any judgement, and the verdict inside of the answer where it has
/// one.
struct Refused {
  Answer answer;
  std::optional<Verdict> verdict;
};

/// Method, path, size, content type, decoding: in this order. `served` are the webhooks' paths,
/// matched exactly.
std::variant<Routed, Refused> route(Call call, std::span<const std::string_view> served);

/// The HTTP answer that carries `verdict`.
Answer answer(const Addressee& to, const Verdict& verdict, std::string_view revision = {});
/// The answer to a body that was not even read to its end.
Refused too_large();

/// `?timeout=10s` of the API server; nullopt where there is none or it is no duration.
std::optional<std::chrono::milliseconds> timeout_of(std::string_view target);

}  // namespace protocol
