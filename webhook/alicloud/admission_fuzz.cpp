#include <cstdint>
#include <cstdlib>
#include <string>

#include "json/parse.hpp"
#include "json/patch.hpp"
#include "webhook/alicloud/admission.hpp"

namespace {

using namespace alicloud;

constexpr std::string_view kSecretText =
    R"({"metadata":{"name":"s"},"data":{"accessKeyID":"ZmFrZQ==","accessKeySecret":"ZmFrZQ=="}})";

/// A small world: profiles and bindings are what the request itself says, so that fuzzing reaches
/// what reads them.
void answer(Facts& facts, const Question& question, const protocol::Review& review) {
  if (const auto* object = std::get_if<ObjectQuestion>(&question)) {
    const auto text = object->kind == ReadKind::secret ? std::string(kSecretText)
                                                       : json::to_string(review.object.to_value());
    auto dom = json::Dom::parse(text);
    if (!dom) return facts.tell(*object, base::fail(std::move(dom.error())));
    return facts.tell(*object, std::make_shared<const json::Dom>(*std::move(dom)));
  }
  if (const auto* image = std::get_if<ImageQuestion>(&question)) {
    return facts.tell(*image, image->image_id.size() % 2 == 0);
  }
  const auto& vpc = std::get<VSwitchQuestion>(question);
  facts.tell(vpc, std::vector<VSwitch>{{.id = "vsw-1", .cidr = "10.250.0.0/24"}});
}

protocol::Verdict judge_to_the_end(std::string_view path, const protocol::Review& review) {
  Facts facts;
  const auto judgement = begin(path, review);
  for (int round = 0; round < 16; ++round) {
    if (auto verdict = judgement->next(facts)) return *std::move(verdict);
    for (const auto& question : facts.take_wanted()) answer(facts, question, review);
  }
  std::abort();  // it asks for ever
}

}  // namespace

// Whatever comes in: no crash, an end, an answer that is JSON, and a patch that applies.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto review = protocol::decode(std::string(reinterpret_cast<const char*>(data), size));
  if (!review) return 0;
  for (const auto path : served_paths()) {
    const auto verdict = judge_to_the_end(path, *review);
    if (!json::parse(protocol::encode(review->sender, verdict))) std::abort();
    if (verdict.patch.empty()) continue;
    const auto patch = json::parse(verdict.patch);
    if (!patch || !json::apply_patch(review->object.to_value(), *patch)) std::abort();
  }
  return 0;
}
