// The load of bench/admission.py: so many kept connections, each asking again when it has its
// answer, or paced.
//
//   bench-load PORT CA-FILE PATH BODY-FILE CONNECTIONS
//
// Reads lines `REQUESTS [PER-SECOND]` and prints one of JSON for each: how many were asked, and
// their latencies. Connections are kept from line to line. Every request has its own number where
// the body has ########.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>

#include "net/http_client.hpp"

namespace {

using net_io::Task;
using Clock = std::chrono::steady_clock;

std::string content_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A body whose numbers are filled in anew each time.
class Body {
 public:
  explicit Body(std::string text) : text_(std::move(text)) {
    constexpr std::string_view kNumber = "########";
    for (auto at = text_.find(kNumber); at != std::string::npos; at = text_.find(kNumber, at + 1))
      places_.push_back(at);
  }
  std::string next() {
    const auto digits = std::to_string(++number_);
    for (const auto at : places_) text_.replace(at, digits.size(), digits);
    return text_;
  }

 private:
  std::string text_;
  std::vector<std::size_t> places_;
  std::uint64_t number_ = 10'000'000;
};

/// What one line asks for.
struct Round {
  std::size_t left = 0;
  std::chrono::duration<double> pause{0};  ///< of one connection, from request to request
  std::vector<double> seconds;
  std::size_t failed = 0;
};

struct Load {
  std::string target;
  Body body;
  Round round;
};

using Clients = std::vector<std::unique_ptr<net_io::HttpClient>>;

Task<> ask(Load* load, net_io::HttpClient* client) {
  net_io::HttpRequest request;
  request.method = "POST";
  request.target = load->target;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = load->body.next();
  const auto began = Clock::now();
  const auto deadline = net_io::Deadline::in(std::chrono::seconds(30));
  const auto answer = co_await client->send(std::move(request), deadline);
  const std::chrono::duration<double> took = Clock::now() - began;
  load->round.seconds.push_back(took.count());
  const bool is_fine = answer && answer->body.find("\"allowed\":true") != std::string::npos;
  if (!is_fine && load->round.failed++ == 0)
    std::cerr << (answer ? answer->body.substr(0, 2'000) : answer.error().what) << "\n";
}

/// `share`: 0 to 1, where in the pause this connection begins.
Task<> ask_on(Load* load, net_io::HttpClient* client, double share) {
  auto& round = load->round;
  auto next = Clock::now() + std::chrono::duration_cast<Clock::duration>(round.pause * share);
  while (round.left > 0) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    if (round.pause.count() > 0 && wait.count() > 0) co_await net_io::sleep_for(wait);
    if (round.left == 0) co_return;
    --round.left;
    co_await ask(load, client);
    next += std::chrono::duration_cast<Clock::duration>(round.pause);
  }
}

Round round_of(const std::string& line, std::size_t connections) {
  Round round;
  double per_second = 0;
  std::istringstream(line) >> round.left >> per_second;
  if (per_second > 0)
    round.pause = std::chrono::duration<double>(static_cast<double>(connections) / per_second);
  return round;
}

Task<> run_round(Load* load, net_io::Executor executor, const Clients* clients) {
  net_io::TaskGroup tasks(executor, [](const char* what) { throw std::runtime_error(what); });
  const auto began = Clock::now();
  for (std::size_t i = 0; i < clients->size(); ++i) {
    const auto share = static_cast<double>(i) / static_cast<double>(clients->size());
    tasks.spawn(ask_on(load, (*clients)[i].get(), share));
  }
  co_await tasks.finished(std::chrono::hours(1));
  const std::chrono::duration<double> took = Clock::now() - began;
  auto& all = load->round.seconds;
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all.at(static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))) * 1e3;
  };
  std::cout << "{\"requests\":" << all.size() << ",\"failed\":" << load->round.failed
            << ",\"seconds\":" << took.count() << ",\"p50_ms\":" << at(0.5)
            << ",\"p99_ms\":" << at(0.99) << "}" << std::endl;
}

// Waiting for a line blocks the loop: there is nothing else to do then.
Task<int> run(Load* load, net_io::Executor executor, const Clients* clients) {
  std::size_t failed = 0;
  for (std::string line; std::getline(std::cin, line);) {
    load->round = round_of(line, clients->size());
    co_await run_round(load, executor, clients);
    failed += load->round.failed;
  }
  co_return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  net_io::Loop loop(1);
  const net_io::ClientTls tls{
      .ca_pem = content_of(argv[2]), .certificate_pem = {}, .key_pem = nullptr, .server_name = {}};
  const net_io::Endpoint server{.host = "127.0.0.1", .port = argv[1], .path_prefix = {}};
  Clients clients(std::strtoul(argv[5], nullptr, 10));
  for (auto& client : clients)
    client = std::make_unique<net_io::HttpClient>(loop.get_executor(), server, tls);
  Load load{.target = std::string(argv[3]) + "?timeout=10s",
            .body = Body(content_of(argv[4])),
            .round = {}};
  return net_io::run(loop, run(&load, loop.get_executor(), &clients));
}
