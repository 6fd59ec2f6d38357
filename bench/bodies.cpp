#include "bench/bodies.hpp"

#include <stdexcept>
#include <string_view>

namespace bench {

namespace {

/// Where the number of a request goes: eight digits.
constexpr std::string_view kNumber = "########";
constexpr std::string_view kConfig =
    R"("apiVersion":"alicloud.provider.extensions.gardener.cloud/v1alpha1","kind":)";

std::string review(std::string_view group, std::string_view version, std::string_view kind,
                   std::string_view resource, std::string_view object) {
  std::string type =
      R"({"group":")" + std::string(group) + R"(","version":")" + std::string(version) + R"(",)";
  const std::string of_kind = type + R"("kind":")" + std::string(kind) + "\"}";
  const std::string of_resource = type + R"("resource":")" + std::string(resource) + "\"}";
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{)"
         R"("uid":"00000000-0000-4000-8000-0000########","kind":)" +
         of_kind + R"(,"resource":)" + of_resource + R"(,"requestKind":)" + of_kind +
         R"(,"requestResource":)" + of_resource +
         R"(,"name":"n-########","namespace":"garden-dev","operation":"CREATE","userInfo":)"
         R"({"username":"kubernetes-admin","groups":["system:masters","system:authenticated"]},)"
         R"("object":)" +
         std::string(object) +
         R"(,"oldObject":null,"dryRun":false,"options":{"kind":"CreateOptions","apiVersion":)"
         R"("meta.k8s.io/v1"}}})";
}

std::string metadata(std::size_t padding) {
  return R"("metadata":{"name":"n-########","namespace":"garden-dev","labels":{)"
         R"("provider.extensions.gardener.cloud/alicloud":"true"},"annotations":{"value":"########",)"
         R"("note":")" +
         std::string(padding, 'x') + R"("}})";
}

std::string secret(std::size_t padding) {
  return review("", "v1", "Secret", "secrets",
                R"({"apiVersion":"v1","kind":"Secret",)" + metadata(padding) +
                    R"(,"type":"Opaque","data":{"accessKeyID":"ZmFrZUtleUlkRm9yVGVzdHM=",)"
                    R"("accessKeySecret":"ZmFrZS1rZXktc2VjcmV0LWZvci10ZXN0cy1odW50ZXIy"}})");
}

std::string data_volumes() {
  std::string volumes;
  for (int i = 0; i < 20; ++i) {
    if (i > 0) volumes += ",";
    volumes += R"({"name":"data-)" + std::to_string(100 + i) +
               R"(","type":"cloud_essd","size":"50Gi","encrypted":true})";
  }
  return "[" + volumes + "]";
}

std::string worker(std::size_t number, bool is_large) {
  std::string text = R"({"name":"worker-)" + std::to_string(number) +
                     R"(","minimum":1,"maximum":3,"machine":{"type":"ecs.g7.large","image":{)"
                     R"("name":"gardenlinux","version":"1592.1.0"}},"volume":{"type":"cloud_essd",)"
                     R"("size":"50Gi"},)";
  if (is_large) text += R"("dataVolumes":)" + data_volumes() + ",";
  return text + R"("zones":["cn-shanghai-a"]})";
}

std::string shoot(std::size_t workers, bool is_large, std::size_t padding) {
  std::string all;
  for (std::size_t i = 0; i < workers; ++i) all += (i > 0 ? "," : "") + worker(i, is_large);
  const std::string object =
      R"({"apiVersion":"core.gardener.cloud/v1beta1","kind":"Shoot",)" + metadata(padding) +
      R"(,"spec":{"cloudProfile":{"kind":"CloudProfile","name":"alicloud"},"region":"cn-shanghai",)"
      R"("purpose":"p-########","credentialsBindingName":"alicloud","kubernetes":{"version":)"
      R"("1.33.2"},"networking":{"type":"calico","nodes":"10.250.0.0/16","pods":"100.0.0.0/11",)"
      R"("services":"100.32.0.0/13"},"provider":{"type":"alicloud","infrastructureConfig":{)" +
      std::string(kConfig) +
      R"("InfrastructureConfig","networks":{"vpc":{"cidr":"10.250.0.0/16"},"zones":[{"name":)"
      R"("cn-shanghai-a","workers":"10.250.0.0/19"}]}},"controlPlaneConfig":{)" +
      std::string(kConfig) +
      R"("ControlPlaneConfig","csi":{"enableADController":true}},"workers":[)" + all + "]}}}";
  return review("core.gardener.cloud", "v1beta1", "Shoot", "shoots", object);
}

/// As many workers as fit, and blanks for the rest.
std::string shoot_of(std::size_t bytes) {
  const bool is_large = bytes > 20'000;
  std::size_t workers = 1;
  while (shoot(workers + 1, is_large, 0).size() <= bytes) ++workers;
  const auto size = shoot(workers, is_large, 0).size();
  return shoot(workers, is_large, size < bytes ? bytes - size : 0);
}

}  // namespace

Body::Body(const std::string& kind, std::size_t bytes) {
  if (kind == "secret") {
    path_ = "/webhooks/validate/secrets";
    const auto size = secret(0).size();
    text_ = secret(size < bytes ? bytes - size : 0);
  } else if (kind == "validate" || kind == "mutate") {
    path_ = "/webhooks/" + kind;
    text_ = shoot_of(bytes);
  } else {
    throw std::runtime_error("no such kind of load: " + kind);
  }
}

std::string Body::next() {
  if (places_.empty()) {
    for (auto at = text_.find(kNumber); at != std::string::npos; at = text_.find(kNumber, at + 1))
      places_.push_back(at);
  }
  const auto digits = std::to_string(++number_);
  for (const auto at : places_) text_.replace(at, kNumber.size(), digits);
  return text_;
}

}  // namespace bench
