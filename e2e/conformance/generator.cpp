#include "conformance/generator.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace conformance {
namespace {

using json::Value;

/// How many of a hundred requests are of each category.
constexpr std::array<std::pair<Category, int>, 11> kShares = {{{Category::create, 11},
                                                               {Category::apply, 12},
                                                               {Category::stale_update, 12},
                                                               {Category::patch, 12},
                                                               {Category::wrong_delete, 13},
                                                               {Category::list, 11},
                                                               {Category::watch, 11},
                                                               {Category::subresource, 12},
                                                               {Category::update, 3},
                                                               {Category::remove, 2},
                                                               {Category::get, 1}}};
constexpr std::size_t kNames = 12;
constexpr std::size_t kRemembered = 4;

}  // namespace

bool is_shared(const kube::Resource& resource) {
  return !resource.namespaced || resource.kind == "Event";
}

Generator::Generator(const std::vector<KindSource>& catalogue,
                     const kube::testing::InMemoryApi& view, std::string name, std::uint64_t seed)
    : catalogue_(catalogue), view_(view), name_(std::move(name)), random_(seed) {}

std::vector<Step> Generator::set_up() const {
  std::vector<Step> steps;
  for (const auto* suffix : {"-a", "-b", "-end"}) {
    kube::Create request{.object = blank(kind_named("Namespace"), "", name_ + suffix),
                         .field_manager = "setup"};
    steps.push_back({.category = Category::create, .call = std::move(request)});
  }
  kube::Delete request{.ref = {kube::kinds::kNamespace, "", name_ + "-end"}};
  steps.push_back({.category = Category::remove, .call = std::move(request)});
  kube::Create account{.object = blank(kind_named("ServiceAccount"), name_ + "-a", "pods"),
                       .field_manager = "setup"};
  steps.push_back({.category = Category::create, .call = std::move(account)});
  for (const auto& kind : catalogue_) {
    for (const auto* name : {"n0", "n1", "n2"}) {
      if (!kind.is_given) continue;
      auto object = blank(kind, name_ + "-a", name);
      add_all(object.document(), kind.base);
      steps.push_back({.category = Category::create,
                       .call = kube::Create{.object = std::move(object), .field_manager = "one"}});
    }
  }
  // The version that watches begin at before there is a better one; the server begins to keep the
  // history of a custom kind with the first request for it.
  for (const auto& resource : {kube::kinds::kAdmissionDeployment, kube::kinds::kConfigMap}) {
    kube::List first{.resource = resource, .namespace_name = name_ + "-a"};
    steps.push_back({.category = Category::list, .call = std::move(first)});
  }
  return steps;
}

Step Generator::next() {
  if (deck_.empty()) {
    for (const auto& [category, share] : kShares) {
      deck_.insert(deck_.end(), static_cast<std::size_t>(share), category);
    }
    for (std::size_t i = deck_.size(); i > 1; --i) std::swap(deck_[i - 1], deck_[random_.below(i)]);
  }
  const auto category = deck_.back();
  deck_.pop_back();
  Step step{.category = category, .call = make(category)};
  step.category = counted_as(step);
  return step;
}

Category Generator::counted_as(const Step& step) const {
  const auto ref = ref_of(step);
  const auto live = ref ? view_.peek(*ref) : std::nullopt;
  const auto* request = std::get_if<kube::Request>(&step.call);
  if (step.category == Category::wrong_delete) {
    const auto& sent = std::get<kube::Delete>(*request);
    return live && sent.uid && *sent.uid != live->uid() ? step.category : Category::remove;
  }
  if (step.category == Category::stale_update) {
    const auto& sent = std::get<kube::Update>(*request).object;
    const bool is_stale = live && sent.resource_version() != live->resource_version();
    return is_stale ? step.category : Category::update;
  }
  return step.category;
}

std::variant<kube::Request, kube::Watch> Generator::make(Category category) {
  switch (category) {
    case Category::create:
      return make_create();
    case Category::apply:
      return make_apply();
    case Category::stale_update:
      return make_stale_update();
    case Category::patch:
      return make_patch();
    case Category::wrong_delete:
      return make_wrong_delete();
    case Category::list:
      return make_list();
    case Category::watch:
      return make_watch();
    case Category::subresource:
      return make_subresource();
    case Category::update:
      return make_update();
    case Category::remove:
      return make_delete();
    case Category::get:
      return make_get();
  }
  return make_get();
}

