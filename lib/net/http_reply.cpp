#include "net/http_reply.hpp"

#include <algorithm>

namespace net_io {
namespace {

constexpr std::size_t kHeaderLimit = 64u << 10;
constexpr std::size_t kReadSize = 16u << 10;

bool is_line(std::string_view text) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return text.find_first_of(kBreaks) == text.npos;
}

bool is_token(std::string_view text) {
  auto is_fine = [](char c) { return c > ' ' && c < 127 && c != ':'; };
  return !text.empty() && std::ranges::all_of(text, is_fine);
}

bool is_target(std::string_view text) {
  auto is_fine = [](char c) { return c > ' ' && c < 127; };
  return text.starts_with('/') && std::ranges::all_of(text, is_fine);
}

void add_field(std::string& wire, std::string_view name, std::string_view value) {
  wire.append(name).append(": ").append(value).append("\r\n");
}

base::Error no_http(const base::Error& error) {
  if (error.code == 413) return base::transient("the answer is larger than allowed");
  return base::transient("the answer is no HTTP: " + error.what);
}

}  // namespace

base::Result<std::string> to_wire(const HttpRequest& request, std::string_view path_prefix,
                                  std::string_view host) {
  if (!is_token(request.method)) return base::fail(base::invalid("the method is no token"));
  if (!is_target(request.target)) return base::fail(base::invalid("the target is no path"));
  std::string wire;
  wire.reserve(512 + request.body.size());
  wire.append(request.method).append(" ").append(path_prefix).append(request.target);
  wire.append(" HTTP/1.1\r\n");
  add_field(wire, "Host", host);
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_line(value))
      return base::fail(base::invalid("a header has a character no header may have"));
    add_field(wire, name, value);
  }
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
    add_field(wire, "Content-Length", std::to_string(request.body.size()));
  wire.append("\r\n").append(request.body);
  return wire;
}

void HttpReply::expect_message() {
  parser_ = make_response_parser(kHeaderLimit, body_limit_, without_body_);
}

base::Result<std::size_t> HttpReply::feed() {
  auto used = parser_->put(input_.bytes());
  if (!used) return base::fail(no_http(used.error()));
  input_.consume(*used);
  return *used;
}

Task<base::Result<>> HttpReply::receive(Deadline deadline) {
  auto* to = input_.room(kReadSize);
  auto got = co_await connection_->read_some(to, input_.room_size(), deadline);
  if (!got) co_return base::fail(base::explain("reading the answer", std::move(got).error()));
  if (*got > 0) {
    touched_ = true;
    input_.commit(*got);
    co_return base::Result<>();
  }
  if (!touched_) co_return base::fail(base::transient("the server closed without an answer"));
  if (!parser_->put_end()) co_return base::fail(base::transient("the answer ends early"));
  co_return base::Result<>();
}

Task<base::Result<>> HttpReply::read_more(Deadline deadline) {
  if (!input_.empty()) {
    CO_TRY(auto used, feed());
    if (used > 0) co_return base::Result<>();
  }
  CO_TRY_VOID(co_await receive(deadline));
  if (is_done()) co_return base::Result<>();
  CO_TRY_VOID(feed());
  co_return base::Result<>();
}

Task<base::Result<>> HttpReply::ask(std::string_view wire, Deadline deadline) {
  expect_message();
  auto sent = co_await connection_->write(wire, deadline);
  if (!sent) co_return base::fail(base::explain("sending the request", std::move(sent).error()));
  for (;;) {
    CO_TRY_VOID(co_await read_more(deadline));
    if (!parser_->is_header_done()) continue;
    int status = head().status;
    if (status == 101) co_return base::fail(base::transient("the server switched protocols"));
    if (status >= 200) break;
    expect_message();
  }
  parser_->read_body();
  co_return base::Result<>();
}

bool HttpReply::can_keep_connection() const {
  return parser_->is_done() && parser_->head().keep_alive && input_.empty();
}

}  // namespace net_io
