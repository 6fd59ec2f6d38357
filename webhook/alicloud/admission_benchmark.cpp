#include <benchmark/benchmark.h>

#include "json/parse.hpp"
#include "webhook/alicloud/admission.hpp"

// From the bytes of a request to the bytes of its answer, without the network: what one admission
// costs.

namespace {

using json::Value;

constexpr std::string_view kVersion = "alicloud.provider.extensions.gardener.cloud/v1alpha1";

Value make_worker(std::size_t number) {
  auto worker = Value::object({{"name", "worker-" + std::to_string(number)}});
  worker["machine"]["type"] = "ecs.g7.large";
  worker["machine"]["image"] = Value::object({{"name", "linux"}, {"version", "1.2.3"}});
  worker["volume"] = Value::object({{"type", "essd"}, {"size", "50Gi"}, {"encrypted", true}});
  worker["zones"] = Value::array({"zone-0"});
  for (std::size_t i = 0; i < 4; ++i) {
    worker["labels"]["example.org/label-" + std::to_string(i)] = "some value of usual length";
  }
  return worker;
}

std::string make_review(std::size_t workers) {
  Value shoot;
  shoot["metadata"] = Value::object({{"name", "crazy"}, {"namespace", "garden-dev"}});
  auto& spec = shoot["spec"];
  spec["region"] = "cn-shanghai";
  spec["kubernetes"]["version"] = "1.33.2";
  spec["networking"] =
      Value::object({{"type", "calico"}, {"nodes", "10.250.0.0/16"}, {"pods", "100.0.0.0/11"}});
  auto& config = spec["provider"]["infrastructureConfig"];
  config = Value::object({{"apiVersion", kVersion}, {"kind", "InfrastructureConfig"}});
  config["networks"]["vpc"]["cidr"] = "10.250.0.0/16";
  config["networks"]["zones"] =
      Value::array({Value::object({{"name", "zone-0"}, {"workers", "10.250.0.0/19"}})});
  json::Array list;
  for (std::size_t i = 0; i < workers; ++i) list.push_back(make_worker(i));
  spec["provider"]["workers"] = std::move(list);
  Value review;
  auto& request = review["request"];
  request["uid"] = "u-1";
  request["kind"] =
      Value::object({{"group", "core.gardener.cloud"}, {"version", "v1beta1"}, {"kind", "Shoot"}});
  request["object"] = std::move(shoot);
  return json::to_string(review);
}

void judge(benchmark::State& state, std::string_view path) {
  const auto body = make_review(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto review = protocol::decode(body);
    alicloud::Facts facts;
    const auto verdict = alicloud::begin(path, *review)->next(facts);
    if (!verdict || !verdict->allowed) return state.SkipWithError("not allowed");
    benchmark::DoNotOptimize(protocol::encode(review->sender, *verdict));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}

void validate_shoot(benchmark::State& state) { judge(state, "/webhooks/validate"); }
void mutate_shoot(benchmark::State& state) { judge(state, "/webhooks/mutate"); }
BENCHMARK(validate_shoot)->Arg(1)->Arg(20)->Arg(200);
BENCHMARK(mutate_shoot)->Arg(1)->Arg(20)->Arg(200);

}  // namespace
