#include "webhook/server/admission_handler.hpp"

#include <algorithm>

#include "webhook/alicloud/admission.hpp"

namespace webhook {

namespace {

using net_io::Deadline;
using net_io::HttpResponse;
using net_io::ServerRequest;
using net_io::Task;
using protocol::Verdict;
using std::chrono::milliseconds;

constexpr std::size_t kMostLoggedMessage = 256;

/// Counts as long as it lives.
class Counted {
 public:
  Counted(std::size_t& count, Metrics& metrics) : count_(count), metrics_(metrics) {
    ++count_;
    metrics_.in_flight(1);
  }
  ~Counted() {
    --count_;
    metrics_.in_flight(-1);
  }
  Counted(Counted&&) = delete;

 private:
  std::size_t& count_;
  Metrics& metrics_;
};

HttpResponse to_response(protocol::Answer answer) {
  return {.status = answer.status,
          .headers = std::move(answer.headers),
          .body = std::move(answer.body)};
}

/// Not in the middle of a character.
std::string cut(std::string_view text) {
  if (text.size() <= kMostLoggedMessage) return std::string(text);
  auto end = kMostLoggedMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

Deadline deadline_of(const ServerRequest& request, const HandlerLimits& limits) {
  const auto given = protocol::timeout_of(request.http.target).value_or(limits.most);
  const auto since =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - request.received);
  return Deadline::in(
      std::max(milliseconds(0), std::min(given, limits.most * 3) - limits.reserve - since));
}

}  // namespace

/// What is counted and logged about one answer.
struct AdmissionHandler::Told {
  std::string_view path;
  std::string peer;    ///< address and port
  std::string client;  ///< common name of its certificate, where it shows one
  std::size_t bytes = 0;
  Verdict verdict;
  double seconds = 0;
};

HttpResponse AdmissionHandler::unserved() {
  metrics_.overloaded();
  HttpResponse response;
  response.status = 503;
  // 0 makes an API server try again at once, up to ten times: right where the next try meets
  // another replica.
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                      {"Retry-After", draining_ ? "0" : "1"},
                      {"Connection", "close"}};
  response.body = draining_ ? "going away\n" : "too many requests are being judged\n";
  return response;
}

// A pointer, because it refers to the caller's frame, which awaits this.
Task<Verdict> AdmissionHandler::judge(const protocol::Routed* routed, Deadline deadline) {
  const auto facts = std::make_shared<alicloud::Facts>(&profiles_);
  const auto judgement = alicloud::begin(routed->path, routed->review);
  for (;;) {
    auto verdict = judgement->next(*facts);
    if (verdict) co_return *std::move(verdict);
    if (deadline.is_over())
      co_return protocol::refuse("not enough could be learnt in the time given", 504);
    auto questions = facts->take_wanted();
    co_await source_.answer(facts, std::move(questions), deadline);
  }
}

void AdmissionHandler::log_access(const protocol::Review& review, const Told& told) const {
  log_.info("request", {{"uid", cut(review.sender.uid)},
                        {"path", cut(told.path)},
                        {"verb", cut(review.operation)},
                        {"resource", cut(review.resource)},
                        {"peer", told.peer},
                        {"client", told.client},
                        {"bytes", std::to_string(told.bytes)},
                        {"verdict", std::string(protocol::name_of(told.verdict))},
                        {"code", std::to_string(told.verdict.code)},
                        {"seconds", std::to_string(told.seconds)}});
}

void AdmissionHandler::report(const protocol::Routed* routed, const Told& told) {
  metrics_.answered(told.path, protocol::name_of(told.verdict), told.seconds);
  if (told.verdict.allowed && !reporting_.access_log) return;
  const protocol::Review nobody;
  const auto& review = routed != nullptr ? routed->review : nobody;
  if (reporting_.access_log) log_access(review, told);
  if (told.verdict.allowed) return;
  const auto kept_back = budget_.take(std::chrono::steady_clock::now());
  if (!kept_back) return;
  log_.info("not allowed", {{"uid", cut(review.sender.uid)},
                            {"user", cut(review.user)},
                            {"verb", cut(review.operation)},
                            {"resource", cut(review.resource)},
                            {"namespace", cut(review.namespace_name)},
                            {"name", cut(review.name)},
                            {"path", cut(told.path)},
                            {"code", std::to_string(told.verdict.code)},
                            {"message", cut(told.verdict.message)},
                            {"seconds", std::to_string(told.seconds)},
                            {"linesKeptBack", std::to_string(*kept_back)}});
}

Task<HttpResponse> AdmissionHandler::handle(ServerRequest request) {
  if (in_flight_ >= limits_.in_flight) co_return unserved();
  const Counted counted(in_flight_, metrics_);
  const auto deadline = deadline_of(request, limits_);
  Told told;
  told.bytes = request.http.body.size();
  protocol::Call call{.method = request.http.method,
                      .target = request.http.target,
                      .content_type = net_io::header(request.http.headers, "Content-Type"),
                      .body = std::move(request.http.body),
                      .pool = &documents_};
  auto routed = protocol::route(std::move(call), paths_);
  protocol::Answer answer;
  const auto* reached = std::get_if<protocol::Routed>(&routed);
  if (reached != nullptr) {
    told.path = reached->path;
    told.verdict = co_await judge(reached, deadline);
    answer = protocol::answer(reached->review.sender, told.verdict, reporting_.revision);
  } else {
    auto& refused = std::get<protocol::Refused>(routed);
    told.path = std::string_view(request.http.target).substr(0, request.http.target.find('?'));
    told.verdict = refused.verdict.value_or(protocol::refuse({}, refused.answer.status));
    answer = std::move(refused.answer);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - request.received;
  told.seconds = took.count();
  told.peer = std::move(request.peer);
  told.client = std::move(request.peer_subject);
  report(reached, told);
  co_return to_response(std::move(answer));
}

}  // namespace webhook
