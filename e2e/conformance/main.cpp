#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "conformance/runner.hpp"
#include "json/parse.hpp"
#include "kube/http/http_api.hpp"

// portcullis-conformance: generated requests against a real kube-apiserver and against the API in
// memory, which have to answer alike. conformance_test.py starts the server and checks the shares.

namespace {

struct Options {
  std::string kubeconfig, kinds, report;
  std::uint64_t seed = 1;
  std::size_t requests = 11'000, scenario = 500, mismatches = 10, parallel = 1;
  std::string prefix = "c";
};

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void print(const std::string& line) { std::cout << line << std::endl; }

class Run {
 public:
  Run(const Options& options, const std::vector<conformance::KindSource>& catalogue,
      kube::Api& server)
      : options_(options), catalogue_(catalogue), server_(server) {}

  net_io::Task<int> main() {
    auto executor = co_await boost::asio::this_coro::executor;
    net_io::TaskGroup workers(executor, [](const char* what) { print(what), std::abort(); });
    for (std::size_t i = 0; i < options_.parallel; ++i) workers.spawn(work());
    co_await workers.finished(std::chrono::hours(1));
    write_report();
    co_return mismatches_ == 0 ? 0 : 1;
  }

 private:
  bool is_over() const { return mismatches_ >= options_.mismatches; }

  /// Each scenario has an API in memory to itself, and names of its own on the server, so several
  /// can be under way at once, each still the same every time.
  net_io::Task<> work() {
    while (begun_ * options_.scenario < options_.requests && !is_over())
      co_await scenario(begun_++);
  }

  net_io::Task<> scenario(std::size_t number) {
    const auto name =
        options_.prefix + std::to_string(options_.seed) + "-" + std::to_string(number);
    base::ManualClock clock{base::TimePoint{}};
    kube::testing::InMemoryApi memory{clock, options_.seed};
    conformance::Generator generator(catalogue_, memory, name, options_.seed * 1'000'003 + number);
    conformance::Runner runner(server_, memory, clock, tally_, [this](const std::string& line) {
      if (line.starts_with("MISMATCH")) ++mismatches_;
      print(line);
    });
    for (auto& step : generator.set_up()) co_await runner.run(std::move(step), &generator);
    for (std::size_t i = 0; i < options_.scenario && !is_over(); ++i) {
      auto step = generator.next();
      co_await runner.run(std::move(step), &generator);
    }
  }

  void write_report() const {
    auto report = tally_.to_json();
    report["mismatches"] = mismatches_;
    report["seed"] = options_.seed;
    const auto text = json::to_pretty_string(report);
    if (!options_.report.empty()) std::ofstream(options_.report) << text << "\n";
    print(std::to_string(tally_.requests()) + " requests, " + std::to_string(tally_.errors()) +
          " refused, " + std::to_string(mismatches_) + " mismatches");
  }

  const Options& options_;
  const std::vector<conformance::KindSource>& catalogue_;
  kube::Api& server_;
  conformance::Tally tally_;
  std::size_t begun_ = 0, mismatches_ = 0;
};

int complain(const base::Error& error) {
  std::cerr << "portcullis-conformance: " << error.what << "\n";
  return 2;
}

int run(const Options& options) {
  const auto catalogue = conformance::read_catalogue(read_file(options.kinds));
  if (!catalogue) return complain(catalogue.error());
  auto config = kube::parse_kubeconfig(read_file(options.kubeconfig));
  if (!config) return complain(config.error());
  net_io::Loop loop;
  const base::SystemClock clock;
  const auto log = base::Log::silent();
  kube::HttpApiOptions patient;
  patient.request_timeout = std::chrono::minutes(1);
  auto server = kube::HttpApi::make(loop.get_executor(), *std::move(config), clock, log, patient);
  if (!server) return complain(server.error());
  Run everything(options, *catalogue, **server);
  return net_io::run(loop, everything.main());
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  CLI::App app("Compares the API server in memory with a real one");
  app.add_option("--kubeconfig", options.kubeconfig, "the real API server, as administrator")
      ->required();
  app.add_option("--kinds", options.kinds, "kinds.json")->required();
  app.add_option("--report", options.report, "where to write the table (JSON)");
  app.add_option("--seed", options.seed);
  app.add_option("--requests", options.requests, "at least so many");
  app.add_option("--parallel", options.parallel, "scenarios at once");
  app.add_option("--prefix", options.prefix, "of all names, where the server is used twice");
  app.add_option("--scenario", options.scenario, "requests of one scenario");
  app.add_option("--mismatches", options.mismatches, "stop after so many");
  CLI11_PARSE(app, count, arguments);
  return run(options);
}
