// The load of bench/admission.py: so many kept connections, each asking again when it has its
// answer, or paced.
//
//   bench-load PORT CA-FILE KIND BYTES REQUESTS CONNECTIONS [PER-SECOND]
//
// Prints one line of JSON: what was asked, how often, and the latencies.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "bench/bodies.hpp"
#include "net/http_client.hpp"

namespace {

using net_io::Task;
using Clock = std::chrono::steady_clock;

struct Load {
  std::string port, ca_pem;
  bench::Body body;
  std::size_t left = 0;
  std::chrono::duration<double> pause{0};  ///< of one connection, from request to request
  std::vector<double> seconds;
  std::size_t failed = 0, bytes = 0;
};

Task<> ask(Load* load, net_io::HttpClient* client) {
  net_io::HttpRequest request;
  request.method = "POST";
  request.target = load->body.path() + "?timeout=10s";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = load->body.next();
  load->bytes = request.body.size();
  const auto began = Clock::now();
  const auto deadline = net_io::Deadline::in(std::chrono::seconds(30));
  const auto answer = co_await client->send(std::move(request), deadline);
  const std::chrono::duration<double> took = Clock::now() - began;
  load->seconds.push_back(took.count());
  const bool is_fine = answer && answer->body.find("\"allowed\":true") != std::string::npos;
  if (!is_fine && load->failed++ == 0)
    std::cerr << (answer ? answer->body.substr(0, 2'000) : answer.error().what) << "\n";
}

Task<> connection(Load* load, net_io::Executor executor) {
  const net_io::ClientTls tls{
      .ca_pem = load->ca_pem, .certificate_pem = {}, .key_pem = nullptr, .server_name = {}};
  const net_io::Endpoint server{.host = "127.0.0.1", .port = load->port, .path_prefix = {}};
  net_io::HttpClient client(std::move(executor), server, tls);
  auto next = Clock::now();
  while (load->left > 0) {
    --load->left;
    co_await ask(load, &client);
    next += std::chrono::duration_cast<Clock::duration>(load->pause);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    if (load->pause.count() > 0 && wait.count() > 0) co_await net_io::sleep_for(wait);
  }
}

Task<int> run(Load* load, net_io::Executor executor, int connections) {
  net_io::TaskGroup tasks(executor, [](const char* what) { throw std::runtime_error(what); });
  const auto began = Clock::now();
  for (int i = 0; i < connections; ++i) tasks.spawn(connection(load, executor));
  co_await tasks.finished(std::chrono::hours(1));
  const std::chrono::duration<double> took = Clock::now() - began;
  auto& all = load->seconds;
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all.at(static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))) * 1e3;
  };
  std::cout << "{\"requests\":" << all.size() << ",\"failed\":" << load->failed
            << ",\"bytes\":" << load->bytes << ",\"seconds\":" << took.count()
            << ",\"p50_ms\":" << at(0.5) << ",\"p99_ms\":" << at(0.99) << "}" << std::endl;
  co_return load->failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  std::ifstream ca(argv[2]);
  Load load{.port = argv[1],
            .ca_pem = std::string{std::istreambuf_iterator<char>(ca), {}},
            .body = bench::Body(argv[3], std::strtoul(argv[4], nullptr, 10)),
            .left = std::strtoul(argv[5], nullptr, 10)};
  const int connections = std::atoi(argv[6]);
  if (argc > 7) load.pause = std::chrono::duration<double>(connections / std::atof(argv[7]));
  net_io::Loop loop(1);
  return net_io::run(loop, run(&load, loop.get_executor(), connections));
}