void Generator::learn(const Value& answer, const kube::Resource& resource) {
  const auto& metadata = answer.at("metadata");
  if (answer.at("items").as_array()) {
    auto& versions = list_versions_[resource];
    versions.emplace_back(metadata.at("resourceVersion").string_or(""));
    if (versions.size() > kRemembered) versions.erase(versions.begin());
    const auto token = metadata.at("continue").string_or("");
    unfinished_.reset();
    if (!token.empty() && last_list_.resource == resource) {
      unfinished_ = last_list_;
      unfinished_->continue_token = token;
    }
    return;
  }
  if (answer.at("kind").string_or("") != resource.kind) return;
  if (metadata.at("resourceVersion").string_or("").empty()) return;
  const kube::Object object(resource, answer);
  auto& versions = past_[object.ref()];
  if (!versions.empty() && versions.back().resource_version() == object.resource_version()) return;
  versions.push_back(object);
  if (versions.size() > kRemembered) versions.erase(versions.begin());
}

const KindSource& Generator::any_known_kind() {
  return catalogue_[random_.below(catalogue_.size())];
}

const KindSource& Generator::any_kind() {
  const auto* kind = &any_known_kind();
  while (kind->is_given) kind = &any_known_kind();
  return *kind;
}

const KindSource& Generator::kind_named(std::string_view name) const {
  return *std::ranges::find_if(catalogue_,
                               [&](const auto& kind) { return kind.resource.kind == name; });
}

std::string Generator::any_space() {
  const double dice = random_.unit();
  if (dice < 0.90) return name_ + "-a";
  if (dice < 0.95) return name_ + "-b";
  return dice < 0.975 ? name_ + "-none" : name_ + "-end";
}

std::string Generator::any_name(const KindSource& kind) {
  const auto number = std::to_string(random_.below(kNames));
  return kind.resource.namespaced ? "n" + number : name_ + "-n" + number;
}

std::string Generator::any_manager() {
  constexpr std::array<const char*, 3> kManagers = {"one", "two", "three"};
  return kManagers[random_.below(kManagers.size())];
}

std::optional<kube::Object> Generator::existing(const KindSource& kind) {
  auto objects = view_.peek_all(kind.resource);
  std::erase_if(objects, [&](const auto& object) {
    const auto& whose = kind.resource.namespaced ? object.namespace_name() : object.name();
    return !whose.starts_with(name_ + "-") || object.name() == name_ + "-a" ||
           object.name() == name_ + "-b";
  });
  if (objects.empty()) return std::nullopt;
  return objects[random_.below(objects.size())];
}

kube::ObjectRef Generator::any_ref(const KindSource& kind) {
  if (chance(0.85)) {
    if (const auto object = existing(kind)) return object->ref();
  }
  return {kind.resource, kind.resource.namespaced ? any_space() : "", any_name(kind)};
}

kube::Object Generator::blank(const KindSource& kind, const std::string& space,
                              const std::string& name) const {
  auto object = kube::Object::make(kind.resource, space, name);
  mark(object.document(), kind);
  return object;
}

/// Objects among which there may be others' are told apart by a label.
void Generator::mark(Value& document, const KindSource& kind) const {
  if (is_shared(kind.resource)) document["metadata"]["labels"]["scenario"] = name_;
}

void Generator::add_parts(Value& document, const std::vector<Part>& parts, double share) {
  for (const auto& part : parts) {
    if (chance(share)) set_at(document, part.pointer, pick(part.values, random_));
  }
}

void Generator::add_wrong(Value& document, const KindSource& kind) {
  const auto& parts = kind.wrong.empty() || chance(0.4) ? wrong_metadata_parts() : kind.wrong;
  const auto& part = parts[random_.below(parts.size())];
  // The server tries every address of its range for a Service whose name is wrong, which takes
  // minutes.
  const bool is_name = part.pointer == "/metadata/name";
  if (kind.resource.kind == "Service" && is_name) return;
  auto value = pick(part.values, random_);
  // Some kinds take these names, and without a namespace all scenarios would share them.
  if (is_name && !kind.resource.namespaced) value = name_ + "-" + std::string(value.string_or(""));
  set_at(document, part.pointer, std::move(value));
}

std::string Generator::selector(const KindSource& kind) {
  std::string text = is_shared(kind.resource) ? "scenario=" + name_ : "";
  constexpr std::array<const char*, 8> kMore = {"app=a",
                                                "app!=a",
                                                "app in (a,b)",
                                                "app notin (b)",
                                                "app",
                                                "!app",
                                                "app=a,example.test/tier=web",
                                                "app==b"};
  if (chance(0.35))
    text += (text.empty() ? "" : ",") + std::string(kMore[random_.below(kMore.size())]);
  return text;
}

}  // namespace conformance
