// The yardstick of bench/admission.py: an HTTPS server as the examples of Beast write it, which
// reads a request whole and gives a fixed answer. It stays as it is: figures are quoted against it.
//
//   bench-yardstick FOLDER     tls.crt and tls.key of it; prints the port

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <iostream>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;

constexpr auto kAnswer =
    R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u","allowed":true,"status":{"metadata":{},"code":200}}})"
    "\n";

asio::awaitable<void> session(beast::ssl_stream<beast::tcp_stream> stream) {
  co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  beast::flat_buffer buffer;
  for (;;) {
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(30));
    http::request_parser<http::string_body> parser;
    parser.body_limit(8u << 20);
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    http::response<http::string_body> answer{http::status::ok, parser.get().version()};
    answer.set(http::field::content_type, "application/json");
    answer.keep_alive(parser.get().keep_alive());
    answer.body() = kAnswer;
    answer.prepare_payload();
    co_await http::async_write(stream, answer, asio::use_awaitable);
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, ssl::context& context) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), context);
    asio::co_spawn(acceptor.get_executor(), session(std::move(stream)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  asio::io_context loop(1);
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain_file(folder + "/tls.crt");
  context.use_private_key_file(folder + "/tls.key", ssl::context::pem);
  tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), 0});
  std::cout << acceptor.local_endpoint().port() << std::endl;
  asio::co_spawn(loop, accept(acceptor, context), asio::detached);
  loop.run();
}
