#include <algorithm>

#include "net/http_parser.hpp"
#include "net/input_buffer.hpp"
#include "net/server_core.hpp"

namespace net_io {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Holds header and body of a usual small request; larger bodies go past it.
constexpr std::size_t kInput = 8u << 10;
constexpr std::size_t kKeptOutput = 64u << 10;
/// A body gets this much memory before its bytes come: an announcement alone must not cost
/// megabytes.
constexpr std::size_t kBodyOnCredit = 128u << 10;
/// Behind a body, for parsers that end it with NULs: no copy of all of it for their sake.
constexpr std::size_t kSpare = 64;
/// What a client may still send while it learns that it was refused.
constexpr std::size_t kThrownAway = 64u << 20;
constexpr milliseconds kGoodbye(5'000);

HttpResponse text_answer(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  response.body += '\n';
  return response;
}

HttpResponse bug_answer() {
  auto response = text_answer(503, "the request met a bug");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

base::Error refusal(int status, std::string what) {
  auto error = base::invalid(std::move(what));
  error.code = status;
  return error;
}

class Session {
 public:
  Session(std::shared_ptr<ServerCore> core, std::shared_ptr<Connection> connection, Stay stay)
      : core_(std::move(core)), connection_(std::move(connection)), stay_(stay) {}

  Task<bool> greet();
  Task<bool> serve_one();

 private:
  /// One request on its way in.
  struct Arrival {
    std::unique_ptr<HttpParser> parser;
    Clock::time_point began;
    Deadline header, all;
  };

  Task<bool> wait_for_request();
  Task<base::Result<>> read_head(Arrival& arrival);
  Task<base::Result<>> allow_body(Arrival& arrival);
  Task<base::Result<std::string>> read_body(Arrival& arrival);
  Task<base::Result<std::string>> read_sized(std::size_t size, Deadline deadline);
  Task<base::Result<std::string>> read_chunks(HttpParser& parser, Deadline deadline);
  Task<base::Result<std::string>> read_request(Arrival& arrival);
  Task<base::Result<>> receive(Deadline deadline);
  Task<HttpResponse> handle(ServerRequest request);
  Task<bool> answer(HttpResponse response, AnswerForm form);
  Task<bool> refuse(base::Error error, Deadline deadline);
  base::Result<> expected_body(const MessageHead& head) const;

  std::shared_ptr<ServerCore> core_;
  std::shared_ptr<Connection> connection_;
  Stay stay_;
  std::string peer_, subject_;
  InputBuffer input_;
  std::string output_;
};

Task<bool> Session::greet() {
  peer_ = connection_->peer_address();
  auto identity = core_->identity;
  if (!identity) co_return true;
  auto deadline = Deadline::in(core_->options.header_timeout);
  auto met = co_await connection_->start_tls_as_server(identity->context, deadline);
  subject_ = connection_->peer_subject();
  const auto& allowed = identity->allowed_subjects;
  bool is_allowed = allowed.empty() || std::ranges::find(allowed, subject_) != allowed.end();
  if (stay_.keeps_buffers) connection_->keep_tls_buffers();
  if (met && is_allowed) co_return true;
  ++core_->stats.tls_failures;
  co_return false;
}

/// The time between requests: not the client's fault, and not ours to cut short.
Task<bool> Session::wait_for_request() {
  if (!input_.empty()) co_return true;
  auto deadline = Deadline::in(core_->options.idle_timeout);
  if (!co_await connection_->await_input(deadline)) co_return false;
  auto came = co_await receive(deadline);
  co_return came.has_value();
}

Task<base::Result<>> Session::receive(Deadline deadline) {
  auto* to = input_.room(kInput);
  auto got = co_await connection_->read_some(to, input_.room_size(), deadline);
  if (!got) co_return base::fail(std::move(got).error());
  if (*got == 0) co_return base::fail(base::transient("connection closed"));
  input_.commit(*got);
  co_return base::Result<>();
}

Task<base::Result<>> Session::read_head(Arrival& arrival) {
  for (;;) {
    CO_TRY(auto used, arrival.parser->put(input_.bytes()));
    input_.consume(used);
    if (arrival.parser->is_header_done()) co_return base::Result<>();
    CO_TRY_VOID(co_await receive(arrival.header));
  }
}

base::Result<> Session::expected_body(const MessageHead& head) const {
  auto limit = core_->options.body_limit;
  if (head.content_length && *head.content_length > limit)
    return base::fail(refusal(413, "the body is larger than " + std::to_string(limit) + " bytes"));
  auto expected = header(head.headers, "Expect");
  if (!expected.empty() && !same_name(expected, "100-continue"))
    return base::fail(refusal(417, "only 100-continue can be expected"));
  return {};
}

Task<base::Result<>> Session::allow_body(Arrival& arrival) {
  const auto& head = arrival.parser->head();
  CO_TRY_VOID(expected_body(head));
  bool waits = head.version >= 11 && !header(head.headers, "Expect").empty() && input_.empty();
  if (!waits || arrival.parser->is_done()) co_return base::Result<>();
  co_return co_await connection_->write("HTTP/1.1 100 Continue\r\n\r\n", arrival.all);
}

Task<base::Result<std::string>> Session::read_sized(std::size_t size, Deadline deadline) {
  std::string body;
  std::size_t have = std::min(size, input_.bytes().size());
  while (true) {
    auto next = std::min(size, std::max(have, kBodyOnCredit));
    if (have >= kBodyOnCredit) next = size;
    body.reserve(next + kSpare);
    body.resize_and_overwrite(next, [](char*, std::size_t room) { return room; });
    if (!input_.empty()) {
      input_.bytes().copy(body.data(), have);
      input_.consume(have);
    }
    CO_TRY(auto got, co_await connection_->fill(body.data() + have, next - have, deadline));
    have += got;
    if (have < next) co_return base::fail(base::transient("connection closed"));
    if (have == size) co_return body;
  }
}

Task<base::Result<std::string>> Session::read_chunks(HttpParser& parser, Deadline deadline) {
  parser.read_body();
  for (;;) {
    CO_TRY(auto used, parser.put(input_.bytes()));
    input_.consume(used);
    if (parser.is_done()) co_return std::move(parser.body());
    CO_TRY_VOID(co_await receive(deadline));
  }
}

Task<base::Result<std::string>> Session::read_body(Arrival& arrival) {
  if (arrival.parser->is_done()) co_return std::string();
  auto length = arrival.parser->head().content_length;
  if (length) co_return co_await read_sized(static_cast<std::size_t>(*length), arrival.all);
  co_return co_await read_chunks(*arrival.parser, arrival.all);
}

Task<base::Result<std::string>> Session::read_request(Arrival& arrival) {
  CO_TRY_VOID(co_await read_head(arrival));
  CO_TRY_VOID(co_await allow_body(arrival));
  co_return co_await read_body(arrival);
}

Task<HttpResponse> Session::handle(ServerRequest request) {
  try {
    co_return co_await core_->handler(std::move(request));
  } catch (const std::exception& bug) {
    core_->on_bug(bug.what());
  } catch (...) {
    core_->on_bug("an exception of unknown type");
  }
  co_return bug_answer();
}

Task<bool> Session::answer(HttpResponse response, AnswerForm form) {
  bool wishes_close = same_name(header(response.headers, "Connection"), "close");
  form.closes = form.closes || wishes_close || core_->draining || Clock::now() >= stay_.old_at;
  write_answer(output_, response, core_->date(), form);
  auto deadline = Deadline::in(core_->options.request_timeout);
  auto written = co_await connection_->write(output_, deadline);
  if (output_.capacity() > kKeptOutput) std::string().swap(output_);
  co_return written.has_value() && !form.closes;
}

/// Tells the client what was wrong where it is there to hear it; the connection ends either way.
Task<bool> Session::refuse(base::Error error, Deadline deadline) {
  bool late = error.is(base::Error::Kind::transient) && deadline.is_over();
  if (late) error = refusal(408, "the request took too long to arrive");
  if (error.code == 0) co_return false;
  ++core_->stats.bad_requests;
  auto response = text_answer(error.code, std::move(error.what));
  AnswerForm form{.closes = true, .is_http_10 = false, .without_body = false};
  co_return co_await answer(std::move(response), form);
}

Task<bool> Session::serve_one() {
  if (!co_await wait_for_request()) co_return false;
  const auto& options = core_->options;
  Arrival arrival{.parser = make_request_parser(options.header_limit, options.body_limit),
                  .began = Clock::now(),
                  .header = Deadline::in(std::min(options.header_timeout, options.request_timeout)),
                  .all = Deadline::in(options.request_timeout)};
  auto body = co_await read_request(arrival);
  auto& head = arrival.parser->head();
  if (!body) {
    auto limit = arrival.parser->is_header_done() ? arrival.all : arrival.header;
    co_return co_await refuse(std::move(body).error(), limit);
  }
  ++core_->stats.requests;
  AnswerForm form{.closes = !head.keep_alive,
                  .is_http_10 = head.version < 11,
                  .without_body = head.method == "HEAD"};
  ServerRequest request;
  request.http.method = std::move(head.method);
  request.http.target = std::move(head.target);
  request.http.headers = std::move(head.headers);
  request.http.body = *std::move(body);
  request.peer = peer_;
  request.peer_subject = subject_;
  request.received = arrival.began;
  auto response = co_await handle(std::move(request));
  co_return co_await answer(std::move(response), form);
}

}  // namespace

Task<> serve(std::shared_ptr<ServerCore> core, std::shared_ptr<Connection> connection, Stay stay) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  Session session(core, connection, stay);
  if (co_await session.greet()) {
    while (co_await session.serve_one()) continue;
  }
  co_await connection->close_gently(Deadline::in(kGoodbye), kThrownAway);
}

}  // namespace net_io
