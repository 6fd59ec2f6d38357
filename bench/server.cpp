// Our server, for bench/admission.py, with a cluster and a cloud that answer from memory.
//
//   bench-server FOLDER fixed|admission     tls.crt and tls.key of it; prints the port

#include <prometheus/registry.h>

#include <iostream>
#include <map>

#include "webhook/server/webhook_server.hpp"

namespace {

using alicloud::ReadKind;
using net_io::Task;

constexpr const char* kProfile = R"({
  "apiVersion": "core.gardener.cloud/v1beta1", "kind": "CloudProfile", "metadata": {"name": "alicloud"},
  "spec": {"type": "alicloud",
    "machineImages": [{"name": "gardenlinux", "versions": [{"version": "1592.1.0", "architectures": ["amd64"]}]}],
    "machineTypes": [{"name": "ecs.g7.large", "architecture": "amd64"}],
    "providerConfig": {"apiVersion": "alicloud.provider.extensions.gardener.cloud/v1alpha1", "kind": "CloudProfileConfig",
      "machineImages": [{"name": "gardenlinux", "versions": [{"version": "1592.1.0",
        "regions": [{"name": "cn-shanghai", "id": "m-1"}]}]}]}}})";
constexpr const char* kBinding = R"({
  "apiVersion": "security.gardener.cloud/v1alpha1", "kind": "CredentialsBinding",
  "metadata": {"name": "alicloud", "namespace": "garden-dev"}, "provider": {"type": "alicloud"},
  "credentialsRef": {"apiVersion": "v1", "kind": "Secret", "name": "creds", "namespace": "garden-dev"}})";
constexpr const char* kSecret = R"({
  "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "creds", "namespace": "garden-dev"},
  "data": {"accessKeyID": "ZmFrZUtleUlkRm9yVGVzdHM=", "accessKeySecret": "ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cw=="}})";

std::shared_ptr<const json::Dom> parse(const char* text) {
  return std::make_shared<const json::Dom>(json::Dom::parse(text).value());
}

class Memory final : public webhook::FactSource {
 public:
  Task<> answer(std::shared_ptr<alicloud::Facts> facts, std::vector<alicloud::Question> questions,
                net_io::Deadline) override {
    for (const auto& question : questions) tell(*facts, question);
    co_return;
  }

 private:
  void tell(alicloud::Facts& facts, const alicloud::Question& question) const {
    if (const auto* object = std::get_if<alicloud::ObjectQuestion>(&question)) {
      const auto found = objects_.find(object->kind);
      if (found == objects_.end()) {
        facts.tell(*object, base::fail(alicloud::not_found(*object)));
      } else {
        facts.tell(*object, found->second);
      }
    } else if (const auto* image = std::get_if<alicloud::ImageQuestion>(&question)) {
      facts.tell(*image, true);
    } else {
      facts.tell(std::get<alicloud::VSwitchQuestion>(question), std::vector<alicloud::VSwitch>());
    }
  }

  std::map<ReadKind, std::shared_ptr<const json::Dom>> objects_{
      {ReadKind::cloud_profile, parse(kProfile)},
      {ReadKind::credentials_binding, parse(kBinding)},
      {ReadKind::secret, parse(kSecret)}};
};

Task<int> admit(net_io::Loop* loop, std::string folder) {
  webhook::ServerSettings settings;
  settings.webhook = {.host = "127.0.0.1", .port = 0};
  settings.health.reset();
  settings.metrics.reset();
  settings.certificate_folder = folder;
  settings.threads = 1;
  const auto log = base::Log::to_stderr("bench", base::Log::Level::error);
  webhook::WebhookServer server(*loop, settings, log, std::make_shared<prometheus::Registry>(), "0",
                                [](const net_io::Executor&) { return std::make_unique<Memory>(); });
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
  if (argc != 3) return 2;
  net_io::Loop loop(1);
  const bool is_fixed = std::string_view(argv[2]) == "fixed";
  return net_io::run(loop, is_fixed ? answer(&loop, argv[1]) : admit(&loop, argv[1]));
}
