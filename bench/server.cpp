// Our server, for bench/admission.py: with a fixed answer, or with the cluster and the cloud of a
// case (of the corpus format), which answer from memory.
//
//   bench-server FOLDER [CASE-FILE]     tls.crt and tls.key of it; prints the port

#include <prometheus/registry.h>

#include <fstream>
#include <iostream>

#include "webhook/replay/case.hpp"
#include "webhook/server/webhook_server.hpp"

namespace {

using net_io::Task;

/// The cluster and the cloud of a case, each thing parsed once: as informers keep their copies.
class Memory final : public webhook::FactSource {
 public:
  explicit Memory(const replay::Case& one) : world_(one) {}
  Task<> answer(std::shared_ptr<alicloud::Facts> facts, std::vector<alicloud::Question> questions,
                net_io::Deadline) override {
    for (const auto& question : questions)
      std::visit([&](const auto& one) { facts->tell(one, recall(one)); }, question);
    co_return;
  }

 private:
  template <class Q>
  const base::Result<typename Q::Answer>& recall(const Q& question) {
    const auto* known = known_.ask(question);
    if (known != nullptr) return *known;
    for (const auto& wanted : known_.take_wanted()) world_.answer(known_, wanted);
    return *known_.ask(question);
  }

  replay::World world_;
  alicloud::Facts known_;
};

std::shared_ptr<const replay::Case> read_case(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return std::make_shared<const replay::Case>(replay::parse_case(text, path).value());
}

Task<int> admit(net_io::Loop* loop, std::string folder, std::string case_file) {
  webhook::ServerSettings settings;
  settings.webhook = {.host = "127.0.0.1", .port = 0};
  settings.health.reset();
  settings.metrics.reset();
  settings.certificate_folder = folder;
  settings.threads = 1;
  const auto one = read_case(case_file);
  const auto log = base::Log::to_stderr("bench", base::Log::Level::error);
  webhook::WebhookServer server(
      *loop, settings, log, std::make_shared<prometheus::Registry>(), "0",
      [one](const net_io::Executor&) { return std::make_unique<Memory>(*one); });
  const auto started = co_await server.start();
  if (!started) co_return 1;
  std::cout << server.webhook_port() << std::endl;
  co_await net_io::wait_for_signal();
  std::quick_exit(0);
}

Task<net_io::HttpResponse> fixed(net_io::ServerRequest) {
  net_io::HttpResponse response{
      .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = {}};
  response.body =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u","allowed":true,"status":{"metadata":{},"code":200}}})"
      "\n";
  co_return response;
}

Task<int> answer(net_io::Loop* loop, std::string folder) {
  webhook::CertificateFiles files(std::move(folder));
  const auto loaded = files.load_if_changed();
  net_io::HttpServer server(loop->get_executor(), {.address = "127.0.0.1"}, fixed, [](auto) {});
  if (!loaded || !*loaded || !server.set_tls((*loaded)->tls) || !server.listen()) co_return 1;
  std::cout << server.port() << std::endl;
  co_await net_io::wait_for_signal();
  std::quick_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  net_io::Loop loop(1);
  return net_io::run(loop, argc == 2 ? answer(&loop, argv[1]) : admit(&loop, argv[1], argv[2]));
}
