#include "net/http_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

namespace net_io {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

base::Error wrong(int status, std::string what) {
  auto error = base::invalid(std::move(what));
  error.code = status;
  return error;
}

int status_for(const error_code& failed) {
  if (failed == http::error::header_limit) return 431;
  if (failed == http::error::body_limit) return 413;
  if (failed == http::error::bad_version) return 505;
  return 400;
}

template <bool is_request>
class Parser final : public HttpParser, private http::basic_parser<is_request> {
  using Base = http::basic_parser<is_request>;

 public:
  Parser(std::size_t header_limit, std::size_t body_limit, bool without_body)
      : header_limit_(header_limit), body_limit_(body_limit) {
    Base::header_limit(static_cast<std::uint32_t>(header_limit));
    Base::body_limit(boost::none);
    Base::eager(false);
    if (without_body) Base::skip(true);
  }

  base::Result<std::size_t> put(std::string_view bytes) override;
  base::Result<> put_end() override;
  void read_body() override { Base::eager(true); }
  bool is_header_done() const override { return Base::is_header_done(); }
  bool is_done() const override { return Base::is_done(); }

 private:
  base::Result<> check_head(std::size_t used, std::size_t left);

  using Verb = http::verb;
  using Field = http::field;
  void on_request_impl(Verb, string_view method, string_view target, int version,
                       error_code&) override {
    head_.method = method;
    head_.target = target;
    head_.version = version;
  }
  void on_response_impl(int status, string_view, int version, error_code&) override {
    head_.status = status;
    head_.version = version;
  }
  void on_field_impl(Field, string_view name, string_view value, error_code&) override {
    if (!Base::is_header_done()) head_.headers.emplace_back(name, value);  // trailers: dropped
  }
  void on_header_impl(error_code& failed) override {
    head_.keep_alive = Base::keep_alive();
    head_.chunked = Base::chunked();
    if (auto length = Base::content_length()) head_.content_length = *length;
    // For requests the server looks at the length itself: it may have more to say.
    bool too_long = !is_request && head_.content_length.value_or(0) > body_limit_;
    if (too_long && !Base::is_done()) failed = http::error::body_limit;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                         error_code& failed) override {
    if (length && *length > body_limit_) failed = http::error::body_limit;
    if (length && !failed) body_.reserve(std::min<std::uint64_t>(*length, kFirstRoom));
  }
  std::size_t on_body_impl(string_view part, error_code& failed) override {
    body_size_ += part.size();
    if (body_size_ > body_limit_) failed = http::error::body_limit;
    if (!failed) body_.append(part.data(), part.size());
    return part.size();
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& failed) override {
    if (size > body_limit_ || body_size_ + size > body_limit_) failed = http::error::body_limit;
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t left, string_view part,
                                 error_code& failed) override {
    chunk_left_ = left - part.size();
    return on_body_impl(part, failed);
  }
  void on_finish_impl(error_code&) override {}
  /// A chunk of no bytes whose end "0\r\n\r\n" is not all there: Beast asserts that it is when it
  /// looks for the second time.
  bool is_short_end(std::string_view bytes) const {
    return Base::is_header_done() && head_.chunked && chunk_left_ == 0 &&
           bytes.size() < kShortestEnd && bytes.starts_with('0');
  }

  static constexpr std::size_t kShortestEnd = 5;
  static constexpr std::uint64_t kFirstRoom = 1u << 20;
  std::size_t header_limit_, body_limit_;
  std::size_t header_used_ = 0, body_size_ = 0;
  std::uint64_t chunk_left_ = 0;
};

base::Result<> check_framing(const MessageHead& head) {
  auto lengths = count(head.headers, "Content-Length");
  auto encodings = count(head.headers, "Transfer-Encoding");
  if (lengths > 1) return base::fail(wrong(400, "Content-Length is repeated"));
  if (lengths == 1) {
    auto text = header(head.headers, "Content-Length");
    if (text.empty() || text.find_first_not_of("0123456789") != text.npos)
      return base::fail(wrong(400, "Content-Length is no number"));
  }
  if (encodings == 0) return {};
  if (lengths != 0) return base::fail(wrong(400, "Transfer-Encoding together with Content-Length"));
  if (head.version < 11) return base::fail(wrong(400, "Transfer-Encoding on HTTP/1.0"));
  if (!head.chunked || !same_name(header(head.headers, "Transfer-Encoding"), "chunked"))
    return base::fail(wrong(501, "Transfer-Encoding is not just chunked"));
  return {};
}

base::Result<> check_host(const MessageHead& head) {
  auto hosts = count(head.headers, "Host");
  if (hosts > 1) return base::fail(wrong(400, "Host is repeated"));
  if (hosts == 0 && head.version >= 11) return base::fail(wrong(400, "Host is missing"));
  return {};
}

template <bool is_request>
base::Result<std::size_t> Parser<is_request>::put(std::string_view bytes) {
  std::size_t used = 0;
  bool had_header = Base::is_header_done();
  while (!Base::is_done()) {
    if (is_short_end(bytes.substr(used))) break;
    error_code failed;
    used += Base::put({bytes.data() + used, bytes.size() - used}, failed);
    if (failed == http::error::need_more) break;
    if (failed) return base::fail(wrong(status_for(failed), failed.message()));
    if (!had_header && Base::is_header_done()) break;
    if (used == bytes.size()) break;
  }
  if (!had_header) TRY_VOID(check_head(used, bytes.size() - used));
  return used;
}

template <bool is_request>
base::Result<> Parser<is_request>::check_head(std::size_t used, std::size_t left) {
  // Beast applies its limit to each call, which would take any number of small fields.
  header_used_ += used;
  auto waiting = Base::is_header_done() ? 0 : left;
  if (header_used_ + waiting > header_limit_)
    return base::fail(wrong(431, "header limit exceeded"));
  if (!Base::is_header_done()) return {};
  TRY_VOID(check_framing(head_));
  return is_request ? check_host(head_) : base::Result<>();
}

template <bool is_request>
base::Result<> Parser<is_request>::put_end() {
  if (Base::is_done()) return {};
  error_code failed = http::error::partial_message;
  if (Base::got_some()) Base::put_eof(failed);
  if (failed) return base::fail(wrong(400, "the message ends early"));
  return {};
}

}  // namespace

std::unique_ptr<HttpParser> make_request_parser(std::size_t header_limit, std::size_t body_limit) {
  return std::make_unique<Parser<true>>(header_limit, body_limit, false);
}

std::unique_ptr<HttpParser> make_response_parser(std::size_t header_limit, std::size_t body_limit,
                                                 bool without_body) {
  return std::make_unique<Parser<false>>(header_limit, body_limit, without_body);
}

std::string_view reason_phrase(int status) {
  auto phrase = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {phrase.data(), phrase.size()};
}

}  // namespace net_io
